//! A slow receiver holds nobody else up.

use std::net::Ipv4Addr;
use std::time::Duration;

use tessera::config::Period;
use tessera::outgoing::{OnBehalf, Outgoing, OutgoingError, Resolver};
use tokio::task::JoinSet;

use super::{get, opened};
use crate::support::eventually;
use crate::support::receiver::{Behaviour, Receiver, json};

const HANG: Behaviour = Behaviour::Hang("");

/// A client that may wait for long, but for a short time until it is its turn.
fn patient(wait: Period) -> Outgoing {
    let mut config = opened(&["http://127.0.0.0/8:*"]);
    config.connect_timeout = wait;
    Outgoing::new(&config, Resolver::system()).unwrap()
}

fn ask(requests: &mut JoinSet<()>, outgoing: &Outgoing, url: String) {
    let outgoing = outgoing.clone();
    requests.spawn(async move {
        // Whether it ends, and how, is not what these tests look at.
        let _ = get(&outgoing, &url, OnBehalf::Operator).await;
    });
}

#[tokio::test]
async fn a_receiver_that_hangs_holds_up_only_what_is_meant_for_it() {
    let (hanging, well) = (Receiver::on(Ipv4Addr::new(127, 0, 0, 3), 0, HANG).await, Receiver::start(json("{}")).await);
    let outgoing = patient(Period::millis(300));
    let mut requests = JoinSet::new();
    for _ in 0..4 {
        ask(&mut requests, &outgoing, hanging.url("/"));
    }
    eventually(Duration::from_secs(20), async || (hanging.requests().len() == 4).then_some(())).await;
    let fifth = get(&outgoing, &hanging.url("/"), OnBehalf::Operator).await;
    assert!(matches!(fifth, Err(OutgoingError::Busy { .. })), "{fifth:?}");
    for _ in 0..20 {
        get(&outgoing, &well.url("/"), OnBehalf::Operator).await.unwrap();
    }
    assert_eq!(hanging.requests().len(), 4, "no more than four at a time");
    requests.shutdown().await;
    hanging.change(json("{}"));
    get(&outgoing, &hanging.url("/"), OnBehalf::Operator).await.expect("its places are free again");
}

/// However many hosts hang, requests for clients of the other kind have places of their own.
#[tokio::test]
async fn what_is_asked_at_once_is_bounded_for_each_kind_of_client() {
    let outgoing = patient(Period::millis(300));
    let (mut hosts, mut requests) = (Vec::new(), JoinSet::new());
    for number in 1..=16 {
        hosts.push(Receiver::on(Ipv4Addr::new(127, 0, 1, number), 0, HANG).await);
    }
    for _ in 0..4 {
        for host in &hosts {
            ask(&mut requests, &outgoing, host.url("/"));
        }
    }
    let asked = || hosts.iter().map(|host| host.requests().len()).sum::<usize>();
    eventually(Duration::from_secs(20), async || (asked() == 64).then_some(())).await;
    let well = Receiver::start(json("{}")).await;
    let operator = get(&outgoing, &well.url("/"), OnBehalf::Operator).await;
    assert!(matches!(operator, Err(OutgoingError::Busy { .. })), "{operator:?}");
    let stranger = get(&outgoing, "https://localhost/", OnBehalf::SelfRegistered).await;
    assert!(matches!(stranger, Err(OutgoingError::Address { .. })), "it had its turn: {stranger:?}");
}
