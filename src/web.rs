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

use actix_web::http::header::{self, HeaderValue};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};

use crate::app::Shared;
use crate::protocol::{OAuthError, bearer};
use crate::secret::Secret;

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

/// Whether the reader has these bytes already (RFC 9110 §13.1.2).
fn is_unchanged(request: &HttpRequest, etag: &HeaderValue) -> bool {
    let known = request.headers().get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let is_it = |one: &str| one == "*" || one.as_bytes().ends_with(etag.as_bytes());
    known.is_some_and(|known| known.split(',').map(str::trim).any(is_it))
}

/// A document that anyone may read, from any site, and keep as `cache_control` says; not sent again to who has it.
pub fn published(
    request: &HttpRequest,
    content_type: &'static str,
    cache_control: HeaderValue,
    etag: &HeaderValue,
    bytes: &Bytes,
) -> HttpResponse {
    let is_unchanged = is_unchanged(request, etag);
    let mut response = if is_unchanged { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response
        .insert_header((header::ETAG, etag.clone()))
        .insert_header((header::CACHE_CONTROL, cache_control))
        .insert_header((header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*")));
    if is_unchanged {
        return response.finish();
    }
    response.insert_header((header::CONTENT_TYPE, HeaderValue::from_static(content_type)));
    response.body(bytes.clone())
}
