//! What the logout pages show (OIDC RP-Initiated Logout 1.0). Plain data: the handlers fill it.

use askama::Template;

use crate::web::page::Page;

/// Shall this browser be signed out?
#[derive(Template)]
#[template(path = "oidc/logout_confirm.html")]
pub struct LogoutConfirmPage {
    /// The shell; its account is the one to be signed out.
    pub page: Page,
    /// The handle of the logout request.
    pub interaction: String,
    /// The name of the application that asks, where it is proven.
    pub app_name: Option<String>,
    /// Where one who stays signed in goes.
    pub stay_url: String,
}

/// This browser is signed out.
#[derive(Template)]
#[template(path = "oidc/logged_out.html")]
pub struct LoggedOutPage {
    /// The shell.
    pub page: Page,
    /// The application's name and its registered post-logout URI, where there is one.
    pub way_back: Option<WayBack>,
    /// Addresses to load so that applications end their own sessions (OIDC Front-Channel Logout 1.0).
    pub front_channel: Vec<String>,
    /// Back to the sign-in.
    pub login_url: String,
}

/// The way back to the application.
#[derive(Debug, Clone)]
pub struct WayBack {
    /// The application's name.
    pub app_name: String,
    /// Where to, its state included.
    pub url: String,
}
