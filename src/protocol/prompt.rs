//! The `prompt` parameter (OpenID Connect Core §3.1.2.1; Initiating User Registration via OpenID Connect §4).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::OAuthError;

named_enum! {
    /// What the client wants the user to be asked.
    pub enum Prompt as "prompt" {
        /// Nothing: answer without showing a page, or with an error.
        None = "none",
        /// To sign in again.
        Login = "login",
        /// For consent again.
        Consent = "consent",
        /// Which account.
        SelectAccount = "select_account",
        /// To create an account.
        Create = "create",
    }
}

/// The prompts of one request: a set, in which `none` stands alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Prompts(u8);

impl Prompts {
    /// No prompt asked for: show what is needed.
    pub const EMPTY: Self = Self(0);

    /// Whether the set holds this prompt.
    pub const fn contains(self, prompt: Prompt) -> bool {
        self.0 & Self::bit(prompt) != 0
    }

    /// Whether no prompt was asked for.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether no page may be shown: `prompt=none`.
    pub const fn is_none(self) -> bool {
        self.contains(Prompt::None)
    }

    /// The set with this prompt answered: a second pass through the endpoint does not ask again.
    #[must_use]
    pub const fn without(self, prompt: Prompt) -> Self {
        Self(self.0 & !Self::bit(prompt))
    }

    /// The prompts, in the order of [`Prompt::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Prompt> {
        Prompt::ALL.iter().copied().filter(move |prompt| self.contains(*prompt))
    }

    const fn bit(prompt: Prompt) -> u8 {
        1 << prompt as u8
    }
}

/// Space-delimited names; an unknown one, or `none` beside another, is `invalid_request`.
impl FromStr for Prompts {
    type Err = OAuthError;

    fn from_str(text: &str) -> Result<Self, OAuthError> {
        let mut prompts = Self::EMPTY;
        for name in text.split(' ').filter(|name| !name.is_empty()) {
            let prompt = name.parse::<Prompt>().map_err(|unknown| OAuthError::invalid_request(unknown.to_string()))?;
            prompts.0 |= Self::bit(prompt);
        }
        if prompts.is_none() && prompts != Self(Self::bit(Prompt::None)) {
            return Err(OAuthError::invalid_request("prompt=none cannot be combined with another prompt"));
        }
        Ok(prompts)
    }
}

impl TryFrom<String> for Prompts {
    type Error = OAuthError;

    fn try_from(text: String) -> Result<Self, OAuthError> {
        text.parse()
    }
}

impl From<Prompts> for String {
    fn from(prompts: Prompts) -> Self {
        prompts.to_string()
    }
}

impl fmt::Display for Prompts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, prompt) in self.iter().enumerate() {
            let gap = if index == 0 { "" } else { " " };
            write!(f, "{gap}{prompt}")?;
        }
        Ok(())
    }
}
