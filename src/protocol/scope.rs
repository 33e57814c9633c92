//! Scopes (RFC 6749 §3.3).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::OAuthError;

/// Asks for an ID token (OpenID Connect Core §3.1.2.1).
pub const OPENID: &str = "openid";
/// Asks for the profile claims (OpenID Connect Core §5.4).
pub const PROFILE: &str = "profile";
/// Asks for the e-mail claims (OpenID Connect Core §5.4).
pub const EMAIL: &str = "email";
/// Asks for the address claim (OpenID Connect Core §5.4).
pub const ADDRESS: &str = "address";
/// Asks for the telephone claims (OpenID Connect Core §5.4).
pub const PHONE: &str = "phone";
/// Asks for a refresh token that outlives the session (OpenID Connect Core §11).
pub const OFFLINE_ACCESS: &str = "offline_access";

/// The scopes that every realm knows; a resource server brings its own.
pub const STANDARD: &[&str] = &[OPENID, PROFILE, EMAIL, ADDRESS, PHONE, OFFLINE_ACCESS];

/// The most bytes of a scope that somebody sends.
const MAX_BYTES: usize = 4096;

/// An ordered set of scope tokens, kept as its space-delimited text: one allocation.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Scope(String);

impl Scope {
    /// A scope of our own rows, however long: what users allow adds up.
    ///
    /// # Errors
    /// `invalid_scope`: a character that RFC 6749 §3.3 forbids.
    pub fn stored(text: &str) -> Result<Self, OAuthError> {
        let mut scope = Self(String::with_capacity(text.len()));
        for token in text.split(' ').filter(|token| !token.is_empty()) {
            if !is_scope_token(token) {
                return Err(OAuthError::invalid_scope("the scope holds a character that RFC 6749 section 3.3 forbids"));
            }
            scope.insert(token);
        }
        Ok(scope)
    }

    /// The space-delimited text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it holds no token.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The tokens, in the order in which they came.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.split(' ').filter(|token| !token.is_empty())
    }

    /// Whether it holds this token.
    pub fn contains(&self, token: &str) -> bool {
        self.iter().any(|own| own == token)
    }

    /// Whether every token of this scope is in the other.
    pub fn is_subset(&self, other: &Self) -> bool {
        self.iter().all(|token| other.contains(token))
    }

    /// The tokens of this scope that are also in the other.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        self.filtered(|token| other.contains(token))
    }

    /// The tokens of this scope that are not in the other.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        self.filtered(|token| !other.contains(token))
    }

    /// The tokens of this scope, then those of the other that are new.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        let mut union = self.clone();
        for token in other.iter() {
            union.insert(token);
        }
        union
    }

    /// The tokens for which `keep` says yes.
    #[must_use]
    pub fn filtered(&self, mut keep: impl FnMut(&str) -> bool) -> Self {
        let mut filtered = Self::default();
        for token in self.iter().filter(|token| keep(token)) {
            filtered.push(token);
        }
        filtered
    }

    /// This scope with these tokens besides.
    #[must_use]
    pub(crate) fn with<'a>(&self, tokens: impl Iterator<Item = &'a str>) -> Self {
        let mut wider = self.clone();
        tokens.for_each(|token| wider.insert(token));
        wider
    }

    fn insert(&mut self, token: &str) {
        if !self.contains(token) {
            self.push(token);
        }
    }

    fn push(&mut self, token: &str) {
        if !self.0.is_empty() {
            self.0.push(' ');
        }
        self.0.push_str(token);
    }
}

/// Reads tokens parted by spaces; a token that comes twice counts once. Anything else is `invalid_scope`.
impl FromStr for Scope {
    type Err = OAuthError;

    fn from_str(text: &str) -> Result<Self, OAuthError> {
        if text.len() > MAX_BYTES {
            return Err(OAuthError::invalid_scope("the scope is longer than 4096 bytes"));
        }
        Self::stored(text)
    }
}

impl TryFrom<String> for Scope {
    type Error = OAuthError;

    fn try_from(text: String) -> Result<Self, OAuthError> {
        text.parse()
    }
}

impl From<Scope> for String {
    fn from(scope: Scope) -> Self {
        scope.0
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// RFC 6749 §3.3: `1*( %x21 / %x23-5B / %x5D-7E )`.
pub fn is_scope_token(token: &str) -> bool {
    !token.is_empty() && token.bytes().all(|byte| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e))
}
