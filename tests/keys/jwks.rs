//! The JWKS document.

use serde_json::Value;
use tessera::keys::jwks::JwksDocument;
use tessera::keys::sign::SigningKey;
use tessera::protocol::algorithm::SigningAlgorithm;

use crate::keys::sign::key;

/// protocol.md: every key has a kid, no private or symmetric material, well-formed (RFC 7517 §9.2, RFC 7518 §6).
#[test]
fn the_jwks_holds_public_members_only() {
    let keys = SigningAlgorithm::ALL.iter().map(|algorithm| key(*algorithm)).collect::<Vec<_>>();
    let document = JwksDocument::new(keys.iter().map(SigningKey::public));
    let json: Value = serde_json::from_slice(&document.bytes).unwrap();
    let shown = json["keys"].as_array().unwrap();
    assert_eq!(shown.len(), keys.len());
    for (shown, key) in shown.iter().zip(&keys) {
        let members: Vec<_> = shown.as_object().unwrap().keys().map(String::as_str).collect();
        assert!(
            members.iter().all(|m| ["alg", "crv", "e", "kid", "kty", "n", "use", "x", "y"].contains(m)),
            "{members:?}"
        );
        assert_eq!((&shown["kid"], &shown["use"]), (&Value::from(key.kid()), &Value::from("sig")));
        assert_eq!(shown["alg"], key.algorithm().as_str());
    }
}

#[test]
fn one_kid_is_shown_once() {
    let key = key(SigningAlgorithm::Es256);
    let document = JwksDocument::new([key.public(), key.public()]);
    assert_eq!(document, JwksDocument::new([key.public()]));
}

/// RFC 9110 §8.8.3: a strong ETag is quoted, and changes with the bytes.
#[test]
fn the_etag_is_strong_and_follows_the_keys() {
    let (one, two) = (key(SigningAlgorithm::Es256), key(SigningAlgorithm::Es256));
    let document = JwksDocument::new([one.public()]);
    let etag = document.etag.to_str().unwrap();
    assert!(etag.starts_with('"') && etag.ends_with('"'));
    assert_eq!(document.etag, JwksDocument::new([one.public()]).etag);
    assert_ne!(document.etag, JwksDocument::new([two.public()]).etag);
    assert_ne!(document.etag, JwksDocument::new([]).etag);
}
