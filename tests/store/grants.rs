//! Grants: what a user allows is added up, and taken back at once with all that came of it.

use futures_util::future::join_all;
use sea_orm::ConnectionTrait as _;
use tessera::store::grants::{Grant, ResourceScopes};

use super::records::{self, HOUR};
use crate::support::database::{Database, START, on_both_databases};

async fn allow(database: &Database, grant: Grant) {
    let realm = database.realm.id;
    database.db.write(async move |tx| tx.grant(realm, &grant).await).await.unwrap();
}

fn at(scope: &str, resources: &[&str]) -> ResourceScopes {
    resources.iter().map(|&resource| (resource.to_owned(), scope.parse().unwrap())).collect()
}

on_both_databases!(what_is_allowed_adds_up, async |database| {
    let (ada, client) = (records::user(database, "ada").await, records::client(database, "app").await);
    let grant = |scope: &str, resources: &[&str], now| Grant {
        id: database.random.id(now),
        user_id: ada.id,
        client_id: client.id,
        scope: scope.parse().unwrap(),
        resources: at(scope, resources),
        created_at: now,
        updated_at: now,
    };
    allow(database, grant("openid profile", &["https://a.example"], START)).await;
    allow(database, grant("openid email", &["https://b.example", "https://a.example"], START + HOUR)).await;
    let held = database.db.grant(ada.realm_id, ada.id, client.id).await.unwrap().unwrap();
    let covers = |scope: &str, asked: &ResourceScopes| held.covers(&scope.parse().unwrap(), asked);
    assert!(covers("openid profile email", &at("email", &["https://a.example"])));
    assert!(!covers("openid phone", &ResourceScopes::new()));
    assert!(!covers("openid", &at("", &["https://c.example"])));
    // What was allowed at one of them was not allowed at the other.
    assert!(covers("profile", &at("profile", &["https://a.example"])));
    assert!(!covers("profile", &at("profile", &["https://b.example"])));
    assert!(!covers("profile email", &at("profile email", &["https://a.example", "https://b.example"])));
    let of_a = ("https://a.example".to_owned(), "openid profile email".parse().unwrap());
    assert_eq!(held.resources, [of_a].into_iter().chain(at("openid email", &["https://b.example"])).collect());
    assert_eq!((held.created_at, held.updated_at), (START, START + HOUR));
    assert_eq!(database.db.grants_of(ada.realm_id, ada.id).await.unwrap(), [held]);
    assert!(database.db.grant(database.second.id, ada.id, client.id).await.unwrap().is_none());
});

// Rows of before say nothing of where: all of the scope was meant everywhere.
on_both_databases!(a_grant_of_an_earlier_release_holds, async |database| {
    let (ada, client) = (records::user(database, "ada").await, records::client(database, "app").await);
    let resources = ["https://a.example", "https://b.example"];
    let grant = Grant {
        id: database.random.id(START),
        user_id: ada.id,
        client_id: client.id,
        scope: "openid read".parse().unwrap(),
        resources: at("read", &resources),
        created_at: START,
        updated_at: START,
    };
    allow(database, grant).await;
    database.past_the_store().await.execute_unprepared("UPDATE grants SET resource_scopes = NULL").await.unwrap();
    let held = database.db.grant(ada.realm_id, ada.id, client.id).await.unwrap().unwrap();
    assert_eq!(held.resources, at("openid read", &resources));
});

// One request asks for 4 KiB at most; what several asked for is kept and read whole.
on_both_databases!(what_is_allowed_may_be_more_than_one_request_asks_for, async |database| {
    let (ada, client) = (records::user(database, "ada").await, records::client(database, "app").await);
    let scopes = |letter: &str| (0..200).map(|n| format!("{letter}:scope-{n}")).collect::<Vec<_>>().join(" ");
    for letter in ["a", "b"] {
        let grant = Grant {
            id: database.random.id(START),
            user_id: ada.id,
            client_id: client.id,
            scope: scopes(letter).parse().unwrap(),
            resources: ResourceScopes::new(),
            created_at: START,
            updated_at: START,
        };
        allow(database, grant).await;
    }
    let held = database.db.grant(ada.realm_id, ada.id, client.id).await.unwrap().unwrap();
    assert_eq!(held.scope.as_str(), format!("{} {}", scopes("a"), scopes("b")));
    assert_eq!(database.db.grants_of(ada.realm_id, ada.id).await.unwrap(), [held]);
});

on_both_databases!(none_of_fifty_consents_at_once_is_lost, async |database| {
    let (ada, client) = (records::user(database, "ada").await, records::client(database, "app").await);
    let (another, _) = database.another_node().await;
    let consents = (0..50).map(|n| {
        let grant = Grant {
            id: database.random.id(START),
            user_id: ada.id,
            client_id: client.id,
            scope: format!("scope{n}").parse().unwrap(),
            resources: at("read", &[&format!("https://api{n}.example")]),
            created_at: START,
            updated_at: START,
        };
        let db = if n % 2 == 0 { &database.db } else { &another };
        let realm = ada.realm_id;
        db.write(async move |tx| tx.grant(realm, &grant).await)
    });
    for consent in join_all(consents).await {
        consent.unwrap();
    }
    let held = database.db.grant(ada.realm_id, ada.id, client.id).await.unwrap().unwrap();
    assert_eq!((held.scope.as_str().split(' ').count(), held.resources.len()), (50, 50));
});

on_both_databases!(what_is_taken_back_ends_every_family_of_that_client, async |database| {
    let ada = records::user(database, "ada").await;
    let (client, other) = (records::client(database, "app").await, records::client(database, "other").await);
    let mut families = Vec::new();
    for client in [&client, &client, &other] {
        allow(
            database,
            Grant {
                id: database.random.id(START),
                user_id: ada.id,
                client_id: client.id,
                scope: "openid".parse().unwrap(),
                resources: ResourceScopes::new(),
                created_at: START,
                updated_at: START,
            },
        )
        .await;
        let family = records::new_family(database, &ada, client, None);
        database
            .db
            .create_family(
                family.clone(),
                records::basis(database, &family).await,
                records::event_of(database, &family),
            )
            .await
            .unwrap();
        families.push(family.id);
    }
    let (realm, user, id, now) = (ada.realm_id, ada.id, client.id, START + 3 * HOUR);
    let revoke =
        async |realm| database.db.write(async move |tx| tx.revoke_grant(realm, user, id, now).await).await.unwrap();
    assert!(!revoke(database.second.id).await);
    assert!(revoke(realm).await);
    assert!(!revoke(realm).await);
    for (family, revoked_at) in families.into_iter().zip([Some(now), Some(now), None]) {
        assert_eq!(database.db.family(realm, family).await.unwrap().unwrap().revoked_at, revoked_at);
    }
    assert_eq!(database.db.grants_of(realm, user).await.unwrap().len(), 1);
});
