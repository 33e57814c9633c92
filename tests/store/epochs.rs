//! storage.md "Caches": whoever changes a cached record raises its kind's number; every process polls it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sea_orm::ConnectionTrait as _;
use tessera::store::Db;
use tessera::store::clients::Client;
use tessera::store::epochs::Cached;
use tessera::store::realms::{NewRealm, Settings};
use uuid::Uuid;

use super::records;
use crate::support::database::{START, on_both_databases};

async fn name(db: &Db, realm: Uuid) -> Option<String> {
    db.client(realm, "app").await.unwrap().map(|client| client.name().to_owned())
}

async fn rename(db: &Db, client: &Client, name: &str) {
    let mut client = client.clone();
    client.metadata.client_name = Some(name.to_owned());
    let before = client.updated_at;
    assert!(db.write(async move |tx| tx.update_client(&client, before).await).await.unwrap());
}

on_both_databases!(another_process_sees_a_change_after_its_next_poll, async |database| {
    let (other, _) = database.another_node().await;
    let realm = database.realm.id;
    assert_eq!(name(&other, realm).await, None);
    let client = records::client(database, "app").await;
    assert_eq!(name(&other, realm).await, None, "that there is none is remembered too");
    other.poll_epochs().await.unwrap();
    assert_eq!(name(&other, realm).await.as_deref(), Some("app"));

    rename(&database.db, &client, "renamed").await;
    assert_eq!(name(&other, realm).await.as_deref(), Some("app"), "remembered");
    other.poll_epochs().await.unwrap();
    assert_eq!(name(&other, realm).await.as_deref(), Some("renamed"));
});

on_both_databases!(its_own_change_is_seen_at_once, async |database| {
    let (db, realm) = (&database.db, database.realm.id);
    assert_eq!(name(db, realm).await, None);
    let client = records::client(database, "app").await;
    assert_eq!(name(db, realm).await.as_deref(), Some("app"));
    rename(db, &client, "renamed").await;
    assert_eq!(name(db, realm).await.as_deref(), Some("renamed"));
    let id = client.id;
    assert!(db.write(async move |tx| tx.delete_client(realm, id).await).await.unwrap());
    assert_eq!(name(db, realm).await, None);
});

on_both_databases!(a_new_realm_and_its_settings_are_seen_at_once, async |database| {
    let db = &database.db;
    assert!(db.realm_by_slug("third").await.unwrap().is_none());
    let id = database.random.id(START);
    let third = NewRealm { id, slug: "third".to_owned(), host: None, name: "Third".to_owned(), now: START };
    assert!(db.write(async move |tx| tx.create_realm(&third).await).await.unwrap());
    assert_eq!(db.realm_by_slug("third").await.unwrap().unwrap().settings, Settings::default());
    let settings = Settings { sign_up: Some(true), self_service: Some(false), ..Settings::default() };
    let set = settings.clone();
    db.write(async move |tx| tx.set_realm_settings(id, &set, START).await).await.unwrap();
    assert_eq!(db.realm_by_slug("third").await.unwrap().unwrap().settings, settings);
    db.write(async move |tx| tx.raise_epoch(id, START).await).await.unwrap();
    assert_eq!(db.realm_by_slug("third").await.unwrap().unwrap().not_before, START);
});

on_both_databases!(what_is_rolled_back_changed_nothing, async |database| {
    let (other, _) = database.another_node().await;
    other.poll_epochs().await.unwrap();
    let before = other.generation(Cached::Clients);
    let client = records::new_client(database, &database.realm, "app");
    let failed = database.db.write(async move |tx| {
        tx.create_client(&client).await?;
        Err::<(), _>(tessera::store::Error::Busy)
    });
    assert!(failed.await.is_err());
    other.poll_epochs().await.unwrap();
    assert_eq!(other.generation(Cached::Clients), before);
    assert_eq!(name(&database.db, database.realm.id).await, None);
});

on_both_databases!(a_change_of_one_kind_leaves_the_others_alone, async |database| {
    let db = &database.db;
    db.poll_epochs().await.unwrap();
    let before = Cached::ALL.map(|kind| db.generation(kind));
    records::client(database, "app").await;
    let after = Cached::ALL.map(|kind| db.generation(kind));
    for (kind, (before, after)) in Cached::ALL.into_iter().zip(before.into_iter().zip(after)) {
        assert_eq!(before != after, kind == Cached::Clients, "{kind:?}");
    }
});

// A process that cannot ask believes nothing after ten seconds: ten polls.
on_both_databases!(ten_polls_that_fail_drop_everything, async |database| {
    let db = &database.db;
    db.poll_epochs().await.unwrap();
    let before = Cached::ALL.map(|kind| db.generation(kind));
    let past = database.past_the_store().await;
    past.execute_unprepared("ALTER TABLE cache_epochs RENAME TO away").await.unwrap();
    for _ in 0..9 {
        assert!(db.poll_epochs().await.is_err());
    }
    assert_eq!(Cached::ALL.map(|kind| db.generation(kind)), before);
    assert!(db.poll_epochs().await.is_err());
    assert!(Cached::ALL.into_iter().zip(before).all(|(kind, before)| db.generation(kind) > before));

    past.execute_unprepared("ALTER TABLE away RENAME TO cache_epochs").await.unwrap();
    db.poll_epochs().await.unwrap();
    past.execute_unprepared("ALTER TABLE cache_epochs RENAME TO away").await.unwrap();
    let recovered = Cached::ALL.map(|kind| db.generation(kind));
    assert!(db.poll_epochs().await.is_err());
    assert_eq!(Cached::ALL.map(|kind| db.generation(kind)), recovered, "the count began anew");
});

// A read that began before a change must not bring the old record back after it.
on_both_databases!(a_read_that_raced_a_change_is_not_remembered, async |database| {
    let client = records::client(database, "app").await;
    let (done, realm) = (Arc::new(AtomicBool::new(false)), database.realm.id);
    let readers: Vec<_> = (0..8)
        .map(|_| {
            let (db, done) = (database.db.clone(), Arc::clone(&done));
            tokio::spawn(async move {
                while !done.load(Ordering::Relaxed) {
                    name(&db, realm).await;
                    tokio::task::yield_now().await;
                }
            })
        })
        .collect();
    for n in 0..100 {
        rename(&database.db, &client, &format!("name {n}")).await;
        assert_eq!(name(&database.db, realm).await, Some(format!("name {n}")));
        tokio::task::yield_now().await;
        assert_eq!(name(&database.db, realm).await, Some(format!("name {n}")));
    }
    done.store(true, Ordering::Relaxed);
    for reader in readers {
        reader.await.unwrap();
    }
});

on_both_databases!(a_watching_process_needs_no_poll_by_hand, async |database| {
    let (other, _) = database.another_node().await;
    let watch = other.watch();
    assert_eq!(name(&other, database.realm.id).await, None);
    records::client(database, "app").await;
    let realm = database.realm.id;
    crate::support::eventually(std::time::Duration::from_secs(10), async || name(&other, realm).await).await;
    watch.abort();
});
