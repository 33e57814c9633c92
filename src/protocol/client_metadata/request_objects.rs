//! Request objects that a client sends (RFC 9101, OpenID Connect Core §6, Registration §2).

use serde::{Deserialize, Serialize};

use crate::protocol::FieldError;
use crate::protocol::algorithm::{ContentEncryption, KeyManagementAlgorithm, SigningAlgorithm};
use crate::protocol::claims::is_web_address;

/// The most `request_uris`.
const MAX_URIS: usize = 20;

/// How a client signs and encrypts its request objects, and where it keeps them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RequestObjects {
    /// The one algorithm that they are signed with; absent: any that we take.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_object_signing_alg: Option<SigningAlgorithm>,
    /// How the key of an encrypted one comes to us. They may be sent unencrypted all the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_object_encryption_alg: Option<KeyManagementAlgorithm>,
    /// How the content of an encrypted one is encrypted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_object_encryption_enc: Option<ContentEncryption>,
    /// Whether a request without one is refused (RFC 9101 §10.5).
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub require_signed_request_object: bool,
    /// Where they are fetched from, and from nowhere else. A fragment is part of the registered text, not of the address.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub request_uris: Vec<String>,
}

impl RequestObjects {
    /// A signature needs keys, an `enc` its `alg`; URIs are web addresses.
    pub(super) fn check(&self, has_keys: bool, faults: &mut Vec<FieldError>) {
        if self.require_signed_request_object && !has_keys {
            let message = "needs jwks or jwks_uri, with the key that request objects are signed with";
            faults.push(FieldError::new("require_signed_request_object", message));
        }
        if self.request_object_encryption_alg.is_none() && self.request_object_encryption_enc.is_some() {
            let message = "must be given where request_object_encryption_enc is";
            faults.push(FieldError::new("request_object_encryption_alg", message));
        }
        if self.request_uris.len() > MAX_URIS || !self.request_uris.iter().all(|text| is_web_address(text)) {
            faults.push(FieldError::new("request_uris", "must be up to 20 web addresses that begin with https://"));
        }
    }
}
