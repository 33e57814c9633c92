//! What the authorization endpoint's pages show. Plain data: the handlers fill it, the templates lay it out.

use askama::Template;

use crate::locale::Message;
use crate::web::page::{Page, initial};

/// May this application have that?
#[derive(Template)]
#[template(path = "oauth/consent.html")]
pub struct ConsentPage {
    /// The shell; its account is the one that is asked.
    pub page: Page,
    /// The id of the interaction.
    pub interaction: String,
    /// Who asks.
    pub app: ConsentApp,
    /// What is shared that was not shared before, in words ([`crate::web::scope_text::scope_message`]).
    pub shared: Vec<Message>,
    /// What it has been granted before.
    pub already_shared: Vec<Message>,
    /// The resource servers that all of it is for, by name, where they are several.
    pub shared_with: Option<String>,
    /// Where the browser goes next.
    pub target: Target,
    /// Another account: the chooser.
    pub switch_url: String,
}

/// The application that asks for consent.
#[derive(Debug, Clone)]
pub struct ConsentApp {
    /// Its name.
    pub name: String,
    /// Its logo, served by us.
    pub logo_url: Option<String>,
    /// The host of its home page, or of its client id where that is a URL (client id metadata documents).
    pub host: Option<String>,
    /// Its privacy policy.
    pub policy_url: Option<String>,
    /// Its terms of service.
    pub terms_url: Option<String>,
    /// Whether it registered itself: nobody here vouches for it.
    pub is_self_registered: bool,
}

impl ConsentApp {
    /// The letter that stands for it where there is no logo.
    pub fn initial(&self) -> String {
        initial(&self.name)
    }
}

/// Where the answer goes: shown so that a stranger cannot hide behind a known name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A web site, by its host.
    Host(String),
    /// A program on this device that listens on a loopback address, as in `127.0.0.1:8400` (RFC 8252 §7.3).
    Loopback(String),
    /// An app that has claimed a scheme, by its whole URI (RFC 8252 §7.1): any app could have.
    PrivateScheme(String),
}

/// The answer, on its way by POST (OAuth 2.0 Form Post Response Mode).
#[derive(Template)]
#[template(path = "oauth/form_post.html")]
pub struct FormPostPage {
    /// The shell.
    pub page: Page,
    /// The application's name.
    pub app_name: String,
    /// The redirect URI.
    pub action: String,
    /// The response's parameters.
    pub parameters: Vec<(String, String)>,
}
