//! The token response (RFC 6749 §5.1, OpenID Connect Core §3.1.3.3).

use std::fmt;

use serde::Serialize;

use super::Scope;

named_enum! {
    /// How an access token is used.
    pub enum TokenType as "token_type" {
        /// Whoever has it may use it (RFC 6750).
        Bearer = "Bearer",
    }
}

/// The tokens that answer a token request. To be sent with `Cache-Control: no-store`, never logged.
#[derive(Clone, Serialize)]
pub struct TokenResponse {
    /// The access token.
    pub access_token: String,
    /// How it is used.
    pub token_type: TokenType,
    /// Its lifetime, in seconds.
    pub expires_in: u64,
    /// What it is good for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<Scope>,
    /// The refresh token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    /// The ID token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_token: Option<String>,
}

impl fmt::Debug for TokenResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenResponse").field("scope", &self.scope).finish_non_exhaustive()
    }
}
