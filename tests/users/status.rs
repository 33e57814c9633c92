//! Being shut out and let in, claims, and lists.

use std::time::Duration;

use futures_util::future::join_all;
use tessera::protocol::claims::StandardClaims;
use tessera::store::events::By;
use tessera::store::users::Status;
use tessera::users::Error;
use uuid::Uuid;

use super::{account, by, faults, origin, seeded, users};
use crate::support::database::{Database, START, SetUp, on_both_databases};
use crate::support::events::event_types;

on_both_databases!(shutting_out_ends_everything_and_letting_in_revives_nothing, async |database: &Database| {
    let (users, realm) = (users(database), database.realm.id);
    let user = users.create(realm, account("ann@example.com"), &by()).await.unwrap();
    let later = By::operator(START + Duration::from_secs(5));
    let out = users.disable(realm, user.id, &later).await.unwrap();
    assert_eq!((out.status, out.not_before), (Status::Disabled, later.at));
    users.disable(realm, user.id, &later).await.unwrap();
    let latest = By::operator(START + Duration::from_secs(6));
    let back = users.enable(realm, user.id, &latest).await.unwrap();
    assert_eq!((back.status, back.not_before), (Status::Active, later.at));
    assert_eq!(event_types(database).await, ["user.created", "user.disabled", "user.enabled"]);
});

#[tokio::test]
async fn nobody_shuts_themselves_out() {
    let database = Database::new(SetUp::Sqlite).await;
    let users = users(&database);
    let user = users.create(database.realm.id, account("ann@example.com"), &by()).await.unwrap();
    let mine = By::user(user.id, &origin(), START);
    assert!(matches!(users.disable(database.realm.id, user.id, &mine).await, Err(Error::Oneself)));
}

/// security.md: another realm's id is not found, on every route.
#[tokio::test]
async fn another_realms_user_is_not_found() {
    let database = Database::new(SetUp::Sqlite).await;
    let (users, second) = (users(&database), database.second.id);
    let user = users.create(database.realm.id, account("ann@example.com"), &by()).await.unwrap().id;
    let outcomes = [
        users.show(second, user).await.map(drop),
        users.disable(second, user, &by()).await.map(drop),
        users.enable(second, user, &by()).await.map(drop),
        users.set_name(second, user, "Mallory", &by()).await.map(drop),
        users.set_claims(second, user, StandardClaims::default(), &by()).await.map(drop),
        users.show(database.realm.id, Uuid::nil()).await.map(drop),
    ];
    for outcome in outcomes {
        assert!(matches!(outcome, Err(Error::NotFound)), "{outcome:?}");
    }
    assert!(users.list(second, None, None, 10).await.unwrap().users.is_empty());
}

#[tokio::test]
async fn a_name_is_changed_and_other_claims_stay() {
    let database = Database::new(SetUp::Sqlite).await;
    let (users, realm) = (users(&database), database.realm.id);
    let user = users.create(realm, account("ann@example.com"), &by()).await.unwrap().id;
    let claims = StandardClaims { nickname: Some("annie".to_owned()), ..StandardClaims::default() };
    users.set_claims(realm, user, claims, &by()).await.unwrap();
    let renamed = users.set_name(realm, user, " Ann Lee ", &by()).await.unwrap();
    assert_eq!(renamed.claims.name.as_deref(), Some("Ann Lee"));
    assert_eq!(renamed.claims.nickname.as_deref(), Some("annie"));
    assert_eq!(faults(users.set_name(realm, user, " ", &by()).await), [("name", "error-name-missing")]);
    let long = "x".repeat(201);
    assert_eq!(faults(users.set_name(realm, user, &long, &by()).await), [("name", "error-name-long")]);
    let wrong = StandardClaims { website: Some("javascript:x".to_owned()), ..StandardClaims::default() };
    assert!(matches!(users.set_claims(realm, user, wrong, &by()).await, Err(Error::Claims(_))));
}

// Whoever changes a name has read the other claims before: what an administrator makes of them meanwhile stays.
on_both_databases!(a_name_takes_nothing_back_that_is_changed_at_once, async |database: &Database| {
    let services = [users(database), seeded(database.another_node().await.0, 8)];
    let realm = database.realm.id;
    let user = services[0].create(realm, account("ann@example.com"), &by()).await.unwrap().id;
    let at_once = (0..50).map(|n| {
        let (users, by) = (&services[n % 2], by());
        async move {
            if n != 25 {
                return users.set_name(realm, user, "Ann", &by).await;
            }
            let nickname = Some("annie".to_owned());
            users.set_claims(realm, user, StandardClaims { nickname, ..StandardClaims::default() }, &by).await
        }
    });
    assert!(join_all(at_once).await.into_iter().all(|made| made.is_ok()));
    let changed = services[0].show(realm, user).await.unwrap().0;
    assert_eq!(changed.claims.nickname.as_deref(), Some("annie"));
});

#[tokio::test]
async fn the_list_goes_on_where_it_stopped_and_finds_beginnings() {
    let database = Database::new(SetUp::Sqlite).await;
    let (users, realm) = (users(&database), database.realm.id);
    for (seconds, name) in ["ann", "bob", "bonnie"].into_iter().enumerate() {
        let at = By::operator(START + Duration::from_secs(seconds as u64));
        users.create(realm, account(&format!("{name}@example.com")), &at).await.unwrap();
    }
    let first = users.list(realm, None, None, 2).await.unwrap();
    let rest = users.list(realm, None, first.next, 2).await.unwrap();
    assert_eq!((first.users.len(), rest.users.len(), rest.next), (2, 1, None));
    let found = users.list(realm, Some("BO"), None, 10).await.unwrap();
    let names: Vec<_> = found.users.iter().map(|(_, identifiers)| identifiers[0].display.as_str()).collect();
    assert_eq!(names, ["bonnie@example.com", "bob@example.com"]);
}
