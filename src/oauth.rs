//! The authorization server's endpoints (RFC 6749): authorize, consent, token, and what clients ask about tokens.
//!
//! Owns the requests' order of checks and the codes. Does not own sign-in (`account`, reached by a redirect), the life of tokens
//! (`tokens`) or the claims of a user (`oidc`).

mod answer;
mod authorize;
mod client_authentication;
mod code;
mod consent;
pub mod pages;
mod token;

use actix_cors::Cors;
use actix_web::http::header;
use actix_web::web;

use crate::protocol::metadata::Metadata;

/// The routes of this feature, relative to a realm's address.
pub fn routes(config: &mut web::ServiceConfig) {
    authorize::routes(config);
    consent::routes(config);
    token::routes(config);
}

/// What this feature offers.
pub fn metadata(metadata: &mut Metadata) {
    authorize::metadata(metadata);
    token::metadata(metadata);
}

/// Any origin, without credentials: browser clients call these endpoints themselves (protocol.md).
fn cors() -> Cors {
    Cors::default()
        .allow_any_origin()
        .send_wildcard()
        .allow_any_header()
        .allowed_methods(["GET", "POST"])
        .expose_headers([header::WWW_AUTHENTICATE, header::HeaderName::from_static("dpop-nonce")])
        .max_age(3600)
}
