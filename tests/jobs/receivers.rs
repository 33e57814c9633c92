//! Whoever is told of logouts may be slow, huge, down or lead elsewhere: nothing and nobody else waits for them
//! (security.md "Outgoing requests").

use std::net::Ipv4Addr;
use std::time::Duration;

use sea_orm::{ConnectionTrait as _, Statement};
use tessera::config::{Config, Period};
use tessera::jobs;
use tessera::store::users::User;

use super::backchannel::{deliver, login, opened, rows, status, tokens, told_at, world};
use crate::oauth::world::{Place, World, claims};
use crate::support::database::{SetUp, in_every_set_up, in_shared_set_ups};
use crate::support::eventually;
use crate::support::nodes::Nodes;
use crate::support::receiver::{Behaviour, ELSEWHERE, Receiver, answer};

const LIMIT: Duration = Duration::from_secs(30);

/// Users who have signed in at a client and out again.
async fn leavers(world: &World, client_id: &str, count: usize) -> Vec<User> {
    let mut users = Vec::new();
    for number in 0..count {
        let email = format!("{client_id}{number}@example.com");
        users.push(world.test.user_of(&world.realm, &email, |_| {}).await);
        let browser = world.browser();
        browser.sign_in(&email).await;
        login(world, &browser, client_id).await;
        browser.post("/signout", &[]).await;
    }
    users
}

// While a receiver hangs, with more waiting for it than it is sent at a time: others are told, pages and tokens are served, and the
// database takes writes.
in_every_set_up!(a_receiver_that_hangs_holds_up_nobody_else, async |set_up| {
    let world = world(set_up).await;
    let hanging = Receiver::on(Ipv4Addr::new(127, 0, 0, 3), 0, Behaviour::Hang("")).await;
    let well = Receiver::start(status("200 OK")).await;
    told_at(&world, "hanging", &hanging, |_| {}).await;
    told_at(&world, "well", &well, |_| {}).await;
    leavers(&world, "hanging", 6).await;
    let app = world.test.app.clone();
    let job = tokio::spawn(async move { jobs::deliver(&app).await });
    eventually(LIMIT, async || (hanging.requests().len() == 4).then_some(())).await;
    leavers(&world, "well", 6).await;
    eventually(LIMIT, async || (well.requests().len() == 6).then_some(())).await;
    assert_eq!(hanging.requests().len(), 4, "so many at a time");
    hanging.change(status("200 OK"));
    job.abort();
    // What was on its way is tried again; what was not yet is sent now.
    deliver(&world).await;
    assert_eq!(hanging.requests().len(), 6);
});

/// Clients on one host share its places. Who finds none has not been tried, and does not wait longer each time.
#[actix_web::test]
async fn a_client_on_a_host_that_is_busy_is_told_once_there_is_room() {
    let edit = |config: &mut Config| {
        opened(config);
        config.outgoing.connect_timeout = Period::millis(200);
    };
    let world = World::at(SetUp::Sqlite, Place::Root, edit).await;
    let receiver = Receiver::start(Behaviour::Hang("")).await;
    told_at(&world, "many", &receiver, |_| {}).await;
    told_at(&world, "one", &receiver, |_| {}).await;
    leavers(&world, "many", 4).await;
    let app = world.test.app.clone();
    let job = tokio::spawn(async move { jobs::deliver(&app).await });
    eventually(LIMIT, async || (receiver.requests().len() == 4).then_some(())).await;
    leavers(&world, "one", 1).await;
    let past = world.test.database.past_the_store().await;
    let sql = "SELECT 1 FROM outbox WHERE attempts = 0 AND next_at > created_at";
    let put_off = Statement::from_string(past.get_database_backend(), sql);
    eventually(LIMIT, async || past.query_one_raw(put_off.clone()).await.unwrap().map(|_| ())).await;
    job.abort();
    receiver.change(status("200 OK"));
    world.advance(5);
    deliver(&world).await;
    let told: Vec<_> = tokens(&receiver).iter().map(|token| claims(token)["aud"].clone()).collect();
    assert_eq!(told, ["many", "many", "many", "many", "one"]);
}

// A redirect is not followed, an endless answer is not read, nobody at home is no fault of ours: each is tried again.
in_every_set_up!(a_receiver_that_redirects_floods_or_is_down_is_tried_again, async |set_up| {
    let world = world(set_up).await;
    let other = Receiver::start(status("200 OK")).await;
    let location = format!("location: {}\r\n", other.url("/"));
    let receivers = [
        Receiver::start(answer("307 Temporary Redirect", &location, "")).await,
        Receiver::start(Behaviour::Flood("HTTP/1.1 500 Internal Server Error\r\n", "x-more: and more\r\n")).await,
        Receiver::start(Behaviour::Answer(b"SSH-2.0-OpenSSH_9.6\r\n".to_vec())).await,
    ];
    let down = Receiver::deaf();
    for (receiver, name) in receivers.iter().chain([&down]).zip(["redirects", "floods", "speaks", "down"]) {
        told_at(&world, name, receiver, |_| {}).await;
        leavers(&world, name, 1).await;
    }
    deliver(&world).await;
    assert_eq!(rows(&world, "outbox WHERE attempts = 1").await, 4);
    for receiver in &receivers {
        assert_eq!(receiver.requests().len(), 1);
        receiver.change(status("200 OK"));
    }
    assert_eq!(other.requests().len(), 0, "the redirect was not followed");
    world.advance(5);
    deliver(&world).await;
    for receiver in &receivers {
        assert_eq!(receiver.requests().len(), 2);
    }
    assert_eq!([rows(&world, "outbox").await, rows(&world, "outbox WHERE attempts = 2").await], [1, 1], "who is down");
});

// An answer of any size that says 200 has taken the token: the rest of it is not waited for.
in_every_set_up!(an_endless_answer_that_says_200_is_enough, async |set_up| {
    let world = world(set_up).await;
    let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    let receiver = Receiver::start(Behaviour::Flood(head, "4\r\nmore\r\n")).await;
    told_at(&world, "huge", &receiver, |_| {}).await;
    leavers(&world, "huge", 1).await;
    deliver(&world).await;
    world.advance(3600);
    deliver(&world).await;
    assert_eq!(receiver.requests().len(), 1);
});

/// Whatever the name of a client's receiver resolves to, no connection is made inside; the notice waits as any other.
async fn reaches_nothing_inside(set_up: SetUp, edit: fn(&mut Config), owned: bool) {
    let world = World::at(set_up, Place::Root, edit).await;
    let receiver = Receiver::start(status("200 OK")).await;
    let inside = receiver.url("/logout").replace("http://127.0.0.1", "https://localhost");
    let told_inside = |new: &mut tessera::clients::NewClient| {
        new.owner = owned.then_some(world.user.id);
        new.metadata.logout.backchannel_logout_uri = Some(inside);
    };
    told_at(&world, "inside", &receiver, told_inside).await;
    leavers(&world, "inside", 1).await;
    deliver(&world).await;
    assert_eq!(receiver.connections().await, 0);
    assert_eq!(rows(&world, "outbox WHERE attempts = 1").await, 1);
}

// `outgoing.allow` opens nothing for a client that a user registered.
in_every_set_up!(a_self_registered_client_reaches_nothing_inside, async |set_up| {
    reaches_nothing_inside(set_up, opened, true).await;
});

// It is the address that counts, not the name.
in_every_set_up!(where_another_address_is_open_no_client_reaches_one_inside, async |set_up| {
    let elsewhere = |config: &mut Config| config.outgoing.allow = vec![ELSEWHERE.parse().unwrap()];
    reaches_nothing_inside(set_up, elsewhere, false).await;
});

// Two nodes look at the same moment: each notice is sent by one of them.
in_shared_set_ups!(of_two_nodes_one_tells, async |set_up| {
    let mut world = World::at(set_up, Place::Root, opened).await;
    let receiver = Receiver::start(status("200 OK")).await;
    told_at(&world, "told", &receiver, |_| {}).await;
    leavers(&world, "told", 12).await;
    let nodes = Nodes::beside(&mut world.test).await;
    let [one, other] = &nodes.apps;
    let (first, second) = tokio::join!(jobs::deliver(one), jobs::deliver(other));
    first.unwrap();
    second.unwrap();
    let mut told: Vec<_> = tokens(&receiver).iter().map(|token| claims(token)["jti"].to_string()).collect();
    told.sort();
    told.dedup();
    assert_eq!((told.len(), receiver.requests().len()), (12, 12));
});
