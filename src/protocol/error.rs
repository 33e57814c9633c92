//! Protocol errors: the codes, the one table of their HTTP statuses, and the error answer.

use std::borrow::Cow;
use std::fmt;

use serde::{Serialize, Serializer, ser::SerializeMap as _};

named_enum! {
    /// An error code of the OAuth and OpenID Connect registries.
    pub enum ErrorCode as "error" {
        /// The request is malformed (RFC 6749 §4.1.2.1, §5.2; RFC 6750 §3.1).
        InvalidRequest = "invalid_request",
        /// Client authentication failed (RFC 6749 §5.2).
        InvalidClient = "invalid_client",
        /// The code, refresh token or verifier is wrong, used, expired or another client's (RFC 6749 §5.2).
        InvalidGrant = "invalid_grant",
        /// The client may not use this grant or response type (RFC 6749 §4.1.2.1, §5.2).
        UnauthorizedClient = "unauthorized_client",
        /// The grant type is not served here (RFC 6749 §5.2).
        UnsupportedGrantType = "unsupported_grant_type",
        /// The scope is malformed, unknown, or wider than granted (RFC 6749 §4.1.2.1, §5.2).
        InvalidScope = "invalid_scope",
        /// The resource is malformed, unknown or not allowed (RFC 8707 §2).
        InvalidTarget = "invalid_target",
        /// The user or the server said no (RFC 6749 §4.1.2.1).
        AccessDenied = "access_denied",
        /// The response type is not served here (RFC 6749 §4.1.2.1).
        UnsupportedResponseType = "unsupported_response_type",
        /// A fault of ours (RFC 6749 §4.1.2.1).
        ServerError = "server_error",
        /// Try again later (RFC 6749 §4.1.2.1).
        TemporarilyUnavailable = "temporarily_unavailable",
        /// `prompt=none`, and nobody is signed in (OpenID Connect Core §3.1.2.6).
        LoginRequired = "login_required",
        /// `prompt=none`, and a page has to be shown (OpenID Connect Core §3.1.2.6).
        InteractionRequired = "interaction_required",
        /// `prompt=none`, and consent has to be asked (OpenID Connect Core §3.1.2.6).
        ConsentRequired = "consent_required",
        /// `prompt=none`, and an account has to be chosen (OpenID Connect Core §3.1.2.6).
        AccountSelectionRequired = "account_selection_required",
        /// Request objects by value are not served (OpenID Connect Core §3.1.2.6, RFC 9101 §6).
        RequestNotSupported = "request_not_supported",
        /// Request objects by reference are not served (OpenID Connect Core §3.1.2.6, RFC 9101 §6).
        RequestUriNotSupported = "request_uri_not_supported",
        /// The request object is malformed, unsigned, expired or not for us (RFC 9101 §6.2, §7).
        InvalidRequestObject = "invalid_request_object",
        /// The request object cannot be fetched, or its URI is not registered (RFC 9101 §5.2, §7).
        InvalidRequestUri = "invalid_request_uri",
        /// An essential `acr` cannot be reached (OpenID Connect Core Unmet Authentication Requirements §2).
        UnmetAuthenticationRequirements = "unmet_authentication_requirements",
        /// A redirect URI cannot be registered (RFC 7591 §3.2.2).
        InvalidRedirectUri = "invalid_redirect_uri",
        /// A member of client metadata is wrong (RFC 7591 §3.2.2).
        InvalidClientMetadata = "invalid_client_metadata",
        /// The software statement is none, or not sound (RFC 7591 §3.2.2).
        InvalidSoftwareStatement = "invalid_software_statement",
        /// Whoever made the software statement is not trusted here (RFC 7591 §3.2.2).
        UnapprovedSoftwareStatement = "unapproved_software_statement",
        /// The access token is malformed, expired or revoked (RFC 6750 §3.1).
        InvalidToken = "invalid_token",
        /// The access token's scope is too narrow (RFC 6750 §3.1).
        InsufficientScope = "insufficient_scope",
        /// This type of token cannot be revoked (RFC 7009 §2.2.1).
        UnsupportedTokenType = "unsupported_token_type",
    }
}

impl ErrorCode {
    /// The HTTP status of a direct answer with this code: the only table of them.
    pub const fn status(self) -> u16 {
        match self {
            Self::InvalidClient | Self::InvalidToken => 401,
            Self::InsufficientScope => 403,
            Self::ServerError => 500,
            Self::TemporarilyUnavailable => 503,
            Self::InvalidRequest
            | Self::InvalidGrant
            | Self::UnauthorizedClient
            | Self::UnsupportedGrantType
            | Self::InvalidScope
            | Self::InvalidTarget
            | Self::AccessDenied
            | Self::UnsupportedResponseType
            | Self::LoginRequired
            | Self::InteractionRequired
            | Self::ConsentRequired
            | Self::AccountSelectionRequired
            | Self::RequestNotSupported
            | Self::RequestUriNotSupported
            | Self::InvalidRequestObject
            | Self::InvalidRequestUri
            | Self::InvalidRedirectUri
            | Self::InvalidClientMetadata
            | Self::InvalidSoftwareStatement
            | Self::UnapprovedSoftwareStatement
            | Self::UnmetAuthenticationRequirements
            | Self::UnsupportedTokenType => 400,
        }
    }
}

/// An error answer. It says what the client's developer needs to know; a fault's cause is logged, never in here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OAuthError {
    code: ErrorCode,
    description: Cow<'static, str>,
    retry_after: Option<u64>,
    too_many: bool,
}

impl OAuthError {
    /// An error with a description for the developer, forced into the characters that RFC 6749 §5.2 allows.
    pub fn new(code: ErrorCode, description: impl Into<Cow<'static, str>>) -> Self {
        Self { code, description: allowed_characters(description.into()), retry_after: None, too_many: false }
    }

    /// Too many requests (RFC 6585 §4), with the seconds to wait and the code that comes nearest: RFC 6749 has none for it.
    pub fn too_many_requests(description: impl Into<Cow<'static, str>>, retry_after: u64) -> Self {
        let error = Self::temporarily_unavailable(description).with_retry_after(retry_after);
        Self { too_many: true, ..error }
    }

    /// The same error with a `Retry-After`, in seconds (RFC 9110 §10.2.3).
    #[must_use]
    pub fn with_retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// The error code.
    pub const fn code(&self) -> ErrorCode {
        self.code
    }

    /// What went wrong, for the client's developer.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// Seconds after which to try again.
    pub const fn retry_after(&self) -> Option<u64> {
        self.retry_after
    }

    /// The HTTP status of a direct answer.
    pub const fn status(&self) -> u16 {
        if self.too_many { 429 } else { self.code.status() }
    }
}

macro_rules! constructors {
    ($( $name:ident => $code:ident, )+) => {
        impl OAuthError {
            $(
                #[doc = concat!("[`ErrorCode::", stringify!($code), "`] with a description.")]
                pub fn $name(description: impl Into<Cow<'static, str>>) -> Self {
                    Self::new(ErrorCode::$code, description)
                }
            )+
        }
    };
}

constructors! {
    invalid_request => InvalidRequest,
    invalid_client => InvalidClient,
    invalid_grant => InvalidGrant,
    unauthorized_client => UnauthorizedClient,
    unsupported_grant_type => UnsupportedGrantType,
    invalid_scope => InvalidScope,
    invalid_target => InvalidTarget,
    access_denied => AccessDenied,
    unsupported_response_type => UnsupportedResponseType,
    server_error => ServerError,
    temporarily_unavailable => TemporarilyUnavailable,
    login_required => LoginRequired,
    interaction_required => InteractionRequired,
    consent_required => ConsentRequired,
    account_selection_required => AccountSelectionRequired,
    request_not_supported => RequestNotSupported,
    request_uri_not_supported => RequestUriNotSupported,
    invalid_request_uri => InvalidRequestUri,
    unmet_authentication_requirements => UnmetAuthenticationRequirements,
    invalid_token => InvalidToken,
    insufficient_scope => InsufficientScope,
    unsupported_token_type => UnsupportedTokenType,
}

impl fmt::Display for OAuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.description)
    }
}

impl std::error::Error for OAuthError {}

/// The JSON of RFC 6749 §5.2: `error` and `error_description`.
impl Serialize for OAuthError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("error", self.code.as_str())?;
        map.serialize_entry("error_description", self.description())?;
        map.end()
    }
}

/// RFC 6749 §5.2: `%x20-21 / %x23-5B / %x5D-7E`; anything else becomes an apostrophe, a slash or a question mark.
fn allowed_characters(text: Cow<'static, str>) -> Cow<'static, str> {
    if text.chars().all(is_allowed) {
        return text;
    }
    let replaced = text.chars().map(|character| match character {
        allowed if is_allowed(allowed) => allowed,
        '"' => '\'',
        '\\' => '/',
        _ => '?',
    });
    Cow::Owned(replaced.collect())
}

fn is_allowed(character: char) -> bool {
    matches!(character, ' '..='~') && character != '"' && character != '\\'
}
