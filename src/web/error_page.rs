//! The page that says what went wrong, and how to go on.

use askama::Template;

use super::page::Page;
use crate::locale::Message;

/// Something went wrong and no client can be told, or none should be.
#[derive(Template)]
#[template(path = "error.html")]
pub struct ErrorPage {
    /// The shell.
    pub page: Page,
    /// What happened, in a few words.
    pub title: Message,
    /// What it means and what to do.
    pub explanation: Message,
    /// A word for machines, as in `invalid_redirect_uri`.
    pub code: &'static str,
    /// The id under which the log tells more.
    pub request_id: String,
    /// Where to go from here.
    pub way_on: Option<WayOn>,
    /// For the developer of the application only: what was sent and what is registered.
    pub redirect: Option<RedirectDetail>,
}

/// A link that leads on.
#[derive(Debug, Clone)]
pub struct WayOn {
    /// Where to.
    pub url: String,
    /// What the button says.
    pub label: Message,
}

/// Why a redirect URI was refused.
#[derive(Debug, Clone)]
pub struct RedirectDetail {
    /// The application's name.
    pub app_name: String,
    /// What was sent; nothing if it was left out.
    pub sent: Option<String>,
    /// What is registered.
    pub registered: Vec<String>,
    /// Where the developer changes it.
    pub edit_url: String,
}

/// The request came under a host name that is not ours.
#[derive(Template)]
#[template(path = "other_host.html")]
pub struct OtherHostPage {
    /// The shell.
    pub page: Page,
    /// The address that was asked for, its host as the browser sent it.
    pub asked_url: String,
    /// The same page under the public URL.
    pub right_url: String,
    /// The setting that says which one is right, as in `server.public_url`.
    pub setting: &'static str,
    /// A word for machines.
    pub code: &'static str,
    /// The id under which the log tells more.
    pub request_id: String,
}
