//! People and their accounts: sign-in, sign-up and what an owner sees of an account.
//!
//! Owns: the pages on the way to a session and the account's own pages. Does not own: what is checked there (`sign_in`, `users`,
//! `session`), or what an application asked for: that comes as an interaction and is gone back to by its return path.

pub mod pages;

mod apps;
mod chooser;
mod flow;
mod home;
mod invitation;
mod link;
mod login;
mod refusal;
mod sessions;
mod setup;
mod sign_out;
mod signup;
mod update_password;

use actix_web::web::{self, ServiceConfig};

/// The account's routes, relative to the realm.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.service(web::resource("/login").get(login::show).post(login::submit))
        .service(web::resource("/signup").get(signup::show).post(signup::submit))
        .service(web::resource("/account-chooser").get(chooser::show).post(chooser::submit))
        .service(web::resource("/setup").get(setup::show).post(setup::submit))
        .service(web::resource("/invitation").get(invitation::show).post(invitation::submit))
        .service(web::resource("/signout").get(sign_out::show).post(sign_out::submit))
        .service(web::resource(["", "/"]).get(home::go))
        .service(web::resource("/account").get(home::show).post(home::submit))
        .service(web::resource("/account/password").get(update_password::show).post(update_password::submit))
        .service(web::resource("/account/sessions").get(sessions::show))
        .service(web::resource("/account/sessions/end").post(sessions::end))
        .service(web::resource("/account/sessions/end-others").post(sessions::end_others))
        .service(web::resource("/account/sessions/end-all").post(sessions::end_all))
        .service(web::resource("/account/apps").get(apps::show))
        .service(web::resource("/account/apps/revoke").post(apps::revoke));
}
