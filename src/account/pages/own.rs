//! What an owner sees of an account.

use askama::Template;

use crate::clock::Timestamp;
use crate::locale::Message;
use crate::web::form::FormErrors;
use crate::web::page::{Page, initial};

/// The account's home: the profile.
#[derive(Template)]
#[template(path = "account/home.html")]
pub struct HomePage {
    /// The shell.
    pub page: Page,
    /// What was typed, or what is kept.
    pub name: String,
    /// The address, which is not changed here.
    pub email: String,
    /// Whether the address was proven.
    pub email_verified: bool,
    /// The subject identifier that first-party applications see.
    pub subject: String,
    /// When the account was made.
    pub created_at: Timestamp,
    /// When the password was set; nothing if there is none.
    pub password_set_at: Option<Timestamp>,
    /// What has just been done.
    pub notice: Option<Message>,
    /// What is wrong with what was sent.
    pub errors: FormErrors,
}

/// Where the account is signed in.
#[derive(Template)]
#[template(path = "account/sessions.html")]
pub struct SessionsPage {
    /// The shell.
    pub page: Page,
    /// The sessions, this one first.
    pub sessions: Vec<SessionRow>,
    /// What has just been done.
    pub notice: Option<Message>,
}

impl SessionsPage {
    /// Whether there is a session beside this one.
    pub fn has_others(&self) -> bool {
        self.sessions.iter().any(|session| !session.is_current)
    }
}

/// One session.
#[derive(Debug, Clone)]
pub struct SessionRow {
    /// The value of the form's `session`.
    pub id: String,
    /// The browser as it named itself; nothing if it did not.
    pub browser: Option<String>,
    /// The operating system as the browser named it.
    pub system: Option<String>,
    /// The address that it came from last.
    pub address: String,
    /// When it began.
    pub signed_in_at: Timestamp,
    /// When it was used last.
    pub last_seen_at: Timestamp,
    /// Whether it is the reader's own.
    pub is_current: bool,
}

/// Which applications may act for the account.
#[derive(Template)]
#[template(path = "account/connected_apps.html")]
pub struct ConnectedAppsPage {
    /// The shell.
    pub page: Page,
    /// The applications.
    pub apps: Vec<ConnectedApp>,
    /// What has just been done.
    pub notice: Option<Message>,
}

/// One application that may act for the account.
#[derive(Debug, Clone)]
pub struct ConnectedApp {
    /// The value of the form's `client_id`.
    pub client_id: String,
    /// Its name.
    pub name: String,
    /// Its logo, served by us.
    pub logo_url: Option<String>,
    /// The host that it lives on.
    pub host: String,
    /// What was granted, in words ([`crate::web::scope_text::scope_message`]).
    pub shared: Vec<Message>,
    /// Since when.
    pub granted_at: Timestamp,
    /// When it last asked for a token.
    pub last_used_at: Option<Timestamp>,
}

impl ConnectedApp {
    /// The letter that stands for it where there is no logo.
    pub fn initial(&self) -> String {
        initial(&self.name)
    }
}

/// After a sign-out that no application asked for.
#[derive(Template)]
#[template(path = "account/signed_out.html")]
pub struct SignedOutPage {
    /// The shell.
    pub page: Page,
    /// Back to the sign-in.
    pub login_url: String,
    /// Addresses to load so that applications end their own sessions (OIDC Front-Channel Logout 1.0).
    pub frames: Vec<String>,
}
