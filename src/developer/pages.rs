//! What the developers' pages show. Plain data: the handlers fill it, the templates lay it out.

mod playground;

use askama::Template;

pub use playground::{PlaygroundClient, PlaygroundPage, PlaygroundResultPage};

use super::snippets::Snippet;
use crate::clock::Timestamp;
use crate::locale::Message;
use crate::web::form::FormErrors;
use crate::web::page::{Page, initial};

/// The applications that one may change.
#[derive(Template)]
#[template(path = "developer/applications.html")]
pub struct ApplicationsPage {
    /// The shell.
    pub page: Page,
    /// The applications.
    pub applications: Vec<ApplicationRow>,
    /// The cursor of the next page of the list, if there is one.
    pub next_cursor: Option<String>,
    /// What has just been done.
    pub notice: Option<Message>,
}

/// One application in the list.
#[derive(Debug, Clone)]
pub struct ApplicationRow {
    /// Its id.
    pub client_id: String,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: ApplicationKind,
    /// When it was made.
    pub created_at: Timestamp,
}

impl ApplicationRow {
    /// The letter that stands for it.
    pub fn initial(&self) -> String {
        initial(&self.name)
    }
}

/// What an application is: decides whether it can keep a secret (OAuth 2.1 §2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApplicationKind {
    /// Runs on a server and keeps a secret.
    Web,
    /// Runs in a browser: public.
    Browser,
    /// Runs on a device: public.
    Native,
    /// Has no users: client credentials.
    Service,
}

impl ApplicationKind {
    /// All kinds, in the order of the form.
    pub const ALL: [Self; 4] = [Self::Web, Self::Browser, Self::Native, Self::Service];

    /// Whether it can keep a secret: a confidential client (OAuth 2.1 §2.1).
    pub const fn keeps_a_secret(self) -> bool {
        matches!(self, Self::Web | Self::Service)
    }

    /// The value of the form's `kind`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Browser => "browser",
            Self::Native => "native",
            Self::Service => "service",
        }
    }

    /// The id of its name's message.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Web => "kind-web",
            Self::Browser => "kind-browser",
            Self::Native => "kind-native",
            Self::Service => "kind-service",
        }
    }

    /// The id of its explanation's message.
    pub const fn hint(self) -> &'static str {
        match self {
            Self::Web => "kind-web-hint",
            Self::Browser => "kind-browser-hint",
            Self::Native => "kind-native-hint",
            Self::Service => "kind-service-hint",
        }
    }
}

/// A new application, or one that is changed.
#[derive(Template)]
#[template(path = "developer/application_form.html")]
pub struct ApplicationFormPage {
    /// The shell.
    pub page: Page,
    /// The application that is changed; nothing for a new one.
    pub existing: Option<ExistingApplication>,
    /// What was typed.
    pub name: String,
    /// What was chosen; cannot be changed later.
    pub kind: ApplicationKind,
    /// One URI a line.
    pub redirect_uris: String,
    /// One URI a line.
    pub post_logout_redirect_uris: String,
    /// Where logout tokens are sent; may be empty.
    pub backchannel_logout_uri: String,
    /// What the browser loads at a sign-out; may be empty.
    pub frontchannel_logout_uri: String,
    /// Whether it is first-party: consent may be skipped. Shown to administrators only.
    pub is_first_party: bool,
    /// What has just been done.
    pub notice: Option<Message>,
    /// What is wrong with what was sent.
    pub errors: FormErrors,
}

impl ApplicationFormPage {
    /// Whether something is filled in, or wrong, of what happens at a sign-out: what most applications leave empty stays folded.
    fn is_told_of_sign_outs(&self) -> bool {
        [
            ("post_logout_redirect_uris", &self.post_logout_redirect_uris),
            ("backchannel_logout_uri", &self.backchannel_logout_uri),
            ("frontchannel_logout_uri", &self.frontchannel_logout_uri),
        ]
        .iter()
        .any(|(field, value)| !value.is_empty() || self.errors.of(field).is_some())
    }
}

/// What an application that exists has beside the form.
#[derive(Debug, Clone)]
pub struct ExistingApplication {
    /// Its id.
    pub client_id: String,
    /// Its live secrets, at most two; none for a public client.
    pub secrets: Vec<SecretRow>,
    /// Configuration for the usual libraries, with a placeholder for the secret.
    pub snippets: Vec<Snippet>,
}

/// A secret: never itself, only since when.
#[derive(Debug, Clone)]
pub struct SecretRow {
    /// The value of the form's `secret`.
    pub id: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A client's id and its secret, once.
#[derive(Template)]
#[template(path = "developer/application_created.html")]
pub struct ApplicationCreatedPage {
    /// The shell.
    pub page: Page,
    /// The application's name.
    pub name: String,
    /// Its id.
    pub client_id: String,
    /// The secret; nothing for a public client.
    pub secret: Option<String>,
    /// The issuer, for libraries that discover the rest.
    pub issuer: String,
    /// Configuration for the usual libraries.
    pub snippets: Vec<Snippet>,
}

/// Shall this application be deleted?
#[derive(Template)]
#[template(path = "developer/application_delete.html")]
pub struct ApplicationDeletePage {
    /// The shell.
    pub page: Page,
    /// Its id.
    pub client_id: String,
    /// Its name, to be typed.
    pub name: String,
    /// How many accounts are connected to it.
    pub connected_accounts: u64,
    /// What is wrong with what was sent.
    pub errors: FormErrors,
}
