//! What every feature's pages and handlers share: extractors, the shell of a page, its assets, forms, errors and headers.
//!
//! Owns: who is asking (realm, browser, account), where a form came from, what a failed request answers. Does not own any route.

pub mod assets;
pub mod body;
pub mod browser_state;
pub mod cookies;
pub mod cors;
pub mod error_page;
pub mod errors;
mod failure;
pub mod form;
pub mod headers;
pub mod logo;
pub mod origin;
pub mod page;
pub mod realm;
pub mod scope_text;
pub mod sign_out;
pub mod signed_in;
pub mod submitted;
pub mod visit;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponseBuilder};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::app::Shared;
use crate::protocol::{OAuthError, bearer};
use crate::secret::{Secret, sha256};

/// What handlers share.
///
/// # Panics
/// Where the server was put together without it, which no test can miss.
pub fn app(request: &HttpRequest) -> &Shared {
    request.app_data::<Shared>().expect("server.rs gives the app to every route")
}

/// The first value of a parameter in the request's query.
pub fn query(request: &HttpRequest, name: &str) -> Option<String> {
    let mut pairs = url::form_urlencoded::parse(request.query_string().as_bytes());
    pairs.find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
}

/// The token in a header `Authorization: Bearer` (RFC 6750 §2.1); none where there is no such header, or it names another scheme.
///
/// # Errors
/// `invalid_request`, where the header holds something else than a token.
pub fn bearer_token(request: &HttpRequest) -> Result<Option<Secret>, OAuthError> {
    let Some(value) = request.headers().get(header::AUTHORIZATION) else { return Ok(None) };
    // Not `to_str`, which looks at each byte of a long token by itself; what a token may hold is checked next.
    let text = str::from_utf8(value.as_bytes())
        .map_err(|_| OAuthError::invalid_request("the Authorization header is not text"))?;
    bearer::parse(text)
}

/// Whether the body says that it is form-urlencoded.
pub fn is_form(request: &HttpRequest) -> bool {
    let content_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = content_type.and_then(|value| value.split(';').next()).unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

/// The strong entity tag of these bytes (RFC 9110 §8.8.3).
pub fn etag(bytes: &[u8]) -> String {
    format!("\"{}\"", URL_SAFE_NO_PAD.encode(&sha256(bytes)[..16]))
}

/// Whether the reader has these bytes already (RFC 9110 §13.1.2).
pub fn is_unchanged(request: &HttpRequest, etag: &str) -> bool {
    let known = request.headers().get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    known.is_some_and(|known| known.split(',').any(|one| matches!(one.trim(), "*") || one.trim().ends_with(etag)))
}

/// The headers of a document that anyone may read, from any site, and keep for `max_age` seconds.
pub fn published<'a>(response: &'a mut HttpResponseBuilder, etag: &str, max_age: u64) -> &'a mut HttpResponseBuilder {
    response
        .insert_header((header::ETAG, etag))
        .insert_header((header::CACHE_CONTROL, format!("public, max-age={max_age}")))
        .insert_header((header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"))
}
