//! storage.md "At rest": each ciphertext is bound to its row.

use tessera::keys::keyring::{Keyring, KeyringError};
use tessera::keys::sealed::{OpenError, Place, Sealed};
use tessera::random::Random;

const PLACE: Place<'_> = Place { table: "signing_keys", row: b"1", column: "private" };

#[test]
fn a_sealed_value_opens_at_its_place() {
    let random = Random::seeded(1);
    let keyring = Keyring::generate(&random);
    for plain in [b"".as_slice(), b"secret", &[7; 5000]] {
        let sealed = keyring.seal(PLACE, plain, &random);
        assert_eq!(sealed.key_id(), Ok(keyring.active()));
        let stored = Sealed::from_bytes(sealed.into_bytes());
        assert_eq!(keyring.open(PLACE, &stored).unwrap().as_slice(), plain);
    }
}

#[test]
fn one_value_is_never_sealed_alike_twice_and_does_not_show() {
    let random = Random::seeded(2);
    let keyring = Keyring::generate(&random);
    let (one, two) = (keyring.seal(PLACE, b"secret", &random), keyring.seal(PLACE, b"secret", &random));
    assert_ne!(one, two);
    assert!(!one.as_bytes().windows(6).any(|window| window == b"secret"));
}

#[test]
fn a_value_moved_to_another_table_row_or_column_is_refused() {
    let random = Random::seeded(3);
    let keyring = Keyring::generate(&random);
    let sealed = keyring.seal(PLACE, b"secret", &random);
    for place in [
        Place { table: "totp", ..PLACE },
        Place { row: b"2", ..PLACE },
        Place { column: "other", ..PLACE },
        // The parts run together in another way.
        Place { table: "signing_keys1", row: b"", column: "private" },
        Place { row: b"1private", column: "", ..PLACE },
    ] {
        assert_eq!(keyring.open(place, &sealed).unwrap_err(), OpenError::Refused, "{place:?}");
    }
}

#[test]
fn every_changed_byte_is_noticed() {
    let random = Random::seeded(4);
    let mut keyring = Keyring::generate(&random);
    keyring.add(&random);
    let sealed = keyring.seal(PLACE, b"secret", &random);
    for index in 0..sealed.as_bytes().len() {
        let mut bytes = sealed.as_bytes().to_vec();
        bytes[index] ^= 1;
        assert!(keyring.open(PLACE, &Sealed::from_bytes(bytes)).is_err(), "byte {index}");
    }
    for length in 0..sealed.as_bytes().len() {
        let cut = Sealed::from_bytes(sealed.as_bytes()[..length].to_vec());
        assert!(keyring.open(PLACE, &cut).is_err(), "{length} bytes");
    }
}

#[test]
fn the_key_id_in_front_cannot_be_exchanged_for_another_of_the_keyring() {
    let random = Random::seeded(5);
    let mut keyring = Keyring::generate(&random);
    let other = keyring.add(&random);
    let mut bytes = keyring.seal(PLACE, b"secret", &random).into_bytes();
    bytes[1..5].copy_from_slice(&other.bytes());
    assert_eq!(keyring.open(PLACE, &Sealed::from_bytes(bytes)).unwrap_err(), OpenError::Refused);
}

#[test]
fn a_missing_key_is_named() {
    let random = Random::seeded(6);
    let (keyring, other) = (Keyring::generate(&random), Keyring::generate(&random));
    let sealed = keyring.seal(PLACE, b"secret", &random);
    let error = other.open(PLACE, &sealed).unwrap_err();
    assert_eq!(error, OpenError::Keyring(KeyringError::Missing(keyring.active())));
    assert!(error.to_string().contains(&keyring.active().to_string()), "{error}");
}

#[test]
fn after_a_rotation_old_values_open_and_new_ones_are_under_the_new_key() {
    let random = Random::seeded(7);
    let mut keyring = Keyring::generate(&random);
    let old = keyring.seal(PLACE, b"secret", &random);
    let id = keyring.add(&random);
    keyring.activate(id).unwrap();
    assert_eq!(keyring.open(PLACE, &old).unwrap().as_slice(), b"secret");
    assert_eq!(keyring.seal(PLACE, b"secret", &random).key_id(), Ok(id));
}

/// storage.md: a process that cannot open the active key's canary refuses to start.
#[test]
fn a_canary_opens_only_under_the_key_that_sealed_it() {
    let random = Random::seeded(8);
    let mut keyring = Keyring::generate(&random);
    let other = keyring.add(&random);
    let id = keyring.active();
    let canary = keyring.seal_canary(id, &random).unwrap();
    assert_eq!(keyring.open_canary(id, &canary), Ok(()));
    assert_eq!(keyring.open_canary(other, &canary), Err(OpenError::Refused), "another key's canary");
    let stranger = Keyring::generate(&random);
    assert_eq!(stranger.open_canary(id, &canary), Err(OpenError::Keyring(KeyringError::Missing(id))));
    // A key of the same id and other bytes: the id is chosen by whoever writes the text.
    let text = stranger.to_text().expose().replace(&stranger.active().to_string(), &id.to_string());
    assert_eq!(text.parse::<Keyring>().unwrap().open_canary(id, &canary), Err(OpenError::Refused));
}
