//! Key sets of clients: what of them is used, and what is passed over (RFC 7517).

use serde_json::{Map, Value, json};
use tessera::keys::foreign::{ForeignKeys, KeySetFault, MAX_KEYS, WantedKey};
use tessera::keys::sign::SigningKey;
use tessera::keys::verify::VerifyError;
use tessera::protocol::algorithm::SigningAlgorithm;
use tessera::protocol::jws::CompactJws;

use crate::keys::sign::key;

/// RFC 7515 appendix A.3: a key, and a token of it whose header names none.
const NAMELESS: &str = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

fn its_key() -> Value {
    json!({ "kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0" })
}

/// The public JWK of a key, with other members than ours has.
fn jwk(key: &SigningKey, edit: impl FnOnce(&mut Map<String, Value>)) -> Value {
    let mut jwk = serde_json::to_value(key.public()).unwrap();
    edit(jwk.as_object_mut().unwrap());
    jwk
}

fn set(keys: &[Value]) -> ForeignKeys {
    ForeignKeys::parse(json!({ "keys": keys }).to_string().as_bytes()).unwrap()
}

fn token(key: &SigningKey) -> String {
    key.sign("JWT", &json!({ "sub": "client" })).unwrap()
}

fn check(keys: &ForeignKeys, token: &str) -> Result<(), VerifyError> {
    keys.verify_signature(&CompactJws::parse(token).unwrap())
}

fn holds(keys: &ForeignKeys, token: &str) -> bool {
    keys.holds(&WantedKey::of(&CompactJws::parse(token).unwrap()))
}

/// RFC 7517 §4: only `kty` and its members are required.
#[test]
fn a_key_needs_neither_alg_nor_use() {
    for algorithm in SigningAlgorithm::ALL {
        let key = key(*algorithm);
        let bare = jwk(&key, |jwk| jwk.retain(|name, _| !["alg", "use"].contains(&name.as_str())));
        assert_eq!(check(&set(&[bare]), &token(&key)), Ok(()), "{algorithm}");
    }
}

#[test]
fn a_key_is_found_by_its_kid() {
    let (one, two) = (key(SigningAlgorithm::Es256), key(SigningAlgorithm::Es256));
    let keys = set(&[jwk(&one, |_| {}), its_key()]);
    assert_eq!((check(&keys, &token(&one)), holds(&keys, &token(&one))), (Ok(()), true));
    assert_eq!((check(&keys, &token(&two)), holds(&keys, &token(&two))), (Err(VerifyError::UnknownKey), false));
    let usurped = set(&[jwk(&one, |jwk| drop(jwk.insert("kid".to_owned(), two.kid().into())))]);
    assert_eq!(check(&usurped, &token(&two)), Err(VerifyError::WrongSignature));
}

/// RFC 7517 §4.5: keys of different types may share a `kid`.
#[test]
fn keys_may_share_a_kid() {
    let (rsa, ec) = (key(SigningAlgorithm::Rs256), key(SigningAlgorithm::Es256));
    let shared = jwk(&rsa, |jwk| drop(jwk.insert("kid".to_owned(), ec.kid().into())));
    assert_eq!(check(&set(&[shared, jwk(&ec, |_| {})]), &token(&ec)), Ok(()));
}

/// RFC 7515 §4.1.4: `kid` is optional.
#[test]
fn a_token_without_kid_is_checked_with_the_keys_of_its_algorithm() {
    let (rsa, ec) = (key(SigningAlgorithm::Rs256), key(SigningAlgorithm::Es256));
    let keys = set(&[jwk(&rsa, |_| {}), jwk(&ec, |_| {}), its_key()]);
    assert_eq!((check(&keys, NAMELESS), holds(&keys, NAMELESS)), (Ok(()), true));
    let another = set(&[jwk(&ec, |_| {})]);
    assert_eq!((check(&another, NAMELESS), holds(&another, NAMELESS)), (Err(VerifyError::WrongSignature), true));
    let other_algorithm = set(&[jwk(&rsa, |_| {})]);
    assert_eq!(check(&other_algorithm, NAMELESS), Err(VerifyError::WrongAlgorithm));
    assert!(!holds(&other_algorithm, NAMELESS));
    assert_eq!(check(&set(&[]), NAMELESS), Err(VerifyError::UnknownKey));
}

/// OpenID Connect Core §10.1: of several keys a token names its own. Otherwise a stranger's set would cost as many checks as it has keys.
#[test]
fn a_token_without_kid_is_checked_with_four_keys_at_most() {
    let others: Vec<_> = (0..4).map(|_| jwk(&key(SigningAlgorithm::Es256), |_| {})).collect();
    let fourth = set(&[&others[..3], &[its_key()]].concat());
    assert_eq!(check(&fourth, NAMELESS), Ok(()));
    let fifth = set(&[&others[..], &[its_key()]].concat());
    assert_eq!(check(&fifth, NAMELESS), Err(VerifyError::WrongSignature));
}

/// RFC 8725 §3.1: a key is used with its own algorithm only.
#[test]
fn a_key_that_names_its_algorithm_is_used_with_no_other() {
    let key = key(SigningAlgorithm::Ps256);
    let other = set(&[jwk(&key, |jwk| drop(jwk.insert("alg".to_owned(), "RS256".into())))]);
    assert_eq!(check(&other, &token(&key)), Err(VerifyError::WrongAlgorithm));
}

/// RFC 9864 §2.2.
#[test]
fn ed25519_is_another_name_of_eddsa() {
    let key = key(SigningAlgorithm::EdDsa);
    let renamed = set(&[jwk(&key, |jwk| drop(jwk.insert("alg".to_owned(), "Ed25519".into())))]);
    assert_eq!(check(&renamed, &token(&key)), Ok(()));
}

/// RFC 7517 §5: what cannot be used is passed over, and spoils nothing.
#[test]
fn keys_for_something_else_and_unsound_keys_are_passed_over() {
    let signer = key(SigningAlgorithm::Es256);
    let changed = |name: &str, value: Value| jwk(&signer, |jwk| drop(jwk.insert(name.to_owned(), value)));
    let unusable = [
        changed("use", "enc".into()),
        changed("key_ops", json!(["encrypt"])),
        changed("alg", "ECDH-ES".into()),
        changed("alg", "ES384".into()),
        changed("alg", "none".into()),
        changed("crv", "P-384".into()),
        changed("x", signer.kid().into()),
        changed("kty", "XYZ".into()),
        changed("kid", 1.into()),
        json!({ "kty": "oct", "k": "AAAA", "alg": "HS256", "kid": signer.kid() }),
        json!({ "kty": "RSA", "n": "AQAB", "e": "AQAB", "kid": signer.kid() }),
        json!({ "kty": "EC" }),
        json!("key"),
        Value::Null,
    ];
    for jwk in &unusable {
        assert_eq!(check(&set(std::slice::from_ref(jwk)), &token(&signer)), Err(VerifyError::UnknownKey), "{jwk}");
    }
    let all: Vec<_> = unusable.into_iter().chain([changed("key_ops", json!(["verify"]))]).collect();
    assert_eq!(check(&set(&all), &token(&signer)), Ok(()));
}

#[test]
fn what_is_no_set_is_refused() {
    let many = |count: usize| json!({ "keys": vec![its_key(); count] }).to_string();
    assert!(ForeignKeys::parse(many(MAX_KEYS).as_bytes()).is_ok());
    assert_eq!(ForeignKeys::parse(many(MAX_KEYS + 1).as_bytes()).unwrap_err(), KeySetFault::TooMany);
    let deep = format!(r#"{{"keys":[{}{}]}}"#, "[".repeat(10_000), "]".repeat(10_000));
    let wrong = ["", "[]", "{}", r#"{"keys":{}}"#, r#"{"keys":[],"keys":[]}"#, r#"{"keys":[]} {}"#, "<html>", &deep];
    for text in wrong {
        assert_eq!(ForeignKeys::parse(text.as_bytes()).unwrap_err(), KeySetFault::Shape, "{text}");
    }
}
