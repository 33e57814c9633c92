//! Signing keys and the tokens they make.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tessera::keys::jwk::{PrivateJwk, PublicMembers};
use tessera::keys::sign::SigningKey;
use tessera::keys::verify::VerifyingKey;
use tessera::protocol::algorithm::SigningAlgorithm;
use tessera::protocol::jws::CompactJws;

const fn shareable<T: Send + Sync>() {}
const _: () = shareable::<SigningKey>();

pub(crate) fn key(algorithm: SigningAlgorithm) -> SigningKey {
    SigningKey::new(&PrivateJwk::generate(algorithm).unwrap()).unwrap()
}

fn decode(part: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

/// RFC 7638 §3.1, the example key and its thumbprint.
#[test]
fn the_thumbprint_of_the_example_is_the_one_of_the_rfc() {
    let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
    let key = PublicMembers::Rsa { n: n.to_owned(), e: "AQAB".to_owned() };
    assert_eq!(key.thumbprint(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
}

/// RFC 8037 appendix A.3: the thumbprint of an Ed25519 key.
#[test]
fn the_thumbprint_of_an_octet_key_pair_is_the_one_of_the_rfc() {
    let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo".to_owned();
    let key = PublicMembers::Okp { crv: "Ed25519".to_owned(), x };
    assert_eq!(key.thumbprint(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
}

/// RFC 7515 §4.1, protocol.md "every key has a kid": alg, typ and kid are in the header, the claims are untouched.
#[test]
fn every_algorithm_signs_a_token_that_its_public_key_verifies() {
    for algorithm in SigningAlgorithm::ALL.iter().copied() {
        let key = key(algorithm);
        let token = key.sign("at+jwt", &json!({"sub": "a", "n": 1})).unwrap();
        let parts: Vec<_> = token.split('.').collect();
        assert_eq!(decode(parts[0]), json!({"alg": algorithm.as_str(), "typ": "at+jwt", "kid": key.kid()}));
        assert_eq!(decode(parts[1]), json!({"sub": "a", "n": 1}));
        let public = VerifyingKey::new(key.public()).unwrap();
        assert_eq!(public.verify(&CompactJws::parse(&token).unwrap(), "at+jwt"), Ok(()), "{algorithm}");
    }
}

#[test]
fn a_type_that_is_not_usual_is_signed_too() {
    let key = key(SigningAlgorithm::Es256);
    let token = key.sign("secevent+jwt", &json!({})).unwrap();
    assert_eq!(decode(token.split('.').next().unwrap())["typ"], "secevent+jwt");
}

/// protocol.md: every key has a `kid`, kids differ.
#[test]
fn the_kids_of_two_keys_differ_and_are_their_thumbprints() {
    let (one, two) = (key(SigningAlgorithm::Es256), key(SigningAlgorithm::Es256));
    assert_ne!(one.kid(), two.kid());
    assert_eq!(one.kid(), one.public().members.thumbprint());
}

#[test]
fn a_private_key_survives_its_bytes_and_is_never_printed() {
    for algorithm in SigningAlgorithm::ALL.iter().copied() {
        let made = PrivateJwk::generate(algorithm).unwrap();
        let opened = PrivateJwk::from_bytes(made.expose().to_vec().into());
        assert_eq!(SigningKey::new(&opened).unwrap().kid(), SigningKey::new(&made).unwrap().kid());
        assert_eq!(format!("{made:?}"), "[redacted]");
        let private: Value = serde_json::from_slice(made.expose()).unwrap();
        let shown = format!("{:?}", SigningKey::new(&made).unwrap());
        assert!(!shown.contains(private["d"].as_str().unwrap()), "{algorithm}");
    }
}

#[test]
fn a_broken_private_key_is_refused_without_its_members_in_the_message() {
    for json in
        ["", "{}", r#"{"kty":"EC","crv":"P-256","x":"a","y":"b","d":"topsecret","kid":"k","alg":"ES256","use":"sig"}"#]
    {
        let error = SigningKey::new(&PrivateJwk::from_bytes(json.as_bytes().to_vec().into())).unwrap_err();
        assert!(!error.to_string().contains("topsecret"), "{error}");
    }
}
