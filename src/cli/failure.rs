//! What went wrong, by what the caller can do about it: the exit codes.

use std::io::Write as _;

use serde_json::{Value, json};

use crate::config::{Finding, Problems};
use crate::keys::{self, KeyError};
use crate::locale::Locale;
use crate::protocol::FieldError;
use crate::{app, clients, store, users};

/// The kinds of failure; each has its exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Anything that has no code of its own.
    Failed,
    /// The configuration is wrong.
    Configuration,
    /// What was named does not exist.
    NotFound,
    /// What was given breaks a rule.
    Refused,
    /// The database or another server does not answer.
    Unavailable,
}

/// Exit codes and what they mean, for the reference.
pub(super) const EXIT_CODES: [(u8, &str); 7] = [
    (0, "Done; for `doctor` and `healthcheck`: all is well."),
    (1, "Failed; for `doctor` and `healthcheck`: something is not well."),
    (2, "The command line is wrong."),
    (3, "The configuration is wrong."),
    (4, "What was named does not exist, in this realm at least."),
    (5, "What was given breaks a rule; nothing was changed."),
    (6, "The database or another server does not answer: try again."),
];

/// Why a command did nothing.
#[derive(Debug)]
pub(super) struct Failure {
    kind: Kind,
    message: String,
    details: Vec<(String, String)>,
}

impl Kind {
    const fn code(self) -> u8 {
        match self {
            Self::Failed => 1,
            Self::Configuration => 3,
            Self::NotFound => 4,
            Self::Refused => 5,
            Self::Unavailable => 6,
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Configuration => "configuration",
            Self::NotFound => "not_found",
            Self::Refused => "refused",
            Self::Unavailable => "unavailable",
        }
    }
}

impl Failure {
    const fn new(kind: Kind, message: String) -> Self {
        Self { kind, message, details: Vec::new() }
    }

    /// A failure without a code of its own.
    pub(super) fn failed(message: impl Into<String>) -> Self {
        Self::new(Kind::Failed, message.into())
    }

    /// What was named does not exist.
    pub(super) fn not_found(message: impl Into<String>) -> Self {
        Self::new(Kind::NotFound, message.into())
    }

    /// What was given breaks a rule.
    pub(super) fn refused(message: impl Into<String>) -> Self {
        Self::new(Kind::Refused, message.into())
    }

    /// A server does not answer.
    pub(super) fn unavailable(message: impl Into<String>) -> Self {
        Self::new(Kind::Unavailable, message.into())
    }

    /// A configuration that cannot be used.
    pub(super) fn findings(findings: &[Finding]) -> Self {
        let details = findings.iter().map(|finding| (finding.key.to_owned(), finding.message.clone()));
        Self { details: details.collect(), ..Self::new(Kind::Configuration, "The configuration is wrong.".to_owned()) }
    }

    fn fields(faults: Vec<(String, String)>) -> Self {
        Self { details: faults, ..Self::new(Kind::Refused, "Some values are wrong; nothing was changed.".to_owned()) }
    }

    /// The exit code.
    pub(super) const fn code(&self) -> u8 {
        self.kind.code()
    }

    /// What went wrong.
    pub(super) fn message(&self) -> &str {
        &self.message
    }

    /// Says it on standard error.
    pub(super) fn print(&self, as_json: bool) {
        let mut stderr = std::io::stderr().lock();
        // Where standard error is gone there is nobody to tell.
        let _ = if as_json { writeln!(stderr, "{}", self.json()) } else { write!(stderr, "{}", self.text()) };
    }

    fn json(&self) -> Value {
        let details: Vec<_> = self.details.iter().map(|(at, text)| json!({ "at": at, "message": text })).collect();
        json!({ "error": { "kind": self.kind.as_str(), "message": self.message, "details": details } })
    }

    fn text(&self) -> String {
        let details = self.details.iter().map(|(at, message)| format!("  {at}: {message}\n"));
        format!("error: {}\n{}", self.message, details.collect::<String>())
    }
}

impl From<store::Error> for Failure {
    fn from(error: store::Error) -> Self {
        if error.is_temporary() {
            return Self::unavailable(format!("{error}. Check that it runs, and `database.url`; then try again."));
        }
        Self::failed(error.to_string())
    }
}

impl From<Problems> for Failure {
    fn from(problems: Problems) -> Self {
        let details = problems.0.iter().map(|problem| (problem.place.to_string(), problem.message.clone()));
        Self { details: details.collect(), ..Self::new(Kind::Configuration, "The configuration is wrong.".to_owned()) }
    }
}

impl From<Vec<FieldError>> for Failure {
    fn from(faults: Vec<FieldError>) -> Self {
        Self::fields(faults.into_iter().map(|fault| (fault.field.to_owned(), fault.message)).collect())
    }
}

impl From<clients::Error> for Failure {
    fn from(error: clients::Error) -> Self {
        match error {
            clients::Error::Invalid(faults) => faults.into(),
            clients::Error::NotFound => {
                Self::not_found("There is no such client in this realm: `tessera client list` shows them.")
            }
            clients::Error::Store(error) => error.into(),
        }
    }
}

impl From<users::Error> for Failure {
    fn from(error: users::Error) -> Self {
        match error {
            users::Error::Invalid(faults) => Self::fields(faults.iter().map(in_words).collect()),
            users::Error::Claims(faults) => faults.into(),
            users::Error::NotFound => {
                Self::not_found("There is no such user in this realm: `tessera user list` shows them.")
            }
            users::Error::Store(error) => error.into(),
            users::Error::NotInvited => Self::refused(
                "The user has an account already: `tessera user set-password --temporary` lets them back in.",
            ),
            error => Self::refused(format!("{error}.")),
        }
    }
}

/// A form's fault in English, without the marks that pages make elements of.
fn in_words(fault: &users::Fault) -> (String, String) {
    let words = Locale::embedded().map(|locale| locale.negotiate(None, None).message(&fault.message));
    let plain = words.unwrap_or_else(|_| fault.message.id().to_owned());
    (fault.field.to_owned(), plain.replace([crate::locale::ISOLATE, crate::locale::END_ISOLATE], ""))
}

impl From<keys::StartError> for Failure {
    fn from(error: keys::StartError) -> Self {
        match error {
            keys::StartError::Store(error) => error.into(),
            error => Self::new(Kind::Configuration, error.to_string()),
        }
    }
}

impl From<KeyError> for Failure {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Store(error) => error.into(),
            error => Self::failed(error.to_string()),
        }
    }
}

impl From<app::StartError> for Failure {
    fn from(error: app::StartError) -> Self {
        match error {
            app::StartError::Store(error) => error.into(),
            app::StartError::Keyring(error) => error.into(),
            app::StartError::Keys(error) => error.into(),
            error => Self::failed(error.to_string()),
        }
    }
}
