//! What administrators see and do: the users of their realm.
//!
//! Owns the pages; the rules and events are those of `users`. For who is no administrator none of it exists.

pub mod pages;

mod invite;
mod users;

use actix_web::web::{self, ServiceConfig};

/// The administrator's routes, relative to the realm.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.service(web::resource("/admin/users").get(users::list))
        .service(web::resource("/admin/users/invite").get(invite::show).post(invite::submit))
        .service(web::resource("/admin/users/{user}").get(users::show))
        .service(web::resource("/admin/users/{user}/invite").post(invite::again))
        .service(web::resource("/admin/users/{user}/sign-out").post(users::sign_out))
        .service(web::resource("/admin/users/{user}/disable").get(users::ask_disable).post(users::disable))
        .service(web::resource("/admin/users/{user}/enable").get(users::ask_enable).post(users::enable));
}
