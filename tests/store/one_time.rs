//! Links that work once.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;
use tessera::store::one_time::{Kind, OneTime};
use uuid::Uuid;

use super::records::{self, HOUR};
use crate::support::database::{Database, START, on_both_databases};

fn link(database: &Database, kind: Kind, user_id: Option<Uuid>) -> OneTime {
    OneTime {
        id: database.random.id(START),
        realm_id: database.realm.id,
        kind,
        token_hash: database.random.bytes(),
        user_id,
        data: json!({"why": "a test"}),
        expires_at: START + HOUR,
        created_at: START,
    }
}

async fn store(database: &Database, link: &OneTime) {
    let link = link.clone();
    database.db.write(async move |tx| tx.create_one_time(&link).await).await.unwrap();
}

on_both_databases!(one_of_fifty_uses_at_once_is_the_one, async |database| {
    let ada = records::user(database, "ada").await;
    let link = link(database, Kind::Invitation, Some(ada.id));
    store(database, &link).await;
    let (another, _) = database.another_node().await;
    let (realm, hash) = (link.realm_id, link.token_hash);
    let uses = (0..50).map(|n| {
        let db = if n % 2 == 0 { &database.db } else { &another };
        db.write(async move |tx| tx.use_one_time(realm, Kind::Invitation, hash, START).await)
    });
    let winners = join_all(uses).await.into_iter().filter(|won| *won.as_ref().unwrap()).count();
    assert_eq!(winners, 1);
    assert!(database.db.one_time(realm, Kind::Invitation, hash, START).await.unwrap().is_none());
});

on_both_databases!(a_link_is_of_its_kind_realm_and_time, async |database| {
    let ada = records::user(database, "ada").await;
    let link = link(database, Kind::Invitation, Some(ada.id));
    store(database, &link).await;
    let (realm, second, hash) = (link.realm_id, database.second.id, link.token_hash);
    let works = async |realm, kind, now| {
        let shown = database.db.one_time(realm, kind, hash, now).await.unwrap().is_some();
        // Tried, and taken back.
        let used = database.db.write(async move |tx| {
            let used = tx.use_one_time(realm, kind, hash, now).await?;
            if used {
                tx.give_back_one_time(realm, kind, hash).await?;
            }
            Ok(used)
        });
        assert_eq!(used.await.unwrap(), shown);
        shown
    };
    assert!(!works(second, Kind::Invitation, START).await);
    assert!(!works(realm, Kind::Administrator, START).await);
    assert!(works(realm, Kind::Invitation, link.expires_at - Duration::from_millis(1)).await);
    assert!(!works(realm, Kind::Invitation, link.expires_at).await);
    let (user, data) = database.db.one_time(realm, Kind::Invitation, hash, START).await.unwrap().unwrap();
    assert_eq!((user, data), (Some(ada.id), link.data));
});

on_both_databases!(a_new_invitation_voids_the_old_one_of_that_user, async |database| {
    let (ada, bob) = (records::user(database, "ada").await, records::user(database, "bob").await);
    let links = [Some(ada.id), Some(bob.id), Some(ada.id)].map(|user| link(database, Kind::Invitation, user));
    for link in &links {
        store(database, link).await;
    }
    for (link, lives) in links.iter().zip([false, true, true]) {
        let found = database.db.one_time(link.realm_id, link.kind, link.token_hash, START).await.unwrap();
        assert_eq!(found.is_some(), lives);
    }
});

on_both_databases!(of_three_servers_that_start_at_once_one_prints_its_link, async |database| {
    let (two, _) = database.another_node().await;
    let (three, _) = database.another_node().await;
    let realm = database.realm.id;
    // The first start, and one that finds the link of an earlier one.
    for _ in 0..2 {
        let before = database.db.administrator_link(realm).await.unwrap().map(|(hash, _)| hash);
        let starts = [&database.db, &two, &three].map(|db| {
            let (link, before) = (link(database, Kind::Administrator, None), before.clone());
            async move {
                let new = link.clone();
                let won = db.write(async move |tx| tx.replace_administrator_link(&new, before.as_deref()).await);
                won.await.unwrap().then_some(link.token_hash)
            }
        });
        let winners: Vec<_> = join_all(starts).await.into_iter().flatten().collect();
        assert_eq!(winners.len(), 1);
        let kept = database.db.administrator_link(realm).await.unwrap();
        assert_eq!(kept.map(|(hash, _)| hash), Some(winners[0].to_vec()));
        if let Some(before) = before {
            let old = before.try_into().unwrap();
            assert!(database.db.one_time(realm, Kind::Administrator, old, START).await.unwrap().is_none(), "void");
        }
    }
});

on_both_databases!(no_link_is_printed_once_there_is_an_administrator, async |database| {
    let realm = database.realm.id;
    let first = link(database, Kind::Administrator, None);
    let (stored, hash) = (first.clone(), first.token_hash);
    assert!(database.db.write(async move |tx| tx.replace_administrator_link(&stored, None).await).await.unwrap());
    let mut ada = records::new_user(database, &database.realm, "ada");
    ada.administrator = true;
    let made = database.db.write(async move |tx| {
        assert!(tx.use_one_time(realm, Kind::Administrator, hash, START).await?);
        tx.create_user(&ada).await
    });
    made.await.unwrap();
    // A server that had asked just before.
    let late = link(database, Kind::Administrator, None);
    let replaced = database.db.write(async move |tx| tx.replace_administrator_link(&late, Some(&hash)).await);
    assert!(!replaced.await.unwrap());
    let elsewhere = OneTime { realm_id: database.second.id, ..link(database, Kind::Administrator, None) };
    assert!(database.db.write(async move |tx| tx.replace_administrator_link(&elsewhere, None).await).await.unwrap());
});
