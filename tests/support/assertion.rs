//! Assertions of clients, signed as clients sign them, and their keys.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tessera::clock::Timestamp;
use tessera::keys::jwks::JwksDocument;
use tessera::keys::sign::SigningKey;
use tessera::protocol::client_assertion::ASSERTION_TYPE;

/// The claims of a sound assertion of this client at `now`, for this audience.
pub(crate) fn claims(client_id: &str, audience: &str, jti: &str, now: Timestamp) -> Value {
    json!({ "iss": client_id, "sub": client_id, "aud": audience, "jti": jti, "iat": now.seconds(), "exp": now.seconds() + 60 })
}

/// The key set that holds the public parts of these keys.
pub(crate) fn jwks(keys: &[&SigningKey]) -> Value {
    serde_json::from_slice(&JwksDocument::new(keys.iter().map(|key| key.public())).bytes).unwrap()
}

/// The form's two members.
pub(crate) fn form(assertion: &str) -> [(&'static str, &str); 2] {
    [("client_assertion_type", ASSERTION_TYPE), ("client_assertion", assertion)]
}

/// A JWS under a shared secret (RFC 7515 appendix A.1).
pub(crate) fn hs256(secret: &str, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let input = format!("{}.{}", part(&json!({ "alg": "HS256", "typ": "JWT" })), part(claims));
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, secret.as_bytes());
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(ring::hmac::sign(&key, input.as_bytes())))
}
