//! A realm's encryption keys: none until they are offered; then made, published, rotated and kept (protocol.md "Config": no
//! metadata without the thing itself).

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tessera::clock::Timestamp;
use tessera::keys::encrypt::RecipientKey;
use tessera::keys::keyring::Keyring;
use tessera::keys::realm::RealmKeys;
use tessera::keys::{KeyError, Keys};
use tessera::protocol::algorithm::{ContentEncryption, KeyManagementAlgorithm};
use tessera::protocol::jwe::CompactJwe;
use tessera::random::Random;

use crate::support::database::{self, START, SetUp, on_both_databases};
use crate::support::realm_keys;

/// When every node knows a new key.
const KNOWN: Duration = Duration::from_secs(2);
/// What an application may keep the JWKS for, and what clocks may differ by.
const KEPT: Duration = Duration::from_secs(15 * 60 + 30);
const INSTANT: Duration = Duration::from_millis(1);
const AGE: Duration = Duration::from_hours(24 * 90);

fn jwks(keys: &Arc<RealmKeys>) -> Value {
    serde_json::from_slice(&keys.jwks().bytes).unwrap()
}

/// The published encryption keys' names, in the order of the document.
fn published(keys: &Arc<RealmKeys>) -> Vec<String> {
    let jwks = jwks(keys);
    let encryption = jwks["keys"].as_array().unwrap().iter().filter(|key| key["use"] == "enc");
    encryption.map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

/// What a client that has fetched this JWKS encrypts.
fn encrypted(jwks: &Value, algorithm: KeyManagementAlgorithm) -> String {
    let key = RecipientKey::choose(jwks, algorithm).unwrap();
    key.encrypt("a.b.c", ContentEncryption::A128CbcHs256).unwrap()
}

fn decrypts(keys: &Arc<RealmKeys>, jwe: &str) -> bool {
    let jwe = CompactJwe::parse(jwe).unwrap();
    keys.decryption().decrypt(&jwe, &Random::seeded(1)).is_ok_and(|content| *content == b"a.b.c")
}

async fn at(service: &Keys, realm: uuid::Uuid, now: Timestamp) -> Arc<RealmKeys> {
    service.realm(realm, now).await.unwrap()
}

// Nothing is published before the switch; after it every node that answers can decrypt; another realm is not touched.
on_both_databases!(a_realm_is_encrypted_to_only_once_that_is_offered, async |database| {
    let service = realm_keys::keys(database, &realm_keys::config()).await;
    let realm = database.realm.id;
    let before = at(&service, realm, START).await;
    assert_eq!((published(&before).len(), before.key_management_algorithms().count()), (0, 0));
    assert_eq!(service.rotate_encryption_due(realm, AGE, START + AGE + AGE).await.unwrap(), Vec::<String>::new());

    let made = service.offer_encryption(realm, START).await.unwrap();
    assert_eq!(made.len(), 2);
    assert!(
        published(&at(&service, realm, START + KNOWN - INSTANT).await).is_empty(),
        "another node may not know it yet"
    );
    let keys = at(&service, realm, START + KNOWN).await;
    let mut names = published(&keys);
    names.sort();
    let mut expected = made.clone();
    expected.sort();
    assert_eq!(names, expected);
    assert!(keys.key_management_algorithms().eq(KeyManagementAlgorithm::ALL.iter().copied()));
    let document = jwks(&keys);
    assert!(!document.to_string().contains("\"d\""), "no private part");
    assert_eq!(document["keys"].as_array().unwrap().len(), 6, "and four that sign");
    for algorithm in KeyManagementAlgorithm::ALL.iter().copied() {
        let jwe = encrypted(&document, algorithm);
        assert!(decrypts(&keys, &jwe), "{algorithm}");
        assert!(
            !decrypts(&at(&service, database.second.id, START + KNOWN).await, &jwe),
            "another realm has other keys"
        );
    }
    assert_eq!(service.offer_encryption(realm, START + AGE).await.unwrap(), Vec::<String>::new(), "once is enough");
    assert!(published(&at(&service, database.second.id, START + KNOWN).await).is_empty());
});

// The new one takes the old one's place in the JWKS, and what was encrypted to the old one is still read for as long as a client
// may have kept the document.
on_both_databases!(an_old_encryption_key_decrypts_until_nobody_can_use_it, async |database| {
    let service = realm_keys::keys(database, &realm_keys::config()).await;
    let realm = database.realm.id;
    service.offer_encryption(realm, START).await.unwrap();
    let old = at(&service, realm, START + KNOWN).await;
    let jwe = encrypted(&jwks(&old), KeyManagementAlgorithm::EcdhEs);
    let due = START + KNOWN + AGE;
    assert!(service.rotate_encryption_due(realm, AGE, due - INSTANT).await.unwrap().is_empty());
    assert!(service.rotate_encryption_due(realm, Duration::ZERO, due).await.unwrap().is_empty());
    assert_eq!(service.rotate_encryption_due(realm, AGE, due).await.unwrap().len(), 2);
    assert_eq!(service.rotate_encryption_due(realm, AGE, due).await.unwrap().len(), 0);

    let turned = due + KNOWN;
    assert_eq!(published(&at(&service, realm, turned - INSTANT).await), published(&old));
    let new = at(&service, realm, turned).await;
    assert!(published(&new).iter().all(|kid| !published(&old).contains(kid)) && published(&new).len() == 2);
    assert!(decrypts(&new, &encrypted(&jwks(&new), KeyManagementAlgorithm::RsaOaep256)));
    assert!(decrypts(&at(&service, realm, turned + KEPT - INSTANT).await, &jwe));
    assert!(!decrypts(&at(&service, realm, turned + KEPT).await, &jwe));
});

// "Of several nodes one makes each."
on_both_databases!(of_nodes_that_offer_or_rotate_at_once_one_makes_each_key, async |database| {
    let one = realm_keys::keys(database, &realm_keys::config()).await;
    let (db, _) = database.another_node().await;
    let two = realm_keys::keys_of_another_node(db.clone(), &realm_keys::config());
    let realm = database.realm.id;
    let offers = [&one, &two, &one, &two].map(|node| node.offer_encryption(realm, START));
    let made = futures_util::future::try_join_all(offers).await.unwrap();
    assert_eq!(made.iter().map(Vec::len).sum::<usize>(), 2, "{made:?}");
    let due = START + KNOWN + AGE;
    let rotations = [&one, &two, &one, &two].map(|node| node.rotate_encryption_due(realm, AGE, due));
    let made = futures_util::future::try_join_all(rotations).await.unwrap();
    assert_eq!(made.iter().map(Vec::len).sum::<usize>(), 2, "{made:?}");
    db.poll_epochs().await.unwrap();
    let keys = at(&two, realm, due + KNOWN).await;
    assert_eq!(published(&keys).len(), 2);
    db.close().await;
});

/// storage.md "At rest": sealed, bound to its row, and found when the keyring turns.
#[tokio::test]
async fn a_private_encryption_key_is_sealed_like_any_other() {
    database::run(SetUp::Sqlite, async |database| {
        use sea_orm::ConnectionTrait as _;
        let random = Random::seeded(8);
        let mut keyring = Keyring::generate(&random);
        let config = realm_keys::config();
        let service = |keyring: &Keyring| Keys::new(database.db.clone(), keyring.clone(), Random::system(), &config);
        let realm = database.realm.id;
        service(&keyring).offer_encryption(realm, START).await.unwrap();
        let jwe = encrypted(&jwks(&at(&service(&keyring), realm, START + KNOWN).await), KeyManagementAlgorithm::EcdhEs);

        let first = keyring.clone();
        let added = keyring.add(&random);
        keyring.activate(added).unwrap();
        assert_eq!(service(&keyring).reseal().await.unwrap(), 2);
        assert!(decrypts(&at(&service(&keyring), realm, START + KNOWN).await, &jwe));
        let lost = service(&first).realm(realm, START + KNOWN).await;
        assert!(matches!(lost, Err(KeyError::Sealed { .. })), "the earlier keyring alone does not open it");

        let past = database.past_the_store().await;
        let moved = "UPDATE encryption_keys SET private_sealed = (SELECT private_sealed FROM encryption_keys WHERE key_type = 'RSA') \
                     WHERE key_type = 'P-256'";
        past.execute_unprepared(moved).await.unwrap();
        let refused = service(&keyring).realm(realm, START + KNOWN).await;
        assert!(matches!(refused, Err(KeyError::Sealed { .. })), "{refused:?}");
    })
    .await;
}
