//! People and their accounts: sign-in, sign-up and what an owner sees of an account.
//!
//! Owns: the pages on the way to a session and the account's own pages. Does not own: what is checked there (`sign_in`, `users`,
//! `session`), or what an application asked for: that comes as an interaction and is gone back to by its return path.

pub mod pages;

mod chooser;
mod flow;
mod login;
mod refusal;
mod signup;

use actix_web::web::{self, ServiceConfig};

/// The account's routes, relative to the realm.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.service(web::resource("/login").get(login::show).post(login::submit))
        .service(web::resource("/signup").get(signup::show).post(signup::submit))
        .service(web::resource("/account-chooser").get(chooser::show).post(chooser::submit));
}
