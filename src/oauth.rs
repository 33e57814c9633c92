//! The authorization server's endpoints (RFC 6749): authorize, consent, token, and what clients ask about tokens.
//!
//! Owns the requests' order of checks and the codes. Does not own sign-in (`account`, reached by a redirect), the life of tokens
//! (`tokens`) or the claims of a user (`oidc`).

mod answer;
mod authorize;
mod client_authentication;
mod code;
mod consent;
mod introspect;
mod jwks;
pub mod pages;
mod register;
mod revoke;
mod token;

use actix_web::web;

use crate::protocol::client_registration::RegistrationMode;
use crate::protocol::metadata::Metadata;
use crate::protocol::profile::Profile;

/// The routes of this feature that machines ask all the time, relative to a realm's address. They are tried in this order.
pub fn machine_routes(config: &mut web::ServiceConfig) {
    jwks::routes(config);
    token::routes(config);
    introspect::routes(config);
    revoke::routes(config);
    jwks::legacy_routes(config);
    introspect::legacy_routes(config);
}

/// The other routes of this feature. Some are patterns: a request for what is tried after them is compared with each of these first.
pub fn routes(config: &mut web::ServiceConfig) {
    authorize::routes(config);
    consent::routes(config);
    register::routes(config);
}

/// What this feature offers to an application that registers itself, if it may, with `profile`.
pub fn metadata(metadata: &mut Metadata, profile: Profile, registration: RegistrationMode) {
    token::metadata(metadata);
    authorize::metadata(metadata, profile);
    introspect::metadata(metadata);
    revoke::metadata(metadata);
    jwks::metadata(metadata);
    register::metadata(metadata, registration);
}
