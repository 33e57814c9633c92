//! Why a form about an account is shown again: what is wrong with it, or when to come back.

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};

use crate::credentials::password::PasswordError;
use crate::locale::Message;
use crate::users;
use crate::web::errors::PageError;
use crate::web::form::FormErrors;
use crate::web::visit::Visit;

/// A refusal, for the page that shows it.
pub(super) struct Refusal {
    /// The answer's status.
    pub(super) status: StatusCode,
    /// What to tell.
    pub(super) errors: FormErrors,
    /// When to come back.
    pub(super) wait: Option<Duration>,
}

impl Refusal {
    /// Nothing is wrong: the page is shown for the first time.
    pub(super) const fn none() -> Self {
        Self { status: StatusCode::OK, errors: FormErrors::none(), wait: None }
    }

    /// Fields that are wrong: 422.
    pub(super) const fn wrong(errors: FormErrors) -> Self {
        Self { status: StatusCode::UNPROCESSABLE_ENTITY, errors, wait: None }
    }

    /// Wrong as a whole, and not said in which field: 422.
    pub(super) fn general(message: Message) -> Self {
        let mut errors = FormErrors::none();
        errors.add_general(message);
        Self::wrong(errors)
    }

    /// Too many attempts: 429.
    pub(super) fn limited(visit: &Visit, wait: Duration) -> Self {
        let message = Message::new("error-login-locked").with("wait", visit.translator.duration(wait));
        Self { status: StatusCode::TOO_MANY_REQUESTS, wait: Some(wait), ..Self::general(message) }
    }

    /// Too many passwords wait to be hashed: 503.
    pub(super) fn busy(wait: Duration) -> Self {
        let message = Message::new("error-busy-text");
        Self { status: StatusCode::SERVICE_UNAVAILABLE, wait: Some(wait), ..Self::general(message) }
    }

    /// What the service says, in the fields of our pages, where the new password is `new_password`.
    ///
    /// # Errors
    /// What no form can put right.
    pub(super) fn of(visit: &Visit, error: users::Error) -> Result<Self, PageError> {
        match error {
            users::Error::Invalid(faults) => {
                let mut errors = FormErrors::none();
                for fault in faults {
                    errors.add(field(fault.field), fault.message);
                }
                Ok(Self::wrong(errors))
            }
            users::Error::Changed => Ok(Self::general(Message::new("error-password-changed"))),
            users::Error::Locked { retry_after } => Ok(Self::limited(visit, retry_after)),
            users::Error::Password(PasswordError::Busy { retry_after }) => Ok(Self::busy(retry_after)),
            error => Err(error.into()),
        }
    }
}

/// The page that shows a refusal, with the seconds until another try may come.
pub(super) fn answered(mut page: HttpResponse, wait: Option<Duration>) -> HttpResponse {
    if let Some(wait) = wait {
        let seconds = u64::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(u64::MAX);
        page.headers_mut().insert(header::RETRY_AFTER, seconds.max(1).into());
    }
    page
}

fn field(name: &'static str) -> &'static str {
    match name {
        "password" => "new_password",
        "current_password" => "password",
        name => name,
    }
}
