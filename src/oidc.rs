//! OpenID Connect beside the authorization endpoint: userinfo and logout.
//!
//! Does not own sessions (`session`) or what tokens say (`tokens`).

mod logout;
pub mod pages;
mod userinfo;

use actix_web::web;

use crate::protocol::metadata::Metadata;

/// The routes of this feature, relative to a realm's address.
pub fn routes(config: &mut web::ServiceConfig) {
    logout::routes(config);
    userinfo::routes(config);
}

/// What this feature offers.
pub fn metadata(metadata: &mut Metadata) {
    logout::metadata(metadata);
    userinfo::metadata(metadata);
}
