//! Tokens that nobody but us reads: sealed by AES-256-GCM, each under a key of its own.

use tessera::keys::Keys;
use tessera::keys::keyring::Keyring;
use tessera::random::Random;
use uuid::Uuid;

use crate::support::database::{Database, SetUp};
use crate::support::realm_keys;

const CLAIMS: &[u8] = br#"{"sub":"a user whom nobody may read"}"#;

fn keys(database: &Database, keyring: &Keyring) -> Keys {
    Keys::new(database.db.clone(), keyring.clone(), Random::seeded(11), &realm_keys::config())
}

#[tokio::test]
async fn a_token_opens_in_its_realm_alone_and_shows_nothing() {
    let database = Database::new(SetUp::Sqlite).await;
    let keys = keys(&database, &Keyring::generate(&Random::seeded(9)));
    let (one, other) = (Uuid::nil(), Uuid::max());
    let token = keys.seal_token(one, CLAIMS);
    assert_eq!(keys.open_token(one, &token).unwrap().as_slice(), CLAIMS);
    assert!(keys.open_token(other, &token).is_none());
    assert_ne!(keys.seal_token(one, CLAIMS), token, "no two are alike");
    assert!(token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)), "{token}");
    let bytes = base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, &token).unwrap();
    assert!(!bytes.windows(4).any(|bytes| bytes == b"user"));
}

#[tokio::test]
async fn every_changed_byte_and_every_cut_is_refused() {
    let database = Database::new(SetUp::Sqlite).await;
    let keys = keys(&database, &Keyring::generate(&Random::seeded(9)));
    let token = keys.seal_token(Uuid::nil(), CLAIMS);
    for index in 0..token.len() {
        let mut changed = token.clone().into_bytes();
        changed[index] = if changed[index] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        // The last character holds bits that are not part of any byte: base64 refuses them, or they are as they were.
        assert!(keys.open_token(Uuid::nil(), &changed).is_none(), "{index}");
        assert!(keys.open_token(Uuid::nil(), &token[..index]).is_none(), "{index}");
    }
    for garbage in ["", "A", "é", &"A".repeat(8 * 1024 + 4), &format!("{token}AAAA")] {
        assert!(keys.open_token(Uuid::nil(), garbage).is_none());
    }
}

/// storage.md "Keyring": one active, the others read what they sealed.
#[tokio::test]
async fn a_token_outlives_the_keyrings_rotation_and_ends_with_its_key() {
    let database = Database::new(SetUp::Sqlite).await;
    let random = Random::seeded(12);
    let mut keyring = Keyring::generate(&random);
    let old = keyring.active();
    let token = keys(&database, &keyring).seal_token(Uuid::nil(), CLAIMS);
    let new = keyring.add(&random);
    keyring.activate(new).unwrap();
    assert!(keys(&database, &keyring).open_token(Uuid::nil(), &token).is_some());
    keyring.remove(old).unwrap();
    assert!(keys(&database, &keyring).open_token(Uuid::nil(), &token).is_none());
}
