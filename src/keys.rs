//! Keys: signing and verification of JWS, the JWKS document, the keyring and encryption at rest.
//!
//! Owns every use of josekit and of ring's HMAC, AEAD and HKDF. It keeps nothing: rows are the store's, and which key
//! is active when is for the rotation that calls these pieces.

pub mod algorithm;
pub mod jwk;
pub mod jwks;
pub mod keyring;
pub mod mac;
pub mod sealed;
pub mod sign;
pub mod verify;

/// Why a key could not be made, read or used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The algorithm is none of RS256, PS256, ES256 and EdDSA.
    #[error("the algorithm {0:?} is not supported: use RS256, PS256, ES256 or EdDSA")]
    UnknownAlgorithm(String),
    /// The JWK cannot be read, or its members do not suit its algorithm.
    #[error("the JWK is not usable: {0}")]
    Jwk(String),
    /// The claims could not be written as JSON.
    #[error("the claims cannot be written as JSON: {0}")]
    Claims(#[source] serde_json::Error),
    /// OpenSSL refused the operation.
    #[error("the cryptographic library refused: {0}")]
    Library(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl From<josekit::JoseError> for KeyError {
    fn from(error: josekit::JoseError) -> Self {
        Self::Library(Box::new(error))
    }
}
