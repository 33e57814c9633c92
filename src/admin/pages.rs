//! What the administrator's pages show. Plain data: the handlers fill it, the templates lay it out.

use askama::Template;

use crate::clock::Timestamp;
use crate::locale::Message;
use crate::web::form::FormErrors;
use crate::web::page::{Page, initial};

/// The users, a page at a time.
#[derive(Template)]
#[template(path = "admin/users.html")]
pub struct UsersPage {
    /// The shell.
    pub page: Page,
    /// What is looked for; empty for all.
    pub search: String,
    /// The users.
    pub users: Vec<UserRow>,
    /// The cursor of the next page, if there is one.
    pub next_cursor: Option<String>,
    /// Whether this is a page behind the first.
    pub is_later_page: bool,
    /// What has just been done.
    pub notice: Option<Message>,
}

/// One user in the list.
#[derive(Debug, Clone)]
pub struct UserRow {
    /// The user's id.
    pub id: String,
    /// The name.
    pub name: String,
    /// What the user signs in with.
    pub identifier: String,
    /// How things stand with the account.
    pub state: UserState,
    /// Whether the user is an administrator.
    pub is_administrator: bool,
    /// When the user signed in last.
    pub last_sign_in_at: Option<Timestamp>,
}

impl UserRow {
    /// The letter that stands for the user.
    pub fn initial(&self) -> String {
        initial(&self.name)
    }
}

/// How things stand with an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserState {
    /// May sign in.
    Active,
    /// Has not followed the invitation yet.
    Invited,
    /// May not sign in.
    Disabled,
}

impl UserState {
    /// The id of its message.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Active => "user-active",
            Self::Invited => "user-invited",
            Self::Disabled => "user-disabled",
        }
    }

    /// The class of its tag.
    pub const fn class(self) -> &'static str {
        match self {
            Self::Active => "tag",
            Self::Invited => "tag tag-quiet",
            Self::Disabled => "tag tag-warn",
        }
    }
}

/// One user.
#[derive(Template)]
#[template(path = "admin/user.html")]
pub struct UserPage {
    /// The shell.
    pub page: Page,
    /// The user.
    pub user: UserRow,
    /// Whether the address was proven.
    pub email_verified: bool,
    /// The subject identifier.
    pub subject: String,
    /// When the account was made.
    pub created_at: Timestamp,
    /// In how many browsers the user is signed in.
    pub sessions: u64,
    /// How many applications may act for the user.
    pub connected_apps: u64,
    /// Whether it is the reader's own account, which cannot be disabled here.
    pub is_self: bool,
    /// What has just been done.
    pub notice: Option<Message>,
}

/// Invite someone.
#[derive(Template)]
#[template(path = "admin/invite.html")]
pub struct InvitePage {
    /// The shell.
    pub page: Page,
    /// What was typed.
    pub email: String,
    /// What was typed.
    pub name: String,
    /// Whether the box was ticked.
    pub administrator: bool,
    /// What is wrong with what was sent.
    pub errors: FormErrors,
}

/// The link of an invitation, once.
#[derive(Template)]
#[template(path = "admin/invited.html")]
pub struct InvitedPage {
    /// The shell.
    pub page: Page,
    /// Who is invited.
    pub email: String,
    /// The link: works once.
    pub link: String,
    /// Until when it works.
    pub expires_at: Timestamp,
}

/// Shall this user be disabled, or enabled again?
#[derive(Template)]
#[template(path = "admin/user_state.html")]
pub struct UserStatePage {
    /// The shell.
    pub page: Page,
    /// The user.
    pub user: UserRow,
    /// Whether the user is to be disabled; enabled if not.
    pub disable: bool,
}
