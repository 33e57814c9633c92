//! A client's own key pair, to which answers are encrypted.

use serde_json::{Value, json};
use tessera::keys::decrypt::DecryptionKey;
use tessera::keys::jwk::{EncryptionKeyType, PrivateJwk};
use tessera::protocol::algorithm::KeyManagementAlgorithm;
use tessera::protocol::jwe::CompactJwe;
use tessera::random::Random;

use super::receiver::{Behaviour, json as answer_json};

/// A key pair of a client. Whether josekit too reads what is encrypted to it, `tests/keys/encrypt.rs` tries.
pub(crate) struct KeyPair(DecryptionKey);

impl KeyPair {
    pub(crate) fn new(algorithm: KeyManagementAlgorithm) -> Self {
        let key_type = if algorithm.agrees() { EncryptionKeyType::P256 } else { EncryptionKeyType::Rsa };
        Self(DecryptionKey::new(&PrivateJwk::generate_for_encryption(key_type).unwrap()).unwrap())
    }

    /// The client's JWKS: this key, beside one for signatures.
    pub(crate) fn jwks(&self) -> Value {
        json!({ "keys": [{ "kty": "EC", "crv": "P-256", "use": "sig", "kid": "s", "x": "AA", "y": "AA" }, self.0.public()] })
    }

    /// A server's answer with the JWKS.
    pub(crate) fn served(&self) -> Behaviour {
        answer_json(&self.jwks().to_string())
    }

    pub(crate) fn kid(&self) -> &str {
        self.0.kid()
    }

    /// What a JWE holds, if it is encrypted to this key.
    pub(crate) fn decrypt(&self, jwe: &str) -> Option<String> {
        let plain = self.0.decrypt(&CompactJwe::parse(jwe).ok()?, &Random::system()).ok()?;
        Some(String::from_utf8(plain.to_vec()).unwrap())
    }
}
