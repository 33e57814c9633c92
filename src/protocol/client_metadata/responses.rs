//! How what a client receives is signed and encrypted (OpenID Connect Registration §2).

use serde::{Deserialize, Serialize};

use crate::protocol::FieldError;
use crate::protocol::algorithm::{ContentEncryption, KeyManagementAlgorithm, SigningAlgorithm};

/// How a token's content is encrypted to its recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Encryption {
    /// How the key comes to the recipient.
    pub algorithm: KeyManagementAlgorithm,
    /// How the content is encrypted.
    pub content: ContentEncryption,
}

/// The algorithms of responses beside the ID token's signature. What is absent is not done.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ResponseAlgorithms {
    /// For ID tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_token_encrypted_response_alg: Option<KeyManagementAlgorithm>,
    /// For ID tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_token_encrypted_response_enc: Option<ContentEncryption>,
    /// For userinfo; absent: plain JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub userinfo_signed_response_alg: Option<SigningAlgorithm>,
    /// For userinfo.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub userinfo_encrypted_response_alg: Option<KeyManagementAlgorithm>,
    /// For userinfo.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub userinfo_encrypted_response_enc: Option<ContentEncryption>,
}

impl ResponseAlgorithms {
    /// How ID tokens are encrypted, if they are.
    pub fn id_token_encryption(&self) -> Option<Encryption> {
        encryption(self.id_token_encrypted_response_alg, self.id_token_encrypted_response_enc)
    }

    /// How userinfo is encrypted, if it is.
    pub fn userinfo_encryption(&self) -> Option<Encryption> {
        encryption(self.userinfo_encrypted_response_alg, self.userinfo_encrypted_response_enc)
    }

    /// An `enc` needs its `alg`, and an `alg` a key of the client's.
    pub(super) fn check(&self, has_keys: bool, faults: &mut Vec<FieldError>) {
        let pairs = [
            (
                "id_token_encrypted_response_alg",
                self.id_token_encrypted_response_alg,
                self.id_token_encrypted_response_enc,
            ),
            (
                "userinfo_encrypted_response_alg",
                self.userinfo_encrypted_response_alg,
                self.userinfo_encrypted_response_enc,
            ),
        ];
        for (field, algorithm, content) in pairs {
            if algorithm.is_none() && content.is_some() {
                faults.push(FieldError::new(field, "must be given where the enc beside it is"));
            }
            if algorithm.is_some() && !has_keys {
                faults.push(FieldError::new(field, "needs jwks or jwks_uri, with a key to encrypt to"));
            }
        }
    }
}

/// OpenID Connect Registration §2: without an `enc`, A128CBC-HS256.
fn encryption(algorithm: Option<KeyManagementAlgorithm>, content: Option<ContentEncryption>) -> Option<Encryption> {
    algorithm.map(|algorithm| Encryption { algorithm, content: content.unwrap_or(ContentEncryption::A128CbcHs256) })
}
