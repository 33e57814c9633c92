//! The first administrator: one link of one node, used once (security.md, faults: three nodes started at once).

use std::time::Duration;

use tessera::config;
use tessera::secret::Secret;
use tessera::users::{Account, Error, FirstAdministrator, Users};

use super::{GOOD, account, by, faults, origin, seeded, users};
use crate::support::database::{Database, START, SetUp, on_both_databases};
use crate::support::events::event_types;

const DAY: Duration = Duration::from_hours(24);

fn form(identifier: &str) -> FirstAdministrator {
    FirstAdministrator { identifier: identifier.to_owned(), name: "Root".to_owned(), password: Secret::from(GOOD) }
}

async fn link(database: &Database, users: &Users) -> Secret {
    users.administrator_link(database.realm.id, START, DAY, START).await.unwrap().expect("there is no administrator")
}

on_both_databases!(the_link_makes_one_administrator_once, async |database: &Database| {
    let (users, realm) = (users(database), database.realm.id);
    let token = link(database, &users).await;
    assert!(users.is_administrator_link(realm, &token, START).await.unwrap());
    let first = users.create_first_administrator(realm, &token, form("root"), &origin(), START).await.unwrap();
    assert!(first.administrator);
    assert!(!users.is_administrator_link(realm, &token, START).await.unwrap());
    let again = users.create_first_administrator(realm, &token, form("other"), &origin(), START).await;
    assert!(matches!(again, Err(Error::DeadLink)));
    assert!(users.administrator_link(realm, START + DAY, DAY, START + DAY).await.unwrap().is_none());
    assert_eq!(event_types(database).await, ["user.created"]);
});

on_both_databases!(of_many_at_once_one_becomes_the_administrator, async |database: &Database| {
    let (other, _) = database.another_node().await;
    let services = [users(database), seeded(other, 8)];
    let (token, realm) = (link(database, &services[0]).await, database.realm.id);
    let attempts = (0..10).map(|index| {
        let (users, token) = (services[index % 2].clone(), token.clone());
        tokio::spawn(async move {
            let form = form(&format!("root{index}"));
            users.create_first_administrator(realm, &token, form, &origin(), START).await
        })
    });
    let mut made = 0;
    for attempt in attempts.collect::<Vec<_>>() {
        match attempt.await.unwrap() {
            Ok(_) => made += 1,
            refused => assert!(matches!(refused, Err(Error::DeadLink)), "{refused:?}"),
        }
    }
    assert_eq!(made, 1);
});

#[tokio::test]
async fn each_start_voids_the_link_before() {
    let database = Database::new(SetUp::Sqlite).await;
    let (users, realm) = (users(&database), database.realm.id);
    let old = link(&database, &users).await;
    let later = START + Duration::from_secs(1);
    let new = users.administrator_link(realm, later, DAY, later).await.unwrap().unwrap();
    assert!(!users.is_administrator_link(realm, &old, later).await.unwrap());
    assert!(users.is_administrator_link(realm, &new, later).await.unwrap());
    assert!(!users.is_administrator_link(realm, &new, later + DAY).await.unwrap(), "it ends");
    assert!(!users.is_administrator_link(database.second.id, &new, later).await.unwrap(), "it is its realm's");
}

on_both_databases!(of_nodes_that_start_at_once_one_prints_its_link, async |database: &Database| {
    let realm = database.realm.id;
    let mut nodes = vec![users(database)];
    for seed in [8, 9] {
        nodes.push(seeded(database.another_node().await.0, seed));
    }
    let starts = nodes.iter().enumerate().map(|(index, node)| {
        let node = node.clone();
        // All began before any of them had its link, and some take longer than others.
        let now = START + Duration::from_secs(index as u64);
        tokio::spawn(async move { node.administrator_link(realm, START, DAY, now).await.unwrap() })
    });
    let mut printed = Vec::new();
    for start in starts.collect::<Vec<_>>() {
        printed.extend(start.await.unwrap());
    }
    assert_eq!(printed.len(), 1);
    assert!(nodes[0].is_administrator_link(realm, &printed[0], START).await.unwrap());
});

#[tokio::test]
async fn a_link_from_the_future_keeps_nobody_out() {
    let database = Database::new(SetUp::Sqlite).await;
    let (users, realm) = (users(&database), database.realm.id);
    let tomorrow = START + DAY;
    users.administrator_link(realm, tomorrow, DAY, tomorrow).await.unwrap().unwrap();
    assert!(users.administrator_link(realm, START, DAY, START).await.unwrap().is_some());
}

/// What is refused leaves the link as it was.
#[tokio::test]
async fn a_form_that_is_refused_does_not_use_the_link_up() {
    let database = Database::new(SetUp::Sqlite).await;
    let (users, realm) = (users(&database), database.realm.id);
    users.create(realm, account("taken@example.com"), &by()).await.unwrap();
    let token = link(&database, &users).await;
    let try_it = async |form| users.create_first_administrator(realm, &token, form, &origin(), START).await;
    let short = FirstAdministrator { password: Secret::from("short"), ..form("root") };
    assert_eq!(faults(try_it(short).await), [("password", "error-password-short")]);
    assert_eq!(faults(try_it(form("a b")).await), [("email", "error-email-wrong")]);
    assert_eq!(faults(try_it(form("taken@example.com")).await), [("email", "error-identifier-taken")]);
    assert!(try_it(form("root@example.com")).await.unwrap().administrator);
}

/// An administrator who came another way ends the link too.
#[tokio::test]
async fn the_link_is_dead_once_there_is_an_administrator() {
    let database = Database::new(SetUp::Sqlite).await;
    let (users, realm) = (users(&database), database.realm.id);
    let token = link(&database, &users).await;
    users.create(realm, Account { administrator: true, ..account("ann@example.com") }, &by()).await.unwrap();
    let late = users.create_first_administrator(realm, &token, form("root"), &origin(), START).await;
    assert!(matches!(late, Err(Error::DeadLink)));
}

fn configured(password: &str) -> config::Administrator {
    config::Administrator {
        username: Some("root".to_owned()),
        email: Some("root@example.com".to_owned()),
        password: Some(Secret::from(password)),
        password_file: None,
    }
}

#[tokio::test]
async fn the_configured_administrator_is_made_once_and_never_changed() {
    let database = Database::new(SetUp::Sqlite).await;
    let (users, realm) = (users(&database), database.realm.id);
    assert!(!users.ensure_administrator(realm, &config::Administrator::default(), START).await.unwrap());
    assert!(users.ensure_administrator(realm, &configured(GOOD), START).await.unwrap());
    let user = users.find(realm, "root").await.unwrap();
    assert!(user.administrator);
    let before = database.db.password_account_of(realm, user.id).await.unwrap().unwrap().phc;
    assert!(!users.ensure_administrator(realm, &configured("another password"), START).await.unwrap());
    let after = database.db.password_account_of(realm, user.id).await.unwrap().unwrap().phc;
    assert!(before == after, "a password that its owner changed must survive a restart");
    assert_eq!(faults(users.ensure_administrator(database.second.id, &configured("short"), START).await).len(), 1);
    assert_eq!(event_types(&database).await, ["user.created"]);
}

#[tokio::test]
async fn two_nodes_make_one_configured_administrator() {
    let database = Database::new(SetUp::Sqlite).await;
    let other = seeded(database.another_node().await.0, 8);
    let (users, realm, configured) = (users(&database), database.realm.id, configured(GOOD));
    let (one, two) = tokio::join!(
        users.ensure_administrator(realm, &configured, START),
        other.ensure_administrator(realm, &configured, START)
    );
    assert_eq!(u8::from(one.unwrap()) + u8::from(two.unwrap()), 1);
    assert_eq!(event_types(&database).await, ["user.created"]);
}
