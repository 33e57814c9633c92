//! Which URLs are asked for, what `outgoing.allow` opens and to whom, and that the address that was checked is the one used.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tessera::outgoing::{OnBehalf, Outgoing, OutgoingError, Resolver};

use super::{get, opened, outgoing};
use crate::support::receiver::{Receiver, answer, json};

const SECOND: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

/// A client to which every name is these addresses.
fn named(allow: &[&str], addresses: Vec<IpAddr>) -> Outgoing {
    Outgoing::new(&opened(allow), Resolver::table(move |_| Ok(addresses.clone()))).unwrap()
}

#[tokio::test]
async fn only_https_without_user_name_and_password_is_asked_for() {
    let outgoing = outgoing(&["http://127.0.0.0/8:*", "127.0.0.0/8:*"]);
    let long = format!("https://127.0.0.1/{}", "a".repeat(2048));
    let wrong = [
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "data:application/json,{}",
        "ws://127.0.0.1/",
        "https://user@127.0.0.1/",
        "https://user:password@127.0.0.1/",
        "https://:password@127.0.0.1/",
        "http://127.0.0.1:0/",
        &long,
    ];
    for url in wrong {
        assert_eq!(get(&outgoing, url, OnBehalf::Operator).await, Err(OutgoingError::Url), "{url}");
    }
}

/// security.md: odd ports → no connection; https only unless it is opened. Nothing is looked up.
#[tokio::test]
async fn plain_http_and_odd_ports_are_not_asked_and_not_looked_up() {
    let lookups = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&lookups);
    let table = move |_: &str| {
        counted.fetch_add(1, Ordering::SeqCst);
        Ok(vec!["1.1.1.1".parse().unwrap()])
    };
    let outgoing = Outgoing::new(&opened(&["other.example.com:8443"]), Resolver::table(table)).unwrap();
    for url in
        ["http://app.example.com/", "https://app.example.com:8443/", "https://app.example.com:22/", "http://1.1.1.1/"]
    {
        for on_behalf in [OnBehalf::Operator, OnBehalf::SelfRegistered] {
            let refused = get(&outgoing, url, on_behalf).await;
            assert!(matches!(refused, Err(OutgoingError::Port { .. })), "{url}: {refused:?}");
        }
    }
    assert_eq!(lookups.load(Ordering::SeqCst), 0);
}

/// Row B8: private targets by network and by host.
#[tokio::test]
async fn what_the_operator_opens_is_reached() {
    let receiver = Receiver::start(json("{}")).await;
    let port = receiver.address.port();
    let address = vec![receiver.address.ip()];
    let openings = [
        "http://127.0.0.1:*".to_owned(),
        "http://127.0.0.0/8:*".to_owned(),
        format!("http://127.0.0.0/8:{port}"),
        "http://app.internal:*".to_owned(),
        format!("http://APP.internal.:{port}"),
    ];
    for opening in openings {
        let outgoing = named(&[&opening], address.clone());
        for host in ["app.internal", "App.Internal", "app.internal."] {
            let fetched = get(&outgoing, &format!("http://{host}:{port}/jwks"), OnBehalf::Operator).await;
            assert!(fetched.is_ok(), "{opening}, {host}: {fetched:?}");
        }
    }
}

#[tokio::test]
async fn an_opening_opens_nothing_else() {
    let receiver = Receiver::start(json("{}")).await;
    let port = receiver.address.port();
    let openings = [
        // Another scheme, port, network, host, or a host of which only the end is alike.
        format!("127.0.0.1:{port}"),
        "http://127.0.0.1".to_owned(),
        format!("http://127.0.0.2:{port}"),
        format!("http://10.0.0.0/8:{port}"),
        format!("http://other.internal:{port}"),
        format!("http://internal:{port}"),
        format!("http://[::ffff:127.0.0.1]:{port}"),
    ];
    for opening in openings {
        let outgoing = named(&[&opening], vec![receiver.address.ip()]);
        let refused = get(&outgoing, &format!("http://app.internal:{port}/"), OnBehalf::Operator).await;
        let expected = matches!(refused, Err(OutgoingError::Port { .. } | OutgoingError::Address { .. }));
        assert!(expected, "{opening}: {refused:?}");
    }
    assert_eq!(receiver.connections().await, 0);
}

/// Row B8: for clients that the operator registered, only.
#[tokio::test]
async fn nothing_is_open_to_those_who_registered_themselves() {
    let receiver = Receiver::start(json("{}")).await;
    let outgoing = outgoing(&["http://127.0.0.0/8:*", "127.0.0.0/8:*", "http://localhost:*", "localhost:*"]);
    for url in [receiver.url("/"), "http://localhost/".to_owned()] {
        let refused = get(&outgoing, &url, OnBehalf::SelfRegistered).await;
        assert!(matches!(refused, Err(OutgoingError::Port { .. })), "{url}: {refused:?}");
    }
    let refused = get(&outgoing, "https://localhost/", OnBehalf::SelfRegistered).await;
    assert!(matches!(refused, Err(OutgoingError::Address { .. })), "{refused:?}");
    assert_eq!(receiver.connections().await, 0);
}

/// A host is opened by its name wherever it lies, but never as a way to a cloud's credentials: that takes the network's name.
#[tokio::test]
async fn an_opened_host_does_not_lead_to_special_addresses() {
    for address in ["169.254.169.254", "0.0.0.0", "::ffff:127.0.0.1", "fd00:ec2::254", "224.0.0.1"] {
        let outgoing = named(&["http://app.internal"], vec![address.parse().unwrap()]);
        let refused = get(&outgoing, "http://app.internal/", OnBehalf::Operator).await;
        assert!(matches!(refused, Err(OutgoingError::Address { .. })), "{address}: {refused:?}");
    }
}

/// security.md "DNS rebinding": resolve once, pin the address.
#[tokio::test]
async fn a_name_that_moves_is_asked_at_the_address_that_was_checked() {
    let first = Receiver::start(json("{}")).await;
    let port = first.address.port();
    let second = Receiver::on(SECOND, port, json("{}")).await;
    let lookups = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&lookups);
    let moving = move |_: &str| {
        let earlier = counted.fetch_add(1, Ordering::SeqCst);
        Ok(vec![if earlier == 0 { Ipv4Addr::LOCALHOST.into() } else { SECOND.into() }])
    };
    let allow = format!("http://127.0.0.1:{port}");
    let outgoing = Outgoing::new(&opened(&[&allow]), Resolver::table(moving)).unwrap();
    let url = format!("http://rebinding.example.com:{port}/");
    assert!(get(&outgoing, &url, OnBehalf::Operator).await.is_ok());
    assert_eq!(lookups.load(Ordering::SeqCst), 1, "looked up once");
    let refused = get(&outgoing, &url, OnBehalf::Operator).await;
    assert!(matches!(refused, Err(OutgoingError::Address { .. })), "{refused:?}");
    assert_eq!((first.connections().await, second.connections().await), (1, 0));
}

#[tokio::test]
async fn of_several_addresses_only_those_that_pass_are_tried() {
    let open = Receiver::start(json("{}")).await;
    let port = open.address.port();
    let closed = Receiver::on(SECOND, port, json("{}")).await;
    let outgoing = named(&[&open.opening()], vec![SECOND.into(), open.address.ip()]);
    assert!(get(&outgoing, &format!("http://both.example.com:{port}/"), OnBehalf::Operator).await.is_ok());
    assert_eq!((open.connections().await, closed.connections().await), (1, 0));
}

#[tokio::test]
async fn an_address_where_nobody_answers_is_followed_by_the_next() {
    let receiver = Receiver::on(SECOND, 0, json("{}")).await;
    let port = receiver.address.port();
    let outgoing = named(&["http://127.0.0.0/8:*"], vec![Ipv4Addr::LOCALHOST.into(), SECOND.into()]);
    assert!(get(&outgoing, &format!("http://two.example.com:{port}/"), OnBehalf::Operator).await.is_ok());
    let nobody = named(&["http://127.0.0.0/8:*"], vec![Ipv4Addr::LOCALHOST.into()]);
    let refused = get(&nobody, &format!("http://two.example.com:{port}/"), OnBehalf::Operator).await;
    assert!(matches!(refused, Err(OutgoingError::Connect { .. })), "{refused:?}");
}

/// security.md: follow no redirect, neither inward nor outward.
#[tokio::test]
async fn a_redirect_is_not_followed() {
    let inner = Receiver::start(json("{}")).await;
    for status in ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent", "300 Choices"] {
        let to_inner = answer(status, &format!("location: {}\r\n", inner.url("/")), "{}");
        let receiver = Receiver::start(to_inner).await;
        // The inner one is open too: what is not followed is the redirect itself.
        let outgoing = outgoing(&[&receiver.opening(), &inner.opening()]);
        let refused = get(&outgoing, &receiver.url("/jwks"), OnBehalf::Operator).await;
        assert!(matches!(refused, Err(OutgoingError::Redirect { .. })), "{status}: {refused:?}");
        assert_eq!(receiver.requests().len(), 1);
    }
    assert_eq!(inner.connections().await, 0);
}

/// A proxy would connect for us, to addresses that nobody checked: the variables that name one mean nothing here. The test above runs
/// in a process that has them.
#[tokio::test]
async fn a_proxy_of_the_environment_is_not_used() {
    let proxy = Receiver::start(json("{}")).await;
    let mut again = tokio::process::Command::new(std::env::current_exe().unwrap());
    again.args(["--exact", "outgoing::targets::what_the_operator_opens_is_reached"]);
    for name in ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] {
        again.env(name, proxy.url(""));
    }
    let output = again.env_remove("NO_PROXY").env_remove("no_proxy").output().await.unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
    assert_eq!(proxy.connections().await, 0);
}
