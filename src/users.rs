//! Users: the only way to make and change them, for pages, the command line and an unattended start.
//!
//! Owns the rules (identifiers, password policy, who may be let in again, links that work once) and the events of each change.
//! Does not own: signing in, sessions, pages, or the statements (`store`). Passwords are hashed before a transaction begins.

mod change;
mod create;
mod fault;
mod first;
mod invite;
mod password;
mod subject;

use std::time::Duration;

use uuid::Uuid;

use crate::config;
use crate::credentials::password::{PasswordError, Passwords};
use crate::protocol::FieldError;
use crate::protocol::identifier::Identifier;
use crate::random::Random;
use crate::secret::Secret;
use crate::store::events::{By, Event, EventType};
use crate::store::users::{Page, User, UserIdentifier};
use crate::store::{self, Db};

pub use create::{Account, NewPassword, SignUp};
pub use fault::Fault;
pub use first::FirstAdministrator;
pub use invite::{Acceptance, Invitation};
pub use password::PasswordChange;

/// Makes and changes users; clones share the database and the password pool.
#[derive(Debug, Clone)]
pub struct Users {
    db: Db,
    passwords: Passwords,
    random: Random,
    lockout: config::SignIn,
}

/// Why a user is not made or changed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Fields that are wrong, for the person who filled them in.
    #[error("some fields are wrong: {}", fault::ids(.0))]
    Invalid(Vec<Fault>),
    /// Claims that are wrong.
    #[error("{}", fault::sentences(.0))]
    Claims(Vec<FieldError>),
    /// There is none in this realm.
    #[error("there is no such user")]
    NotFound,
    /// A link that was used, replaced, has ended or never was.
    #[error("the link does not work any more")]
    DeadLink,
    /// The user is not waiting for an invitation to be accepted.
    #[error("the user has an account already")]
    NotInvited,
    /// Nobody shuts themselves out.
    #[error("nobody can shut themselves out")]
    Oneself,
    /// Too many wrong passwords.
    #[error("there were too many wrong passwords")]
    Locked {
        /// When to try again.
        retry_after: Duration,
    },
    /// The password was changed by somebody else while this change was under way.
    #[error("the password was changed meanwhile")]
    Changed,
    /// The session that asks has ended meanwhile.
    #[error("the session has ended")]
    SignedOut,
    /// The password could not be hashed or compared.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// The database's fault.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// A result of this module.
pub type Result<T> = std::result::Result<T, Error>;

impl Users {
    /// The service on this database.
    pub const fn new(db: Db, passwords: Passwords, random: Random, lockout: config::SignIn) -> Self {
        Self { db, passwords, random, lockout }
    }

    /// The user whom `text` names: by the row's id, the subject, or an identifier.
    ///
    /// # Errors
    /// [`Error::NotFound`]; the database's.
    pub async fn find(&self, realm: Uuid, text: &str) -> Result<User> {
        if let Ok(id) = text.parse()
            && let Some(user) = self.db.user(realm, id).await?
        {
            return Ok(user);
        }
        if let Ok(identifier) = Identifier::guess(text)
            && let Some(user) = self.db.user_by_identifier(realm, &identifier).await?
        {
            return Ok(user);
        }
        self.db.user_by_sub(realm, text).await?.ok_or(Error::NotFound)
    }

    /// The user with this id, and their identifiers, the primary ones first.
    ///
    /// # Errors
    /// [`Error::NotFound`]; the database's.
    pub async fn show(&self, realm: Uuid, user: Uuid) -> Result<(User, Vec<UserIdentifier>)> {
        let user = self.db.user(realm, user).await?.ok_or(Error::NotFound)?;
        let identifiers = self.db.identifiers(user.id).await?;
        Ok((user, identifiers))
    }

    /// Users of a realm, newest first, `limit` at a time, from the row `before` on; `search` is the beginning of an identifier.
    ///
    /// # Errors
    /// The database's.
    pub async fn list(&self, realm: Uuid, search: Option<&str>, before: Option<Uuid>, limit: u32) -> Result<Page> {
        Ok(self.db.users(realm, search, before, limit).await?)
    }

    /// The fewest characters of a password, for the hint at its field.
    pub fn password_min(&self) -> usize {
        self.passwords.policy().min_chars()
    }

    /// A subject: 128 random bits, never derived from anything and never given again.
    fn new_sub(&self) -> String {
        Uuid::from_bytes(self.random.bytes()).simple().to_string()
    }

    /// The token of a link: 256 random bits.
    fn new_token(&self) -> Secret {
        Secret::from(self.random.text::<32>())
    }

    fn event(&self, by: &By, realm: Uuid, event_type: EventType, user: Uuid) -> Event {
        by.event(self.random.id(by.at), realm, event_type).about(user)
    }

    async fn user(&self, realm: Uuid, user: Uuid) -> Result<User> {
        self.db.user(realm, user).await?.ok_or(Error::NotFound)
    }
}
