//! What every feature's pages and handlers share: extractors, the shell of a page, its assets, forms, errors and headers.
//!
//! Owns: who is asking (realm, browser, account), where a form came from, what a failed request answers. Does not own any route.

pub mod assets;
pub mod cookies;
pub mod error_page;
pub mod errors;
mod failure;
pub mod form;
pub mod headers;
pub mod origin;
pub mod page;
pub mod realm;
pub mod scope_text;
pub mod signed_in;
pub mod submitted;
pub mod visit;

use actix_web::HttpRequest;

use crate::app::Shared;

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
