//! The introspection response (RFC 7662 §2.2).

use serde::Serialize;

use super::Scope;
use super::claims::Audience;
use super::token_response::TokenType;

/// What a token is worth now. Of a token that is not active it says nothing else.
#[derive(Debug, Clone, Default, Serialize)]
pub struct IntrospectionResponse {
    /// Whether the token may be used.
    pub active: bool,
    /// Its scope.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<Scope>,
    /// The client that it was issued to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// The user's name, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// How it is used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_type: Option<TokenType>,
    /// Its end, in seconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exp: Option<i64>,
    /// Its beginning, in seconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iat: Option<i64>,
    /// Its subject.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub: Option<String>,
    /// Whom it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aud: Option<Audience<'static>>,
    /// Who issued it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iss: Option<String>,
    /// Its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jti: Option<String>,
    /// How strongly the user was authenticated (RFC 9470 §6.2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acr: Option<String>,
    /// When the user was authenticated, in seconds since the epoch (RFC 9470 §6.2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth_time: Option<i64>,
}

impl IntrospectionResponse {
    /// Unknown, expired, revoked, or none of the caller's business: one answer for all (RFC 7662 §2.2).
    pub fn inactive() -> Self {
        Self::default()
    }
}
