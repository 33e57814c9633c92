//! HMAC with SHA-256 as JWS knows it (RFC 7518 §3.2), under a secret that somebody else holds too.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;

use crate::keys::verify::VerifyError;
use crate::protocol::algorithm::JwsAlgorithm;
use crate::protocol::jws::CompactJws;

/// The fewest bytes of a secret: those of the hash (RFC 7518 §3.2).
pub const MIN_BYTES: usize = 32;

/// The secret is shorter than [`MIN_BYTES`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a secret for HS256 must have 32 bytes or more")]
pub struct TooShort;

/// A shared secret.
pub struct Hs256Key(hmac::Key);

impl Hs256Key {
    /// The key of a secret.
    ///
    /// # Errors
    /// [`TooShort`].
    pub fn new(secret: &[u8]) -> Result<Self, TooShort> {
        if secret.len() < MIN_BYTES {
            return Err(TooShort);
        }
        Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, secret)))
    }

    /// Makes a compact JWS of type `typ` around a payload (RFC 7515 §5.1). There is one secret, so its header has no `kid`.
    pub fn sign(&self, typ: &str, payload: &[u8]) -> String {
        let header = format!(r#"{{"alg":"{}","typ":"{typ}"}}"#, JwsAlgorithm::Hs256);
        let mut jws = URL_SAFE_NO_PAD.encode(header);
        jws.push('.');
        URL_SAFE_NO_PAD.encode_string(payload, &mut jws);
        let tag = hmac::sign(&self.0, jws.as_bytes());
        jws.push('.');
        URL_SAFE_NO_PAD.encode_string(tag, &mut jws);
        jws
    }

    /// Checks `alg` and the tag of a JWS, in constant time. Its `typ` and its claims are for the caller.
    ///
    /// # Errors
    /// The first of the two that is wrong.
    pub fn verify(&self, jws: &CompactJws<'_>) -> Result<(), VerifyError> {
        if jws.algorithm() != JwsAlgorithm::Hs256 {
            return Err(VerifyError::WrongAlgorithm);
        }
        let input = jws.signing_input().as_bytes();
        hmac::verify(&self.0, input, jws.signature()).map_err(|_| VerifyError::WrongSignature)
    }
}

/// Never the secret.
impl fmt::Debug for Hs256Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hs256Key")
    }
}
