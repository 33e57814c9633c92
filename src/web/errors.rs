//! What an answer says when a request fails. The cause is logged once, here, and never shown.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, HttpResponseBuilder, ResponseError};

use crate::clients;
use crate::clients::key_sets::ClientKeyError;
use crate::ephemeral;
use crate::ephemeral::limits::Limited;
use crate::keys::KeyError;
use crate::protocol::OAuthError;
use crate::store;
use crate::tokens;
use crate::users;

/// How long a client waits before it tries again, in seconds, where nothing says otherwise.
const RETRY_AFTER: u64 = 2;

/// A failure of a page. The middleware of `web::headers` renders it.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// There is no such page, or not for this user.
    #[error("there is no such page")]
    NotFound,
    /// There is one, but it cannot be opened this way: a form's address that was typed, as an example.
    #[error("this page takes no such method")]
    MethodNotAllowed,
    /// The page is not for this user, who knows that it exists.
    #[error("this page is not for this account")]
    Forbidden,
    /// A form came without its token or from another site: nothing was changed.
    #[error("a form came without its token")]
    StaleForm,
    /// The request makes no sense.
    #[error("the request cannot be understood")]
    BadRequest,
    /// Too many requests.
    #[error("too many requests")]
    Limited {
        /// Seconds until the next may come.
        retry_after: u64,
    },
    /// Not under this host name.
    #[error("the request came under another host name")]
    OtherHost,
    /// Sign-in over plain http, which is for this machine alone.
    #[error("sign-in is refused over plain http")]
    PlainHttp,
    /// Someone must sign in, or finish signing in, at this address.
    #[error("sign-in comes first")]
    SignInFirst(String),
    /// The server is busy or a store is away.
    #[error("not available: {0}")]
    Unavailable(String),
    /// Ours.
    #[error("{0}")]
    Fault(String),
}

impl PageError {
    /// The answer's status.
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::SignInFirst(_) => StatusCode::SEE_OTHER,
            Self::Forbidden | Self::StaleForm | Self::PlainHttp => StatusCode::FORBIDDEN,
            Self::BadRequest => StatusCode::BAD_REQUEST,
            Self::Limited { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::OtherHost => StatusCode::MISDIRECTED_REQUEST,
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Fault(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Its word for machines, which names its messages too.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not-found",
            Self::MethodNotAllowed => "method-not-allowed",
            Self::Forbidden => "forbidden",
            Self::StaleForm => "stale-form",
            Self::BadRequest => "bad-request",
            Self::Limited { .. } => "limited",
            Self::OtherHost => "other-host",
            Self::PlainHttp => "plain-http",
            Self::SignInFirst(_) => "sign-in-first",
            Self::Unavailable(_) => "unavailable",
            Self::Fault(_) => "fault",
        }
    }

    /// Seconds until the next request may come, for the header Retry-After.
    pub const fn retry_after(&self) -> Option<u64> {
        match self {
            Self::Limited { retry_after } => Some(*retry_after),
            Self::Unavailable(_) => Some(RETRY_AFTER),
            _ => None,
        }
    }
}

/// Plain text, for where no page can be made; the middleware puts the page in its place.
impl ResponseError for PageError {
    fn status_code(&self) -> StatusCode {
        self.status()
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status());
        if let Self::SignInFirst(location) = self {
            response.insert_header((header::LOCATION, location.as_str()));
        }
        if let Some(seconds) = self.retry_after() {
            response.insert_header((header::RETRY_AFTER, seconds));
        }
        response.content_type("text/plain; charset=utf-8").body(self.status().to_string())
    }
}

impl From<store::Error> for PageError {
    fn from(error: store::Error) -> Self {
        if error.is_temporary() { Self::Unavailable(error.to_string()) } else { Self::Fault(error.to_string()) }
    }
}

impl From<ephemeral::Error> for PageError {
    fn from(error: ephemeral::Error) -> Self {
        match error {
            ephemeral::Error::Unavailable(_) => Self::Unavailable(error.to_string()),
            ephemeral::Error::Fault(_) => Self::Fault(error.to_string()),
        }
    }
}

impl From<Limited> for PageError {
    fn from(limited: Limited) -> Self {
        Self::Limited { retry_after: limited.seconds() }
    }
}

/// What no form can put right.
impl From<users::Error> for PageError {
    fn from(error: users::Error) -> Self {
        match error {
            users::Error::Store(error) => error.into(),
            users::Error::NotFound => Self::NotFound,
            error => Self::Fault(error.to_string()),
        }
    }
}

impl From<clients::Error> for PageError {
    fn from(error: clients::Error) -> Self {
        match error {
            clients::Error::Store(error) => error.into(),
            clients::Error::NotFound => Self::NotFound,
            error @ clients::Error::Invalid(_) => Self::Fault(error.to_string()),
        }
    }
}

impl From<KeyError> for PageError {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Store(error) => error.into(),
            error => Self::Fault(error.to_string()),
        }
    }
}

/// A refusal that no page foresaw is a fault of ours.
impl From<tokens::Error> for PageError {
    fn from(error: tokens::Error) -> Self {
        match error {
            tokens::Error::Refused(error) => Self::Fault(error.description().to_owned()),
            tokens::Error::Store(error) => error.into(),
            tokens::Error::Key(error) => error.into(),
        }
    }
}

impl From<askama::Error> for PageError {
    fn from(error: askama::Error) -> Self {
        Self::Fault(format!("a page could not be rendered: {error}"))
    }
}

/// A failure of a protocol endpoint: JSON by RFC 6749 §5.2, never cached.
#[derive(Debug)]
pub struct ProtocolError {
    /// What the client is told.
    pub error: OAuthError,
    /// The value of `WWW-Authenticate`.
    pub challenge: Option<String>,
}

impl std::fmt::Display for ProtocolError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.error.code().as_str(), self.error.description())
    }
}

impl ResponseError for ProtocolError {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        if let Some(challenge) = &self.challenge {
            response.insert_header((header::WWW_AUTHENTICATE, challenge.as_str()));
        }
        if let Some(seconds) = self.error.retry_after() {
            response.insert_header((header::RETRY_AFTER, seconds));
        }
        no_store(&mut response).json(&self.error)
    }
}

impl From<OAuthError> for ProtocolError {
    fn from(error: OAuthError) -> Self {
        Self { error, challenge: None }
    }
}

impl From<store::Error> for ProtocolError {
    fn from(error: store::Error) -> Self {
        failed(error.is_temporary(), &error).into()
    }
}

impl From<ephemeral::Error> for ProtocolError {
    fn from(error: ephemeral::Error) -> Self {
        failed(matches!(error, ephemeral::Error::Unavailable(_)), &error).into()
    }
}

impl From<KeyError> for ProtocolError {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Store(error) => error.into(),
            error => failed(false, &error).into(),
        }
    }
}

impl From<tokens::Error> for ProtocolError {
    fn from(error: tokens::Error) -> Self {
        match error {
            tokens::Error::Refused(error) => error.into(),
            tokens::Error::Store(error) => error.into(),
            tokens::Error::Key(error) => error.into(),
        }
    }
}

/// The client's own fault, or its server's: told to both sides.
impl From<ClientKeyError> for ProtocolError {
    fn from(error: ClientKeyError) -> Self {
        tracing::info!(%error, "an answer cannot be encrypted to its client");
        error.refusal().into()
    }
}

impl From<PageError> for ProtocolError {
    fn from(error: PageError) -> Self {
        match error {
            PageError::NotFound => OAuthError::invalid_request("there is no such realm").into(),
            PageError::Unavailable(_) => failed(true, &error).into(),
            error => failed(false, &error).into(),
        }
    }
}

/// A failure of ours as the client is told of it; its cause goes to the log, once.
pub fn failed(temporary: bool, cause: &dyn std::fmt::Display) -> OAuthError {
    if temporary {
        tracing::warn!(%cause, "not available");
        OAuthError::temporarily_unavailable("the server cannot answer now: try again").with_retry_after(RETRY_AFTER)
    } else {
        tracing::error!(%cause, "a request failed");
        OAuthError::server_error("the server failed: its log tells more")
    }
}

/// Tokens, codes and what is said of them are never kept by a cache (RFC 6749 §5.1).
pub fn no_store(response: &mut HttpResponseBuilder) -> &mut HttpResponseBuilder {
    response.insert_header((header::CACHE_CONTROL, "no-store")).insert_header((header::PRAGMA, "no-cache"))
}
