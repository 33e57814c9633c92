//! What is wrong with a form that makes or changes a user, in words of the language files.

use crate::credentials::password::policy::{self, Policy};
use crate::locale::Message;
use crate::protocol::FieldError;
use crate::protocol::claims::StandardClaims;
use crate::protocol::identifier::{Identifier, IdentifierKind};
use crate::secret::Secret;

use super::{Error, Result};

/// The longest name, in characters.
const MAX_NAME: usize = 200;

/// One field that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The field's name, as on the page.
    pub field: &'static str,
    /// What to tell the person who filled it in.
    pub message: Message,
}

impl Fault {
    /// A fault of this field.
    pub const fn new(field: &'static str, message: Message) -> Self {
        Self { field, message }
    }
}

/// Fails if there is a fault.
pub(super) fn all(faults: impl IntoIterator<Item = Fault>) -> Result<()> {
    let faults: Vec<_> = faults.into_iter().collect();
    if faults.is_empty() { Ok(()) } else { Err(Error::Invalid(faults)) }
}

/// What is wrong with a new password.
pub(super) fn password(field: &'static str, password: &Secret, policy: &Policy) -> Option<Fault> {
    if password.expose().is_empty() {
        return Some(Fault::new(field, Message::new("error-password-missing")));
    }
    let fault = policy.check(password).err()?;
    let limit = u64::try_from(fault.limit()).unwrap_or(u64::MAX);
    let message = match fault {
        policy::Fault::TooShort { .. } => Message::new("error-password-short").with_number("min", limit),
        policy::Fault::TooLong { .. } => Message::new("error-password-long").with_number("max", limit),
    };
    Some(Fault::new(field, message))
}

/// A password that says the name of the account is the first that is tried.
pub(super) fn personal(field: &'static str, password: &Secret, identifiers: &[Identifier]) -> Option<Fault> {
    let typed = password.expose().to_lowercase();
    let is_personal = |identifier: &Identifier| {
        let name = identifier.canonical();
        name == typed || identifier.display().to_lowercase() == typed || name.split('@').next() == Some(&typed)
    };
    let personal = identifiers.iter().any(is_personal);
    personal.then(|| Fault::new(field, Message::new("error-password-personal")))
}

/// What is wrong with a name that is to be shown.
pub(super) fn name(text: &str) -> Option<Fault> {
    let claims = StandardClaims { name: Some(text.to_owned()), ..StandardClaims::default() };
    let message = if text.trim().is_empty() {
        Message::new("error-name-missing")
    } else if text.chars().count() > MAX_NAME {
        Message::new("error-name-long").with_number("max", MAX_NAME as u64)
    } else if claims.validate().is_err() {
        Message::new("error-name-wrong")
    } else {
        return None;
    };
    Some(Fault::new("name", message))
}

/// Reads an identifier of a known kind.
pub(super) fn identifier(kind: IdentifierKind, text: &str) -> std::result::Result<Identifier, Fault> {
    let (field, message) = match kind {
        IdentifierKind::UserName => ("user_name", "error-user-name-wrong"),
        IdentifierKind::Email => ("email", "error-email-wrong"),
        IdentifierKind::Phone => ("phone", "error-phone-wrong"),
    };
    let text = text.trim();
    let message = if text.is_empty() { "error-identifier-missing" } else { message };
    Identifier::parse(kind, text).map_err(|_| Fault::new(field, Message::new(message)))
}

/// An identifier that belongs to somebody else.
pub(super) fn taken(kind: IdentifierKind) -> Error {
    let field = match kind {
        IdentifierKind::UserName => "user_name",
        IdentifierKind::Email => "email",
        IdentifierKind::Phone => "phone",
    };
    Error::Invalid(vec![Fault::new(field, Message::new("error-identifier-taken"))])
}

pub(super) fn ids(faults: &[Fault]) -> String {
    let one = |fault: &Fault| format!("{} ({})", fault.field, fault.message.id());
    faults.iter().map(one).collect::<Vec<_>>().join(", ")
}

pub(super) fn sentences(faults: &[FieldError]) -> String {
    faults.iter().map(|fault| format!("{} {}", fault.field, fault.message)).collect::<Vec<_>>().join("; ")
}
