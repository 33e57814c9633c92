//! For people who connect applications: their applications, and the playground.
//!
//! Owns the pages; the rules and events are those of `clients`.

pub mod pages;
pub mod playground;
pub mod snippets;

mod applications;

use actix_web::web::ServiceConfig;

/// The developers' routes, relative to the realm.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.configure(applications::routes).configure(playground::routes);
}
