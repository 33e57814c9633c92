//! Realms: addresses by path and by host name.

use tessera::store::Db;
use tessera::store::realms::NewRealm;

use crate::support::database::{START, on_both_databases};

on_both_databases!(a_realm_is_found_by_slug_host_and_id, async |database| {
    let (db, second) = (&database.db, &database.second);
    assert_eq!(db.realm_by_host("Second.LOCALHOST").await.unwrap().unwrap().id, second.id);
    assert_eq!(db.realm_by_id(second.id).await.unwrap().unwrap().slug, "second");
    assert!(db.realm_by_slug("none").await.unwrap().is_none());
    assert!(db.realm_by_host("localhost").await.unwrap().is_none());
    assert_ne!(database.realm.short_id(), second.short_id());
    assert_eq!(database.realm.short_id().len(), 8);
});

on_both_databases!(an_issuer_keeps_the_base_path_of_the_public_url, async |database| {
    let mut options = database.options();
    options.public_url = "https://example.com:8443/auth".parse().unwrap();
    let db = Db::connect(&options).await.unwrap();
    let id = database.random.id(START);
    let third = NewRealm { id, slug: "third".to_owned(), host: None, name: "Third".to_owned(), now: START };
    assert!(db.write(async move |tx| tx.create_realm(&third).await).await.unwrap());
    let issuers: Vec<_> = db.realms().await.unwrap().into_iter().map(|realm| realm.url("/oauth2/token")).collect();
    assert_eq!(
        issuers,
        [
            "https://example.com:8443/auth/oauth2/token",
            "https://second.localhost:8443/auth/oauth2/token",
            "https://example.com:8443/auth/r/third/oauth2/token",
        ]
    );
});

on_both_databases!(a_slug_or_host_that_is_taken_makes_no_realm, async |database| {
    let new = |slug: &str, host: Option<&str>| NewRealm {
        id: database.random.id(START),
        slug: slug.to_owned(),
        host: host.map(str::to_owned),
        name: "Another".to_owned(),
        now: START,
    };
    for realm in [new("second", None), new("", None), new("third", Some("second.localhost"))] {
        assert!(!database.db.write(async move |tx| tx.create_realm(&realm).await).await.unwrap());
    }
    assert_eq!(database.db.realms().await.unwrap().len(), 2);
});

on_both_databases!(an_epoch_is_raised_for_one_realm, async |database| {
    let (realm, second) = (database.realm.id, database.second.id);
    let epochs = async || {
        let realms = database.db.realms().await.unwrap();
        realms.iter().map(|realm| realm.not_before.millis()).collect::<Vec<_>>()
    };
    database.db.write(async move |tx| tx.raise_epoch(second, START).await).await.unwrap();
    assert_eq!(epochs().await, [0, START.millis()]);
    database.db.write(async move |tx| tx.raise_epoch(realm, START).await).await.unwrap();
    assert_eq!(database.db.realm_by_id(realm).await.unwrap().unwrap().not_before, START);
});
