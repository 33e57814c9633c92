//! Scopes (RFC 6749 §3.3).

use std::collections::HashSet;
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

/// The most tokens of a scope that a request names, counted as they come.
const MAX_TOKENS: usize = 200;

/// How many tokens are looked through one by one. Among more a table finds one sooner than it takes to look at each.
const FEW: usize = 16;

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
        if tokens(text).all(is_scope_token) {
            return Ok(Self::distinct(&tokens(text), text.len()));
        }
        Err(OAuthError::invalid_scope("the scope holds a character that RFC 6749 section 3.3 forbids"))
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
    pub fn iter(&self) -> impl Iterator<Item = &str> + Clone {
        tokens(&self.0)
    }

    /// Whether it holds this token.
    pub fn contains(&self, token: &str) -> bool {
        self.iter().any(|own| own == token)
    }

    /// Whether every token of this scope is in the other.
    pub fn is_subset(&self, other: &Self) -> bool {
        let other = other.members_for(self);
        self.iter().all(|token| other.contain(token))
    }

    /// The tokens of this scope that are also in the other.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        let other = other.members_for(self);
        self.filtered(|token| other.contain(token))
    }

    /// The tokens of this scope that are not in the other.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        let other = other.members_for(self);
        self.filtered(|token| !other.contain(token))
    }

    /// The tokens of this scope, then those of the other that are new.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        Self::distinct(&self.iter().chain(other.iter()), self.0.len() + other.0.len() + 1)
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

    /// This scope with these few tokens besides.
    #[must_use]
    pub(crate) fn with<'a>(&self, tokens: impl Iterator<Item = &'a str>) -> Self {
        let mut wider = self.clone();
        for token in tokens {
            if !wider.contains(token) {
                wider.push(token);
            }
        }
        wider
    }

    /// These tokens in their order, each once; about so many `bytes` of text.
    fn distinct<'a>(tokens: &(impl Iterator<Item = &'a str> + Clone), bytes: usize) -> Self {
        let (mut scope, mut seen) = (Self(String::with_capacity(bytes)), HashSet::new());
        for (before, token) in tokens.clone().enumerate() {
            if before == FEW {
                seen.extend(tokens.clone().take(before));
            }
            let is_new = if before < FEW { !scope.contains(token) } else { seen.insert(token) };
            if is_new {
                scope.push(token);
            }
        }
        scope
    }

    /// Its tokens, to look those of `asked` up among them.
    fn members_for(&self, asked: &Self) -> Members<'_> {
        let both_are_many = [self, asked].into_iter().all(|scope| scope.iter().nth(FEW).is_some());
        if both_are_many { Members::Many(self.iter().collect()) } else { Members::Few(self) }
    }

    fn push(&mut self, token: &str) {
        if !self.0.is_empty() {
            self.0.push(' ');
        }
        self.0.push_str(token);
    }
}

/// Reads what a request names: tokens parted by spaces; a token that comes twice is kept once. Anything else is `invalid_scope`.
impl FromStr for Scope {
    type Err = OAuthError;

    fn from_str(text: &str) -> Result<Self, OAuthError> {
        check_length(text)?;
        if tokens(text).nth(MAX_TOKENS).is_some() {
            return Err(OAuthError::invalid_scope("the scope has more than 200 tokens"));
        }
        Self::stored(text)
    }
}

/// Reads what is registered for an application: of any number of tokens.
impl TryFrom<String> for Scope {
    type Error = OAuthError;

    fn try_from(text: String) -> Result<Self, OAuthError> {
        check_length(&text)?;
        Self::stored(&text)
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

/// The tokens of a scope, to be looked up.
enum Members<'a> {
    Few(&'a Scope),
    Many(HashSet<&'a str>),
}

impl Members<'_> {
    fn contain(&self, token: &str) -> bool {
        match self {
            Self::Few(scope) => scope.contains(token),
            Self::Many(tokens) => tokens.contains(token),
        }
    }
}

fn tokens(text: &str) -> impl Iterator<Item = &str> + Clone {
    text.split(' ').filter(|token| !token.is_empty())
}

fn check_length(text: &str) -> Result<(), OAuthError> {
    if text.len() <= MAX_BYTES {
        return Ok(());
    }
    Err(OAuthError::invalid_scope("the scope is longer than 4096 bytes"))
}

/// RFC 6749 §3.3: `1*( %x21 / %x23-5B / %x5D-7E )`.
pub fn is_scope_token(token: &str) -> bool {
    !token.is_empty() && token.bytes().all(|byte| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e))
}
