//! Encryption to a client: which of its keys (OpenID Connect Core §10.2), and what comes out.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use josekit::jwe::alg::ecdh_es::EcdhEsJweAlgorithm;
use josekit::jwe::alg::rsaes::RsaesJweAlgorithm;
use josekit::jwe::{JweDecrypter, deserialize_compact};
use josekit::jwk::Jwk;
use josekit::jwk::alg::ec::EcCurve;
use serde_json::{Value, json};
use tessera::keys::encrypt::{RecipientError, RecipientKey};
use tessera::keys::jwk::{EncryptionKeyType, PrivateJwk};
use tessera::protocol::algorithm::{ContentEncryption, KeyManagementAlgorithm};

const fn shareable<T: Send + Sync>() {}
const _: () = shareable::<RecipientKey>();

const OAEP: KeyManagementAlgorithm = KeyManagementAlgorithm::RsaOaep256;
const ECDH: KeyManagementAlgorithm = KeyManagementAlgorithm::EcdhEs;

pub(super) fn key_type(algorithm: KeyManagementAlgorithm) -> EncryptionKeyType {
    if algorithm.agrees() { EncryptionKeyType::P256 } else { EncryptionKeyType::Rsa }
}

fn private(key_type: EncryptionKeyType) -> Value {
    serde_json::from_slice(PrivateJwk::generate_for_encryption(key_type).unwrap().expose()).unwrap()
}

/// The key with some members put in, and those that are null taken out.
fn with(key: &Value, members: &Value) -> Value {
    let mut key = key.clone();
    for (name, value) in members.as_object().unwrap() {
        match value {
            Value::Null => drop(key.as_object_mut().unwrap().remove(name)),
            value => key[name] = value.clone(),
        }
    }
    key
}

fn choose(keys: &[&Value], algorithm: KeyManagementAlgorithm) -> Result<Option<String>, RecipientError> {
    RecipientKey::choose(&json!({ "keys": keys }), algorithm).map(|key| key.kid().map(str::to_owned))
}

fn josekit_decrypter(algorithm: KeyManagementAlgorithm, jwk: &Value) -> Box<dyn JweDecrypter> {
    let jwk = Jwk::from_bytes(jwk.to_string()).unwrap();
    match algorithm {
        KeyManagementAlgorithm::RsaOaep256 => Box::new(RsaesJweAlgorithm::RsaOaep256.decrypter_from_jwk(&jwk).unwrap()),
        KeyManagementAlgorithm::EcdhEs => Box::new(EcdhEsJweAlgorithm::EcdhEs.decrypter_from_jwk(&jwk).unwrap()),
        KeyManagementAlgorithm::EcdhEsA128Kw => {
            Box::new(EcdhEsJweAlgorithm::EcdhEsA128kw.decrypter_from_jwk(&jwk).unwrap())
        }
        KeyManagementAlgorithm::EcdhEsA256Kw => {
            Box::new(EcdhEsJweAlgorithm::EcdhEsA256kw.decrypter_from_jwk(&jwk).unwrap())
        }
    }
}

/// Every alg × enc: josekit's own decrypter reads it; the header says what it must (RFC 7519 §5.2), and no two are alike.
#[test]
fn a_client_decrypts_what_is_encrypted_to_it_with_every_algorithm() {
    for algorithm in KeyManagementAlgorithm::ALL.iter().copied() {
        let client = private(key_type(algorithm));
        let key = RecipientKey::choose(&json!({ "keys": [client] }), algorithm).unwrap();
        for encryption in ContentEncryption::ALL.iter().copied() {
            let jwe = key.encrypt("a.b.c", encryption).unwrap();
            let header = URL_SAFE_NO_PAD.decode(jwe.split('.').next().unwrap()).unwrap();
            let mut header: Value = serde_json::from_slice(&header).unwrap();
            if let Some(epk) = header.as_object_mut().unwrap().remove("epk") {
                assert!(epk.get("d").is_none() && algorithm.agrees());
            }
            let (alg, enc) = (algorithm.as_str(), encryption.as_str());
            assert_eq!(header, json!({"alg": alg, "enc": enc, "cty": "JWT", "kid": client["kid"]}));
            let (payload, _) = deserialize_compact(&jwe, &*josekit_decrypter(algorithm, &client)).unwrap();
            assert_eq!(payload, b"a.b.c", "{alg} {enc}");
            assert_ne!(key.encrypt("a.b.c", encryption).unwrap(), jwe);
        }
    }
}

/// The curves that clients may have beside P-256.
#[test]
fn a_client_may_have_a_larger_curve() {
    for curve in [EcCurve::P384, EcCurve::P521] {
        let client = Value::from(serde_json::Map::from_iter(Jwk::generate_ec_key(curve).unwrap().as_ref().clone()));
        let key = RecipientKey::choose(&json!({ "keys": [client] }), ECDH).unwrap();
        let jwe = key.encrypt("a.b.c", ContentEncryption::A128Gcm).unwrap();
        assert_eq!(deserialize_compact(&jwe, &*josekit_decrypter(ECDH, &client)).unwrap().0, b"a.b.c", "{curve}");
    }
}

/// OpenID Connect Core §10.2, RFC 7517 §4.2-§4.4: by type, use, operations and algorithm.
#[test]
fn a_key_for_something_else_is_passed_over() {
    let rsa = with(&private(EncryptionKeyType::Rsa), &json!({"kid": "good"}));
    let wrong = [
        private(EncryptionKeyType::P256),
        with(&rsa, &json!({"use": "sig"})),
        with(&rsa, &json!({"alg": "RS256"})),
        with(&rsa, &json!({"alg": "RSA-OAEP"})),
        with(&rsa, &json!({"alg": "RSA1_5", "use": null})),
        with(&rsa, &json!({"key_ops": ["sign"]})),
        with(&rsa, &json!({"key_ops": "encrypt"})),
        with(&rsa, &json!({"kty": "oct", "k": "AAAA"})),
        with(&rsa, &json!({"kid": 7})),
        with(&rsa, &json!({"kid": "k".repeat(257)})),
        with(&rsa, &json!({"n": null})),
        with(&rsa, &json!({"n": "not base64url!"})),
        with(&rsa, &json!({"e": "AQ"})),
        json!("no key"),
    ];
    for key in &wrong {
        assert_eq!(choose(&[key], OAEP), Err(RecipientError::NoKey(OAEP)), "{key}");
        assert_eq!(choose(&[key, &rsa], OAEP), Ok(Some("good".to_owned())), "{key}");
    }
    for usable in [json!({"use": null}), json!({"alg": null}), json!({"key_ops": ["wrapKey", "verify"]})] {
        assert_eq!(choose(&[&with(&rsa, &usable)], OAEP), Ok(Some("good".to_owned())), "{usable}");
    }
}

/// RFC 7518 §4.3: 2048 bits at the least; a point that is not on its curve is no key.
#[test]
fn a_weak_or_false_key_is_passed_over() {
    let weak = Value::from(serde_json::Map::from_iter(Jwk::generate_rsa_key(1024).unwrap().as_ref().clone()));
    assert_eq!(choose(&[&weak], OAEP), Err(RecipientError::NoKey(OAEP)));
    let ec = private(EncryptionKeyType::P256);
    let false_ones = [
        json!({"x": ec["y"], "y": ec["x"]}),
        json!({"x": URL_SAFE_NO_PAD.encode([0; 32]), "y": URL_SAFE_NO_PAD.encode([0; 32])}),
        json!({"x": URL_SAFE_NO_PAD.encode([0xff; 32])}),
        json!({"x": "AAAA"}),
        json!({"crv": "P-384"}),
        json!({"crv": "secp256k1"}),
        json!({"crv": "X25519", "kty": "OKP"}),
    ];
    for members in false_ones {
        assert_eq!(choose(&[&with(&ec, &members)], ECDH), Err(RecipientError::NoKey(ECDH)), "{members}");
    }
}

#[test]
fn the_key_that_says_so_comes_first_then_the_order_of_the_set() {
    let key = |kid: &str, members: Value| {
        with(&with(&private(EncryptionKeyType::P256), &json!({"kid": kid, "use": null})), &members)
    };
    let open = key("open", json!({}));
    let (first, second) = (key("first", json!({"use": "enc"})), key("second", json!({"alg": "ECDH-ES"})));
    assert_eq!(choose(&[&open, &first, &second], ECDH), Ok(Some("first".to_owned())));
    assert_eq!(choose(&[&open, &second, &first], ECDH), Ok(Some("second".to_owned())));
    assert_eq!(choose(&[&open, &second], KeyManagementAlgorithm::EcdhEsA256Kw), Ok(Some("open".to_owned())));
}

/// "If there are multiple keys in the referenced JWK Set document, a kid value MUST be provided in the JOSE Header."
#[test]
fn of_several_keys_the_chosen_one_must_have_a_name() {
    let nameless = with(&private(EncryptionKeyType::P256), &json!({"kid": null}));
    assert_eq!(choose(&[&nameless], ECDH), Ok(None));
    let other = private(EncryptionKeyType::P256);
    assert_eq!(choose(&[&nameless, &other], ECDH), Err(RecipientError::NoKid(ECDH)));
    assert_eq!(choose(&[&nameless, &private(EncryptionKeyType::Rsa)], ECDH), Ok(None), "the other is of another type");
}

#[test]
fn a_set_that_is_none_has_no_key() {
    for jwks in [json!(null), json!({}), json!({"keys": {}}), json!([]), json!({"keys": []})] {
        assert_eq!(RecipientKey::choose(&jwks, OAEP).unwrap_err(), RecipientError::NoKey(OAEP), "{jwks}");
    }
}
