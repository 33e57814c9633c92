//! The keys of a client (RFC 7591 §2): for its assertions and request objects, and to encrypt to it.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::protocol::FieldError;
use crate::protocol::claims::is_web_address;

/// The most keys of a set.
const MAX_KEYS: usize = 32;

/// The most bytes of a set that is registered by value.
const MAX_BYTES: usize = 16 * 1024;

/// Members of a JWK that only its owner may know (RFC 7518 §6.2.2, §6.3.2, §6.4.1).
const PRIVATE_MEMBERS: &[&str] = &["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// Where a client's public keys are: here, or at a URL, or nowhere.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct KeySet {
    /// The JWK set itself (RFC 7517 §5).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwks: Option<Value>,
    /// Where it is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwks_uri: Option<String>,
}

impl KeySet {
    /// Whether the client has keys at all.
    pub const fn is_given(&self) -> bool {
        self.jwks.is_some() || self.jwks_uri.is_some()
    }

    /// RFC 7591 §2: `jwks` and `jwks_uri` must not both be present.
    pub(super) fn check(&self, faults: &mut Vec<FieldError>) {
        if self.jwks.is_some() && self.jwks_uri.is_some() {
            faults.push(FieldError::new("jwks", "must be absent where jwks_uri is given (RFC 7591 section 2)"));
        }
        if self.jwks_uri.as_ref().is_some_and(|text| !is_web_address(text)) {
            faults.push(FieldError::new("jwks_uri", "must be a web address that begins with https://"));
        }
        if let Some(message) = self.jwks.as_ref().and_then(fault_of) {
            faults.push(FieldError::new("jwks", message));
        }
    }
}

/// What is wrong with a JWK set. Whether a key can be used, is found where it is needed: keys of kinds that we do not know may be
/// among them (RFC 7517 §5).
fn fault_of(jwks: &Value) -> Option<&'static str> {
    let Some(keys) = jwks.get("keys").and_then(Value::as_array) else {
        return Some("must be a JWK set: an object whose member keys is a list (RFC 7517 section 5)");
    };
    let objects: Vec<&Map<String, Value>> = keys.iter().filter_map(Value::as_object).collect();
    if keys.is_empty() || keys.len() > MAX_KEYS || objects.len() < keys.len() {
        return Some("must list 1 to 32 keys, each a JSON object");
    }
    if objects.iter().any(|key| PRIVATE_MEMBERS.iter().any(|member| key.contains_key(*member))) {
        return Some(
            "must hold public keys only: take the private members away, and regard that key as known to others",
        );
    }
    (jwks.to_string().len() > MAX_BYTES).then_some("must be 16 KiB at most: use jwks_uri for more")
}
