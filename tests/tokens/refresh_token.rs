//! storage.md "Families": the refresh token's form.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tessera::tokens::refresh_token::RefreshToken;

use crate::support::database::{self, SetUp};
use crate::support::world::World;

/// "`tag`: HMAC under that refresh key over all of it and the realm": each changed bit is noticed.
#[tokio::test]
async fn every_changed_bit_is_refused() {
    database::run(SetUp::Sqlite, async |database| {
        let world = World::new(database).await;
        let (family, text) = world.offline(&world.public).await;
        let realm = database.realm.id;
        let keys = world.keys.realm(realm, world.now()).await.unwrap();
        let token = RefreshToken::parse(&text, realm, &keys).unwrap();
        assert_eq!((token.family(), token.counter()), (family.id, 0));
        let bytes = URL_SAFE_NO_PAD.decode(&text).unwrap();
        assert_eq!(bytes.len(), 72);
        for bit in 0..bytes.len() * 8 {
            let mut changed = bytes.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(RefreshToken::parse(&URL_SAFE_NO_PAD.encode(&changed), realm, &keys).is_none(), "bit {bit}");
        }
    })
    .await;
}

/// "`s`: 128 random bits of the family": those of one login say nothing of the next one's, of the same user and client.
#[tokio::test]
async fn every_family_has_random_bits_of_its_own() {
    database::run(SetUp::Sqlite, async |database| {
        let world = World::new(database).await;
        let bits = async || {
            let (_, text) = world.offline(&world.public).await;
            URL_SAFE_NO_PAD.decode(text).unwrap()[24..40].to_vec()
        };
        let (one, two) = (bits().await, bits().await);
        let alike = one.iter().zip(&two).filter(|(one, two)| one == two).count();
        // Of 16 random bytes more than 3 are alike in one of two million pairs.
        assert!(alike <= 3, "{one:?} {two:?}");
    })
    .await;
}

/// "garbage costs nothing": it is refused by its form or its tag.
#[tokio::test]
async fn what_is_not_a_refresh_token_is_refused() {
    database::run(SetUp::Sqlite, async |database| {
        let world = World::new(database).await;
        let (_, text) = world.offline(&world.public).await;
        let realm = database.realm.id;
        let keys = world.keys.realm(realm, world.now()).await.unwrap();
        let long = "A".repeat(1 << 20);
        for text in ["", "A", "....", "ünicode", &text[..95], &format!("{text}A"), &format!("{text}AAAA"), &long] {
            assert!(RefreshToken::parse(text, realm, &keys).is_none(), "{} bytes", text.len());
        }
        for text in [format!("{text}="), format!(" {text}"), format!("{text}\n")] {
            assert!(RefreshToken::parse(&text, realm, &keys).is_none(), "{text:?}");
        }
    })
    .await;
}

/// Another realm's token is garbage here, though both realms' keys have the same number.
#[tokio::test]
async fn a_token_of_another_realm_is_refused() {
    database::run(SetUp::Sqlite, async |database| {
        let world = World::new(database).await;
        let (_, text) = world.offline(&world.public).await;
        let (own, second) = (database.realm.id, database.second.id);
        let keys = world.keys.realm(own, world.now()).await.unwrap();
        let others = world.keys.realm(second, world.now()).await.unwrap();
        assert!(RefreshToken::parse(&text, own, &keys).is_some());
        assert!(RefreshToken::parse(&text, second, &others).is_none());
        assert!(RefreshToken::parse(&text, second, &keys).is_none(), "the realm is under the tag");
    })
    .await;
}

/// The successor is computed from the token: always the same, one further, and valid.
#[tokio::test]
async fn the_successor_is_one_further_and_always_the_same() {
    database::run(SetUp::Sqlite, async |database| {
        let world = World::new(database).await;
        let (family, text) = world.offline(&world.public).await;
        let realm = database.realm.id;
        let keys = world.keys.realm(realm, world.now()).await.unwrap();
        let token = RefreshToken::parse(&text, realm, &keys).unwrap();
        let successors: Vec<_> = (0..2).map(|_| token.successor().unwrap().text(realm, &keys).unwrap()).collect();
        assert_eq!(successors[0], successors[1]);
        let next = RefreshToken::parse(&successors[0], realm, &keys).unwrap();
        assert_eq!((next.family(), next.counter(), next.secret_hash()), (family.id, 1, token.secret_hash()));
    })
    .await;
}

/// A refresh key lives until its last family ends: after a rotation its tokens are still good, and new ones have another key.
#[tokio::test]
async fn a_token_outlives_the_rotation_of_refresh_keys() {
    database::run(SetUp::Sqlite, async |database| {
        let world = World::new(database).await;
        let (_, old) = world.offline(&world.public).await;
        let realm = database.realm.id;
        assert_eq!(world.keys.rotate_refresh_key(realm, world.now()).await.unwrap(), 2);
        // As soon as every node knows it.
        world.advance(2);
        let (_, new) = world.offline(&world.public).await;
        let keys = world.keys.realm(realm, world.now()).await.unwrap();
        let number = |text: &str| RefreshToken::parse(text, realm, &keys).unwrap().key();
        assert_eq!((number(&old), number(&new)), (1, 2));
        world.refresh(&world.public, &old).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_refresh_token_is_never_printed() {
    database::run(SetUp::Sqlite, async |database| {
        let world = World::new(database).await;
        let (_, text) = world.offline(&world.public).await;
        let keys = world.keys.realm(database.realm.id, world.now()).await.unwrap();
        let token = RefreshToken::parse(&text, database.realm.id, &keys).unwrap();
        let secret = URL_SAFE_NO_PAD.decode(&text).unwrap()[24..40].to_vec();
        assert!(!format!("{token:?}").contains(&format!("{secret:?}")));
        assert!(!format!("{token:?}").contains(&text));
    })
    .await;
}
