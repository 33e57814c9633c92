//! A realm's keys in use, and their rotation: publish, wait, sign, retain (security.md "100 key rotations under load").

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tessera::clock::Timestamp;
use tessera::keys::KeyError;
use tessera::keys::Keys;
use tessera::keys::keyring::{Keyring, Purpose};
use tessera::keys::realm::RealmKeys;
use tessera::keys::rotate::Start;
use tessera::protocol::access_token::ClaimSet;
use tessera::protocol::algorithm::SigningAlgorithm;
use tessera::protocol::jws::CompactJws;
use tessera::random::Random;
use tessera::store::epochs::Cached;
use tessera::store::resource_servers::{ResourceServer, TokenForm};

use crate::support::database::{self, Database, START, SetUp, on_both_databases};
use crate::support::realm_keys;

const ES256: SigningAlgorithm = SigningAlgorithm::Es256;
/// What an application may keep the JWKS for, and what nodes and clocks may differ by.
const WAIT: Duration = Duration::from_secs(15 * 60 + 30);
/// A retired key is published for a day at the least, and the margin.
const RETAIN: Duration = Duration::from_secs(24 * 60 * 60 + 30);
const INSTANT: Duration = Duration::from_millis(1);

fn kids(keys: &Arc<RealmKeys>) -> Vec<String> {
    let document: Value = serde_json::from_slice(&keys.jwks().bytes).unwrap();
    document["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

fn signer(keys: &Arc<RealmKeys>) -> String {
    keys.signer(ES256).unwrap().kid().to_owned()
}

fn sign(keys: &Arc<RealmKeys>) -> String {
    keys.signer(ES256).unwrap().sign("at+jwt", &json!({})).unwrap()
}

fn verifies(keys: &Arc<RealmKeys>, token: &str) -> bool {
    keys.verify(&CompactJws::parse(token).unwrap(), "at+jwt").is_ok()
}

async fn service(database: &Database) -> Keys {
    realm_keys::keys(database, &realm_keys::config()).await
}

// storage.md, protocol.md "Rotation": a new realm signs with each algorithm at once, and each signature verifies.
on_both_databases!(a_new_realm_signs_with_every_algorithm, async |database| {
    let service = service(database).await;
    for realm in [&database.realm, &database.second] {
        let keys = service.realm(realm.id, START).await.unwrap();
        assert!(keys.algorithms().eq(SigningAlgorithm::ALL.iter().copied()));
        for algorithm in SigningAlgorithm::ALL {
            let token = keys.signer(*algorithm).unwrap().sign("at+jwt", &json!({})).unwrap();
            assert!(verifies(&keys, &token), "{algorithm}");
        }
        assert_eq!(kids(&keys).len(), 4);
        assert!(keys.refresh_key(1).is_some() && keys.refresh_key(2).is_none());
        assert_eq!(keys.tagging_refresh_key(START).unwrap(), 1);
    }
});

/// "Opening a private key happens once": the same key serves until the keys change, and also after, if it stays.
#[tokio::test]
async fn a_private_key_is_opened_once() {
    database::run(SetUp::Sqlite, async |database| {
        let service = service(database).await;
        let realm = database.realm.id;
        let first = service.realm(realm, START).await.unwrap();
        let again = service.realm(realm, START).await.unwrap();
        assert!(Arc::ptr_eq(&first, &again));
        database.db.forget(Cached::Keys);
        let reread = service.realm(realm, START).await.unwrap();
        assert!(!Arc::ptr_eq(&first, &reread));
        assert!(std::ptr::eq(first.signer(ES256).unwrap(), reread.signer(ES256).unwrap()));
    })
    .await;
}

/// A realm that is not there, or has no such key, says so.
#[tokio::test]
async fn a_realm_without_keys_has_no_signer() {
    database::run(SetUp::Sqlite, async |database| {
        let service = service(database).await;
        let keys = service.realm(Random::seeded(3).id(START), START).await.unwrap();
        assert!(matches!(keys.signer(ES256), Err(KeyError::NoSigner(ES256))));
        assert!(matches!(keys.tagging_refresh_key(START), Err(KeyError::NoRefreshKey)));
    })
    .await;
}

/// protocol.md "Dynamic": the new one signs, the old one stays published; security.md: publish, wait a JWKS lifetime, sign, retain.
#[tokio::test]
async fn a_new_key_is_published_before_it_signs_and_the_old_one_after() {
    database::run(SetUp::Sqlite, async |database| {
        let service = service(database).await;
        let realm = database.realm.id;
        let at = async |instant: Timestamp| service.realm(realm, instant).await.unwrap();
        let old = signer(&at(START).await);
        let made = service.rotate(realm, &[ES256], Start::Published, START).await.unwrap();
        let new = made[0].kid.clone();
        assert_eq!((made.len(), made[0].algorithm, made[0].signs_from), (1, ES256, START + WAIT));

        let published = at(START).await;
        assert!(kids(&published).contains(&new) && kids(&published).contains(&old));
        assert_eq!(signer(&published), old);
        let last = at(START + WAIT - INSTANT).await;
        assert_eq!(signer(&last), old, "until every application has had time to fetch the new one");
        let token = sign(&last);

        let turned = at(START + WAIT).await;
        assert_eq!(signer(&turned), new);
        assert!(kids(&turned).contains(&old) && verifies(&turned, &token));
        assert!(verifies(&published, &sign(&turned)), "an application with the first document verifies the new key's");
        assert!(verifies(&at(START + WAIT + RETAIN - INSTANT).await, &token));
        let ended = at(START + WAIT + RETAIN).await;
        assert!(!kids(&ended).contains(&old) && !verifies(&ended, &token));
        assert_eq!((signer(&ended), kids(&ended).len()), (new, 4));
    })
    .await;
}

/// protocol.md: "A command that rotates the signing key now and keeps the old one published."
#[tokio::test]
async fn a_rotation_now_signs_once_every_node_knows_it_and_keeps_the_old_key_published() {
    database::run(SetUp::Sqlite, async |database| {
        let service = service(database).await;
        let realm = database.realm.id;
        let before = service.realm(realm, START).await.unwrap();
        let token = sign(&before);
        let made = service.rotate(realm, SigningAlgorithm::ALL, Start::Now, START).await.unwrap();
        let published = service.realm(realm, START).await.unwrap();
        assert_eq!(signer(&published), signer(&before), "a node that has not asked yet would refuse the new one's");
        let after = service.realm(realm, START + Duration::from_secs(2)).await.unwrap();
        assert_eq!((made.len(), kids(&after).len()), (4, 8));
        for each in &made {
            assert_eq!(after.signer(each.algorithm).unwrap().kid(), each.kid);
        }
        assert!(verifies(&after, &token));
        assert_ne!(after.jwks().etag, before.jwks().etag);
    })
    .await;
}

/// "retain for the longest token": a client's or resource server's own lifetime counts.
#[tokio::test]
async fn a_retired_key_stays_as_long_as_the_longest_token() {
    database::run(SetUp::Sqlite, async |database| {
        let service = service(database).await;
        let realm = database.realm.id;
        let week = 7 * 24 * 60 * 60;
        let server = ResourceServer {
            id: Random::seeded(4).id(START),
            realm_id: realm,
            identifier: "https://api.example.com".to_owned(),
            name: "API".to_owned(),
            issuer: None,
            form: TokenForm::Signed(ES256),
            claim_set: ClaimSet::Rfc9068,
            access_token_seconds: Some(week),
            scopes: Vec::new(),
            client_id: None,
            created_at: START,
            updated_at: START,
        };
        assert!(database.db.write(async move |tx| tx.create_resource_server(&server).await).await.unwrap());
        let token = sign(&service.realm(realm, START).await.unwrap());
        service.rotate(realm, &[ES256], Start::Now, START).await.unwrap();
        let last = START + Duration::from_secs(week + 31);
        assert!(verifies(&service.realm(realm, last).await.unwrap(), &token));
        let ended = START + Duration::from_secs(week + 32);
        assert!(!verifies(&service.realm(realm, ended).await.unwrap(), &token));
    })
    .await;
}

/// A second rotation before the first has begun to sign: the key in use goes on until the newest may.
#[tokio::test]
async fn rotating_twice_in_a_row_leaves_no_gap() {
    database::run(SetUp::Sqlite, async |database| {
        let service = service(database).await;
        let realm = database.realm.id;
        service.rotate(realm, &[ES256], Start::Published, START).await.unwrap();
        let later = START + Duration::from_mins(5);
        let newest = service.rotate(realm, &[ES256], Start::Published, later).await.unwrap().remove(0).kid;
        for minute in 0..40 {
            let now = START + Duration::from_mins(minute);
            let keys = service.realm(realm, now).await.unwrap();
            assert!(verifies(&keys, &sign(&keys)), "minute {minute}");
        }
        assert_eq!(signer(&service.realm(realm, later + WAIT).await.unwrap()), newest);
    })
    .await;
}

// security.md "100 key rotations under load: no verification failure".
on_both_databases!(a_hundred_rotations_break_no_verification, async |database| {
    let service = service(database).await;
    let realm = database.realm.id;
    let mut now = START;
    // What an application fetched last, and a token of the last quarter of an hour: the longest that either may be used.
    let mut fetched = service.realm(realm, now).await.unwrap();
    let mut tokens = vec![sign(&fetched)];
    for round in 0..100 {
        service.rotate(realm, &[ES256], Start::Published, now).await.unwrap();
        now = now + Duration::from_mins(15);
        let keys = service.realm(realm, now).await.unwrap();
        tokens.push(sign(&keys));
        assert!(verifies(&fetched, tokens.last().unwrap()), "round {round}: an old document");
        assert!(tokens.iter().rev().take(2).all(|token| verifies(&keys, token)), "round {round}: an old token");
        fetched = keys;
    }
});

// "Of two rotations at once one makes a key", on two nodes.
on_both_databases!(of_rotations_at_once_on_two_nodes_one_makes_a_key, async |database| {
    let one = service(database).await;
    let (db, _) = database.another_node().await;
    let two = realm_keys::keys_of_another_node(db.clone(), &realm_keys::config());
    let realm = database.realm.id;
    let rotations = [&one, &two, &one, &two].map(|node| node.rotate(realm, &[ES256], Start::Published, START));
    let made = futures_util::future::try_join_all(rotations).await.unwrap();
    let kept = kids(&one.realm(realm, START).await.unwrap());
    assert_eq!(kept.len(), 4 + made.iter().map(Vec::len).sum::<usize>());
    let open = database.db.signing_keys(realm, START).await.unwrap();
    assert_eq!(open.iter().filter(|key| key.alg == "ES256" && key.signs_until.is_none()).count(), 1);
    db.close().await;
});

/// `keys.rotate_every`: what is old enough is rotated, once; zero rotates nothing.
#[tokio::test]
async fn keys_are_rotated_when_they_are_due() {
    database::run(SetUp::Sqlite, async |database| {
        let service = service(database).await;
        let realm = database.realm.id;
        let age = Duration::from_hours(24 * 90);
        let due = async |now| service.rotate_due(realm, age, now).await.unwrap().len();
        assert_eq!(due(START + age - INSTANT).await, 0);
        assert_eq!(service.rotate_due(realm, Duration::ZERO, START + age).await.unwrap(), []);
        assert_eq!(due(START + age).await, 4);
        assert_eq!(due(START + age).await, 0);
        assert_eq!(due(START + age + age).await, 0, "the new ones began to sign a little later");
        assert_eq!(due(START + age + WAIT + age).await, 4);
    })
    .await;
}

/// A realm that lacks a configured algorithm is given a key, and no other is touched.
#[tokio::test]
async fn a_missing_algorithm_is_added() {
    database::run(SetUp::Sqlite, async |database| {
        let keyring = Keyring::generate(&Random::seeded(5));
        let service = Keys::new(database.db.clone(), keyring, Random::system(), &realm_keys::config());
        let realm = database.realm.id;
        let added = service.add_missing(realm, &[ES256], START).await.unwrap();
        assert_eq!((added.len(), added[0].signs_from), (1, START), "it signs at once: there is none to wait for");
        let both = [ES256, SigningAlgorithm::EdDsa];
        let added = service.add_missing(realm, &both, START).await.unwrap();
        assert_eq!(added.iter().map(|each| each.algorithm).collect::<Vec<_>>(), [SigningAlgorithm::EdDsa]);
        assert_eq!(service.add_missing(realm, &both, START).await.unwrap(), []);
    })
    .await;
}

// storage.md "Caches": another process's rotation is seen once the epochs are asked for.
on_both_databases!(another_nodes_rotation_is_seen, async |database| {
    let one = service(database).await;
    let (db, _) = database.another_node().await;
    let two = realm_keys::keys_of_another_node(db.clone(), &realm_keys::config());
    let realm = database.realm.id;
    db.poll_epochs().await.unwrap();
    let before = signer(&two.realm(realm, START).await.unwrap());
    one.rotate(realm, &[ES256], Start::Now, START).await.unwrap();
    assert_eq!(signer(&two.realm(realm, START).await.unwrap()), before);
    db.poll_epochs().await.unwrap();
    assert_eq!(signer(&two.realm(realm, START).await.unwrap()), signer(&one.realm(realm, START).await.unwrap()));
    db.close().await;
});

/// storage.md "At rest": each ciphertext is bound to its row.
#[tokio::test]
async fn a_private_key_that_was_moved_to_another_row_does_not_open() {
    database::run(SetUp::Sqlite, async |database| {
        use sea_orm::ConnectionTrait as _;
        let service = service(database).await;
        let past = database.past_the_store().await;
        let moved = "UPDATE signing_keys SET private_sealed = (SELECT private_sealed FROM signing_keys WHERE alg = 'EdDSA' LIMIT 1) \
                     WHERE alg = 'ES256'";
        past.execute_unprepared(moved).await.unwrap();
        let error = service.realm(database.realm.id, START).await.unwrap_err();
        assert!(matches!(error, KeyError::Sealed { .. }), "{error}");
    })
    .await;
}

/// A tag that an earlier active key of the keyring made is still good; a purpose's tag is no other's.
#[tokio::test]
async fn a_tag_outlives_the_rotation_of_the_keyring() {
    database::run(SetUp::Sqlite, async |database| {
        let random = Random::seeded(6);
        let mut keyring = Keyring::generate(&random);
        let service =
            |keyring: &Keyring| Keys::new(database.db.clone(), keyring.clone(), random.clone(), &realm_keys::config());
        let tag = service(&keyring).tag(Purpose::Csrf, &[b"session"]);
        let added = keyring.add(&random);
        keyring.activate(added).unwrap();
        let rotated = service(&keyring);
        assert!(rotated.verify_tag(Purpose::Csrf, &[b"session"], &tag));
        assert!(!rotated.verify_tag(Purpose::Csrf, &[b"other"], &tag));
        assert!(!rotated.verify_tag(Purpose::Handle, &[b"session"], &tag));
        assert_ne!(rotated.tag(Purpose::Csrf, &[b"session"]), tag, "new ones are under the active key");
        assert!(!service(&Keyring::generate(&random)).verify_tag(Purpose::Csrf, &[b"session"], &tag));
    })
    .await;
}
