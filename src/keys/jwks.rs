//! The JWKS document: written once when the keys change, served as it is.

use actix_web::http::header::HeaderValue;
use actix_web::web::Bytes;
use serde::Serialize;

use crate::keys::jwk::{EncryptionJwk, PublicJwk};
use crate::protocol::entity_tag;

/// A JWK set (RFC 7517 §5) in the bytes that are served, with its strong ETag (RFC 9110 §8.8.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JwksDocument {
    /// The JSON; a clone shares it.
    pub bytes: Bytes,
    /// The ETag, its quotation marks included.
    pub etag: HeaderValue,
}

impl JwksDocument {
    /// Writes keys that sign, in the order given; of keys with one `kid` only the first is shown.
    pub fn new<'a>(signing: impl IntoIterator<Item = &'a PublicJwk>) -> Self {
        Self::with_encryption(signing, [])
    }

    /// Writes keys that sign, then keys that are encrypted to.
    #[expect(clippy::missing_panics_doc, reason = "it cannot happen, as the expectations say")]
    pub fn with_encryption<'a>(
        signing: impl IntoIterator<Item = &'a PublicJwk>,
        encryption: impl IntoIterator<Item = &'a EncryptionJwk>,
    ) -> Self {
        let mut set = Set { keys: Vec::new() };
        let signing = signing.into_iter().map(Shown::Signing);
        for key in signing.chain(encryption.into_iter().map(Shown::Encryption)) {
            if set.keys.iter().all(|shown| shown.kid() != key.kid()) {
                set.keys.push(key);
            }
        }
        let bytes = serde_json::to_vec(&set).expect("public JWKs are valid JSON");
        let etag = entity_tag::strong(&bytes);
        Self { bytes: bytes.into(), etag: HeaderValue::try_from(etag).expect("base64url goes into a header") }
    }
}

#[derive(Serialize)]
struct Set<'a> {
    keys: Vec<Shown<'a>>,
}

/// A key of either use.
#[derive(Serialize)]
#[serde(untagged)]
enum Shown<'a> {
    Signing(&'a PublicJwk),
    Encryption(&'a EncryptionJwk),
}

impl Shown<'_> {
    fn kid(&self) -> &str {
        match self {
            Self::Signing(key) => &key.kid,
            Self::Encryption(key) => &key.kid,
        }
    }
}
