//! What the logout pages show (OIDC RP-Initiated Logout 1.0). Plain data: the handlers fill it.

use askama::Template;

use crate::web::page::Page;

/// Shall this browser be signed out?
#[derive(Template)]
#[template(path = "oidc/logout_confirm.html")]
pub struct LogoutConfirmPage {
    /// The shell; its account is the one to be signed out.
    pub page: Page,
    /// What the form sends on of the request.
    pub carried: Vec<(&'static str, String)>,
    /// The name of the application to which a way back is registered.
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
    pub frames: Vec<String>,
    /// Back to the sign-in.
    pub login_url: String,
}

impl LoggedOutPage {
    /// Whether the page leads back by itself.
    pub fn goes_on(&self) -> bool {
        self.way_back.as_ref().is_some_and(|back| back.goes_on)
    }
}

/// The frame that clients ask for the login state (OpenID Connect Session Management §3.3). Nobody sees it.
#[derive(Template)]
#[template(path = "oidc/check_session.html")]
pub struct CheckSessionPage {
    /// The name of the cookie with the login state.
    pub cookie: String,
    /// The address of its script.
    pub script: String,
}

/// The way back to the application.
#[derive(Debug, Clone)]
pub struct WayBack {
    /// The application's name.
    pub app_name: String,
    /// Where to, its state included.
    pub url: String,
    /// Whether the browser goes there by itself, once the frames are loaded.
    pub goes_on: bool,
}
