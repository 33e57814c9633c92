//! OpenID Connect beside the authorization endpoint: userinfo, logout, session management.
//!
//! Does not own sessions (`session`), what tokens say (`tokens`), or telling clients of a logout behind the browser's back (`jobs`).

mod check_session;
mod logout;
pub mod pages;
mod userinfo;

use actix_web::web;

use crate::app::App;
use crate::protocol::metadata::Metadata;

/// The routes of this feature, relative to a realm's address. They are tried in this order.
pub fn routes(config: &mut web::ServiceConfig) {
    userinfo::routes(config);
    check_session::routes(config);
    logout::routes(config);
}

/// What this feature offers.
pub fn metadata(metadata: &mut Metadata, app: &App) {
    check_session::metadata(metadata, app);
    logout::metadata(metadata);
    userinfo::metadata(metadata);
}
