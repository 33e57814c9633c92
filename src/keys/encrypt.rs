//! Encryption to a client: which key of its JWKS, then a compact JWE around a signed token.

use std::fmt;

use josekit::jwe::alg::ecdh_es::EcdhEsJweAlgorithm;
use josekit::jwe::alg::rsaes::RsaesJweAlgorithm;
use josekit::jwe::{JweEncrypter, JweHeader};
use josekit::jwk::Jwk;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::keys::KeyError;
use crate::keys::foreign::MAX_KEYS;
use crate::keys::jwk::PublicMembers;
use crate::keys::verify::{require_length, require_sound_rsa};
use crate::protocol::algorithm::{ContentEncryption, KeyManagementAlgorithm};

/// The longest `kid` that is repeated in a header, in bytes.
const MAX_KID: usize = 256;

/// Why nothing can be encrypted to a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RecipientError {
    /// Its JWKS has no key that the algorithm may be used with.
    #[error("the client's JWKS has no key that {0} may be used with")]
    NoKey(KeyManagementAlgorithm),
    /// Its JWKS has several, of which the client could not tell which was used.
    #[error("the client's JWKS has several keys that {0} may be used with, and the best has no kid")]
    NoKid(KeyManagementAlgorithm),
}

/// A client's public key, ready to be encrypted to.
pub struct RecipientKey {
    kid: Option<String>,
    encrypter: Box<dyn JweEncrypter>,
}

impl RecipientKey {
    /// Chooses a key of a JWKS (RFC 7517 §5) for `algorithm`, by OpenID Connect Core §10.2: of the right type and strength, not for
    /// signatures, not for another algorithm; those that say so of themselves before those that leave it open, then in the order of
    /// the set. A key that cannot be used is passed over.
    ///
    /// # Errors
    /// If there is none, or several and the best has no name.
    pub fn choose(jwks: &Value, algorithm: KeyManagementAlgorithm) -> Result<Self, RecipientError> {
        let keys = jwks.get("keys").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let objects = keys.iter().take(MAX_KEYS).filter_map(Value::as_object);
        let mut fitting: Vec<_> = objects.filter_map(|jwk| Candidate::new(jwk, algorithm)).collect();
        // Stable: of equals the first.
        fitting.sort_by_key(|candidate| !candidate.says_so);
        let several = fitting.len() > 1;
        let best = fitting.into_iter().next().ok_or(RecipientError::NoKey(algorithm))?;
        if several && best.key.kid.is_none() {
            return Err(RecipientError::NoKid(algorithm));
        }
        Ok(best.key)
    }

    /// The key's name, if it has one.
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// Encrypts a signed token (RFC 7519 §5.2, OpenID Connect Core §16.14: signed first, then encrypted).
    ///
    /// # Errors
    /// If OpenSSL refuses.
    pub fn encrypt(&self, jwt: &str, encryption: ContentEncryption) -> Result<String, KeyError> {
        let mut header = self.header(encryption);
        header.set_content_type("JWT");
        Ok(josekit::jwe::serialize_compact(jwt.as_bytes(), &header, &*self.encrypter)?)
    }

    /// Encrypts claims that nobody has signed (OpenID Connect Core §5.3.2: userinfo may come so).
    ///
    /// # Errors
    /// If they are not JSON or OpenSSL refuses.
    pub fn encrypt_claims(&self, claims: &impl Serialize, encryption: ContentEncryption) -> Result<String, KeyError> {
        let json = serde_json::to_vec(claims).map_err(KeyError::Claims)?;
        Ok(josekit::jwe::serialize_compact(&json, &self.header(encryption), &*self.encrypter)?)
    }

    fn header(&self, encryption: ContentEncryption) -> JweHeader {
        let mut header = JweHeader::new();
        header.set_content_encryption(encryption.as_str());
        if let Some(kid) = &self.kid {
            header.set_key_id(kid);
        }
        header
    }
}

impl fmt::Debug for RecipientKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecipientKey").field("kid", &self.kid).finish_non_exhaustive()
    }
}

/// A key that could be chosen.
struct Candidate {
    key: RecipientKey,
    /// Whether it says of itself that it is for encryption.
    says_so: bool,
}

impl Candidate {
    fn new(jwk: &Map<String, Value>, algorithm: KeyManagementAlgorithm) -> Option<Self> {
        let is_or_absent = |name: &str, expected: &str| jwk.get(name).is_none_or(|value| value == expected);
        if !is_or_absent("use", "enc") || !is_or_absent("alg", algorithm.as_str()) || !may_encrypt(jwk) {
            return None;
        }
        let members: PublicMembers = serde_json::from_value(Value::Object(jwk.clone())).ok()?;
        require_sound(&members, algorithm).ok()?;
        let kid = match jwk.get("kid") {
            None => None,
            Some(Value::String(kid)) if (1..=MAX_KID).contains(&kid.len()) => Some(kid.clone()),
            Some(_) => return None,
        };
        let key = RecipientKey { kid, encrypter: encrypter(&members, algorithm).ok()? };
        Some(Self { key, says_so: jwk.contains_key("use") || jwk.contains_key("alg") })
    }
}

/// RFC 7517 §4.3: where there is a list of operations, encryption or agreement is in it.
fn may_encrypt(jwk: &Map<String, Value>) -> bool {
    let encrypts = |operation: &Value| {
        operation.as_str().is_some_and(|name| ["encrypt", "wrapKey", "deriveKey", "deriveBits"].contains(&name))
    };
    jwk.get("key_ops").is_none_or(|all| all.as_array().is_some_and(|all| all.iter().any(encrypts)))
}

/// RFC 7518 §4.3: an RSA modulus of 2048 bits at the least; §6.2.1.2: coordinates of full length. Whether a point is on its curve,
/// OpenSSL finds when it reads the key.
fn require_sound(members: &PublicMembers, algorithm: KeyManagementAlgorithm) -> Result<(), KeyError> {
    match members {
        PublicMembers::Rsa { n, e } if !algorithm.agrees() => require_sound_rsa(n, e),
        PublicMembers::Ec { crv, x, y } if algorithm.agrees() => {
            let bytes = match crv.as_str() {
                "P-256" => 32,
                "P-384" => 48,
                "P-521" => 66,
                _ => return Err(KeyError::Jwk(format!("its curve does not suit {algorithm}"))),
            };
            require_length(x, bytes).and_then(|()| require_length(y, bytes))
        }
        _ => Err(KeyError::Jwk(format!("its kty does not suit {algorithm}"))),
    }
}

/// josekit's encrypter for the key alone: what else a JWK says has been judged.
fn encrypter(members: &PublicMembers, algorithm: KeyManagementAlgorithm) -> Result<Box<dyn JweEncrypter>, KeyError> {
    let jwk = Jwk::from_bytes(serde_json::to_vec(members).map_err(KeyError::Claims)?)?;
    Ok(match algorithm {
        KeyManagementAlgorithm::RsaOaep256 => Box::new(RsaesJweAlgorithm::RsaOaep256.encrypter_from_jwk(&jwk)?),
        KeyManagementAlgorithm::EcdhEs => Box::new(EcdhEsJweAlgorithm::EcdhEs.encrypter_from_jwk(&jwk)?),
        KeyManagementAlgorithm::EcdhEsA128Kw => Box::new(EcdhEsJweAlgorithm::EcdhEsA128kw.encrypter_from_jwk(&jwk)?),
        KeyManagementAlgorithm::EcdhEsA256Kw => Box::new(EcdhEsJweAlgorithm::EcdhEsA256kw.encrypter_from_jwk(&jwk)?),
    })
}
