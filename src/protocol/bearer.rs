//! Access tokens in an `Authorization: Bearer` header, and the challenge that answers a bad one (RFC 6750 §2.1, §3).

use super::OAuthError;
use crate::secret::Secret;

/// Reads the header's value; `None` if it names another scheme (whose case does not matter).
///
/// # Errors
/// `invalid_request`: what follows the scheme is not `1*( ALPHA / DIGIT / "-._~+/" ) *"="`.
pub fn parse(header_value: &str) -> Result<Option<Secret>, OAuthError> {
    let (scheme, rest) = header_value.split_once(' ').unwrap_or((header_value, ""));
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Ok(None);
    }
    let token = rest.trim_start_matches(' ');
    if is_b64token(token) {
        return Ok(Some(Secret::from(token)));
    }
    Err(OAuthError::invalid_request("the Authorization header must be Bearer and one access token"))
}

fn is_b64token(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-'..=b'/' | b'+' | b'_' | b'~');
    // To its end, as that takes many bytes at once.
    !body.is_empty() && body.bytes().fold(true, |all, byte| all & is_allowed(byte))
}

/// The value of a `WWW-Authenticate: Bearer` header (RFC 6750 §3). A request without a token gets no error code (§3.1).
pub fn challenge(realm: &str, error: Option<&OAuthError>, scope: Option<&str>) -> String {
    let mut value = String::from("Bearer");
    append(&mut value, "realm", realm);
    if let Some(error) = error {
        append(&mut value, "error", error.code().as_str());
        append(&mut value, "error_description", error.description());
    }
    if let Some(scope) = scope {
        append(&mut value, "scope", scope);
    }
    value
}

/// Appends `name="value"`, dropping what a quoted string cannot hold as it is (RFC 9110 §5.6.4).
fn append(challenge: &mut String, name: &str, value: &str) {
    challenge.push_str(if challenge.ends_with('"') { ", " } else { " " });
    challenge.push_str(name);
    challenge.push_str("=\"");
    challenge.extend(value.chars().filter(|character| matches!(character, ' '..='~') && !"\"\\".contains(*character)));
    challenge.push('"');
}
