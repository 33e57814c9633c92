//! Entity tags (RFC 9110 §8.8.3).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::secret::sha256;

/// The strong tag of these bytes, its quotation marks included.
pub fn strong(bytes: &[u8]) -> String {
    format!("\"{}\"", URL_SAFE_NO_PAD.encode(&sha256(bytes)[..16]))
}
