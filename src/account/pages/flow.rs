//! The steps on the way to a session.

use askama::Template;

use crate::locale::Message;
use crate::web::form::FormErrors;
use crate::web::page::{Page, initial};

/// The application that asked for the sign-in.
#[derive(Debug, Clone)]
pub struct AskingApp {
    /// Its name.
    pub name: String,
    /// Its logo, served by us.
    pub logo_url: Option<String>,
    /// The host of its redirect URI: where the person came from and goes back to.
    pub host: String,
    /// Its privacy policy.
    pub policy_url: Option<String>,
    /// Its terms of service.
    pub terms_url: Option<String>,
}

impl AskingApp {
    /// The letter that stands for it where there is no logo.
    pub fn initial(&self) -> String {
        initial(&self.name)
    }
}

/// Identifier and password. Its step, in fixed words, is `identifier-password`.
#[derive(Template)]
#[template(path = "account/login.html")]
pub struct LoginPage {
    /// The shell.
    pub page: Page,
    /// The id of the interaction; empty outside one.
    pub interaction: String,
    /// The page of ours that it leads to; empty where none was asked for.
    pub next: String,
    /// Who asks, if an application does.
    pub app: Option<AskingApp>,
    /// What was typed, or hinted at.
    pub identifier: String,
    /// Whether the box was ticked.
    pub remember: bool,
    /// Why someone who is signed in sees this page, or why it is shown again.
    pub notice: Option<Message>,
    /// Where an account is made, if that is open to all.
    pub signup_url: Option<String>,
    /// Where the way back to the application is: denies the request.
    pub cancel_url: Option<String>,
    /// What is wrong with what was sent.
    pub errors: FormErrors,
}

/// A new account.
#[derive(Template)]
#[template(path = "account/signup.html")]
pub struct SignupPage {
    /// The shell.
    pub page: Page,
    /// The id of the interaction; empty outside one.
    pub interaction: String,
    /// The page of ours that it leads to; empty where none was asked for.
    pub next: String,
    /// Who asks, if an application does.
    pub app: Option<AskingApp>,
    /// What was typed.
    pub email: String,
    /// What was typed.
    pub name: String,
    /// The least number of characters of a password.
    pub password_min: u32,
    /// Back to the sign-in.
    pub login_url: String,
    /// What is wrong with what was sent.
    pub errors: FormErrors,
}

/// One of several accounts that are signed in in this browser.
#[derive(Template)]
#[template(path = "account/chooser.html")]
pub struct ChooserPage {
    /// The shell.
    pub page: Page,
    /// The id of the interaction; empty outside one.
    pub interaction: String,
    /// The page of ours that it leads to; empty where none was asked for.
    pub next: String,
    /// Who asks, if an application does.
    pub app: Option<AskingApp>,
    /// The accounts of this browser.
    pub accounts: Vec<KnownAccount>,
    /// Sign in with yet another one.
    pub other_url: String,
}

/// An account that this browser knows.
#[derive(Debug, Clone)]
pub struct KnownAccount {
    /// The value of the form's `account`.
    pub handle: String,
    /// The person's name.
    pub name: String,
    /// What they sign in with.
    pub identifier: String,
    /// Whether it is the one in use.
    pub is_active: bool,
}

impl KnownAccount {
    /// The letter that stands for it.
    pub fn initial(&self) -> String {
        initial(&self.name)
    }
}

/// A new password: because the old one was temporary, or because its owner wants one.
#[derive(Template)]
#[template(path = "account/update_password.html")]
pub struct UpdatePasswordPage {
    /// The shell.
    pub page: Page,
    /// The id of the interaction; empty outside one.
    pub interaction: String,
    /// The page of ours that it leads to; empty where none was asked for.
    pub next: String,
    /// Who asks, if an application does.
    pub app: Option<AskingApp>,
    /// Whose password it is; a password manager needs to know.
    pub identifier: String,
    /// Whether the password was a temporary one. If not, the present one is asked for.
    pub is_temporary: bool,
    /// The least number of characters of a password.
    pub password_min: u32,
    /// What is wrong with what was sent.
    pub errors: FormErrors,
}

/// The first administrator, by the one-time link from the terminal.
#[derive(Template)]
#[template(path = "account/setup.html")]
pub struct SetupPage {
    /// The shell.
    pub page: Page,
    /// The link's secret.
    pub token: String,
    /// What was typed.
    pub email: String,
    /// What was typed.
    pub name: String,
    /// The least number of characters of a password.
    pub password_min: u32,
    /// What is wrong with what was sent.
    pub errors: FormErrors,
}

/// An invitation, by its one-time link.
#[derive(Template)]
#[template(path = "account/invitation.html")]
pub struct InvitationPage {
    /// The shell.
    pub page: Page,
    /// The link's secret.
    pub token: String,
    /// Who is invited.
    pub email: String,
    /// What was typed.
    pub name: String,
    /// The least number of characters of a password.
    pub password_min: u32,
    /// What is wrong with what was sent.
    pub errors: FormErrors,
}

/// A step that cannot be taken (any more), and the way on.
#[derive(Template)]
#[template(path = "account/step_over.html")]
pub struct StepOverPage {
    /// The shell.
    pub page: Page,
    /// Why.
    pub why: StepOver,
    /// The application, where it is known.
    pub app: Option<AskingApp>,
    /// The way on: starts again, or goes on where the flow stands now.
    pub next_url: Option<String>,
}

/// Why a step cannot be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepOver {
    /// It waited too long.
    Expired,
    /// It was taken before: the form was sent twice, or the Back button led here.
    AlreadyDone,
    /// It was begun in another browser.
    OtherBrowser,
    /// A one-time link that was used, replaced or never was.
    DeadLink,
    /// A form came without its token, as after a sign-in in another tab.
    StaleForm,
}

impl StepOver {
    /// The word for machines.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::AlreadyDone => "already-done",
            Self::OtherBrowser => "other-browser",
            Self::DeadLink => "dead-link",
            Self::StaleForm => "stale-form",
        }
    }

    /// The id of the heading's message.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Expired => "step-expired-title",
            Self::AlreadyDone => "step-done-title",
            Self::OtherBrowser => "step-browser-title",
            Self::DeadLink => "step-link-title",
            Self::StaleForm => "step-form-title",
        }
    }

    /// The id of the explanation's message.
    pub const fn explanation(self) -> &'static str {
        match self {
            Self::Expired => "step-expired-text",
            Self::AlreadyDone => "step-done-text",
            Self::OtherBrowser => "step-browser-text",
            Self::DeadLink => "step-link-text",
            Self::StaleForm => "step-form-text",
        }
    }

    /// The id of the button's message.
    pub const fn way_on(self) -> &'static str {
        match self {
            Self::AlreadyDone => "step-go-on",
            Self::DeadLink => "step-to-login",
            _ => "step-start-again",
        }
    }
}
