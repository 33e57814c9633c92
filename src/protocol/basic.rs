//! Client credentials in an `Authorization: Basic` header (RFC 7617 §2, RFC 6749 §2.3.1).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{OAuthError, form};
use crate::secret::Secret;

/// The most bytes of a header value.
const MAX_BYTES: usize = 4096;

/// A client id and the secret that came with it: not yet checked.
#[derive(Debug, Clone)]
pub struct BasicCredentials {
    /// The client's id.
    pub client_id: String,
    /// The client's secret.
    pub client_secret: Secret,
}

impl BasicCredentials {
    /// Whether the header's value names this scheme.
    pub fn is_basic(header_value: &str) -> bool {
        credentials(header_value).is_some()
    }

    /// Reads the header's value.
    ///
    /// # Errors
    /// `invalid_client`: not strict base64 of two form-urlencoded halves with a colon between them, neither of them empty.
    pub fn parse(header_value: &str) -> Result<Self, OAuthError> {
        read(header_value).ok_or_else(|| {
            OAuthError::invalid_client(
                "the Authorization header must be Basic BASE64(form-urlencoded client_id:form-urlencoded client_secret)",
            )
        })
    }
}

fn read(header_value: &str) -> Option<BasicCredentials> {
    let encoded = credentials(header_value).filter(|_| header_value.len() <= MAX_BYTES)?;
    let decoded = Secret::from(String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?);
    let (client_id, client_secret) = decoded.expose().split_once(':')?;
    let client_id = half(client_id)?;
    let client_secret = Secret::from(half(client_secret)?);
    Some(BasicCredentials { client_id, client_secret })
}

/// What follows the scheme, whose case does not matter (RFC 9110 §11.1).
fn credentials(header_value: &str) -> Option<&str> {
    let (scheme, rest) = header_value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("basic").then(|| rest.trim_start_matches(' '))
}

/// RFC 6749 §2.3.1: each half is form-urlencoded.
fn half(encoded: &str) -> Option<String> {
    form::decode(encoded.as_bytes()).filter(|text| !text.is_empty() && !text.chars().any(char::is_control))
}
