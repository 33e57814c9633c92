//! The parameters of a request, from a query or a form body (RFC 6749 §3.1, §3.2, appendix B).

use std::fmt;

use super::OAuthError;
use super::form;

/// The most bytes of a query or body that are read.
pub const MAX_BYTES: usize = 64 * 1024;

/// The parameters that some endpoint reads. Every other is unknown, and an unknown one is dropped (RFC 6749 §3.1).
pub const KNOWN: &[&str] = &[
    "access_token",
    "acr_values",
    "claims",
    "claims_locales",
    "client_assertion",
    "client_assertion_type",
    "client_id",
    "client_secret",
    "code",
    "code_challenge",
    "code_challenge_method",
    "code_verifier",
    "display",
    "grant_type",
    "id_token_hint",
    "login_hint",
    "logout_hint",
    "max_age",
    "nonce",
    "post_logout_redirect_uri",
    "prompt",
    "redirect_uri",
    "refresh_token",
    "request",
    "request_uri",
    "resource",
    "response_mode",
    "response_type",
    "scope",
    "state",
    "token",
    "token_type_hint",
    "ui_locales",
];

/// The parameters that may come several times (RFC 8707 §2).
const REPEATABLE: &[&str] = &["resource"];

/// Known parameters with a value, in the order in which they came. Their values never show in a log.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Parameters {
    pairs: Vec<(&'static str, String)>,
    repeated: Vec<&'static str>,
}

impl Parameters {
    /// Reads a query or body and refuses every fault in it at once.
    ///
    /// # Errors
    /// `invalid_request`: too long, badly encoded, a parameter twice, or a control character in a value.
    pub fn parse(encoded: &[u8]) -> Result<Self, OAuthError> {
        let parameters = Self::read(encoded)?;
        parameters.check()?;
        Ok(parameters)
    }

    /// Reads a query or body whose single faults are reported later, by [`Parameters::only`] and [`Parameters::check`]:
    /// the authorization endpoint must know the client and its redirect URI before it may send an error there.
    ///
    /// # Errors
    /// `invalid_request`: longer than [`MAX_BYTES`], a broken percent-encoding, or not UTF-8.
    pub fn read(encoded: &[u8]) -> Result<Self, OAuthError> {
        if encoded.len() > MAX_BYTES {
            return Err(OAuthError::invalid_request("the request's parameters are longer than 64 KiB"));
        }
        let mut parameters = Self::default();
        for pair in encoded.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
            let equals = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
            let value = pair.get(equals + 1..).unwrap_or_default();
            let decoded = form::decode(&pair[..equals]).zip(form::decode(value));
            let (name, value) = decoded
                .ok_or_else(|| OAuthError::invalid_request("the request's parameters are not form-urlencoded UTF-8"))?;
            parameters.insert(&name, value);
        }
        Ok(parameters)
    }

    /// The parameters of a request that came otherwise than encoded; what is unknown or empty is left out.
    pub fn of(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut parameters = Self::default();
        for (name, value) in pairs {
            parameters.insert(&name, value);
        }
        parameters
    }

    /// Whether some endpoint reads a parameter of this name.
    pub fn is_known(name: &str) -> bool {
        KNOWN.contains(&name)
    }

    /// The value of a parameter, if it came exactly once.
    pub fn one(&self, name: &str) -> Option<&str> {
        debug_assert!(KNOWN.contains(&name), "{name} is missing in KNOWN and would never be seen");
        if self.repeated.contains(&name) {
            return None;
        }
        self.all(name).next()
    }

    /// The value of a parameter, refusing a fault in it.
    ///
    /// # Errors
    /// `invalid_request`: it came twice (RFC 6749 §3.1), or holds a control character.
    pub fn only(&self, name: &str) -> Result<Option<&str>, OAuthError> {
        if self.repeated.contains(&name) {
            return Err(repeated(name));
        }
        match self.one(name) {
            Some(value) if holds_control(name, value) => Err(control(name)),
            value => Ok(value),
        }
    }

    /// Refuses the first fault of any parameter.
    ///
    /// # Errors
    /// As [`Parameters::only`].
    pub fn check(&self) -> Result<(), OAuthError> {
        if let Some(name) = self.repeated.first() {
            return Err(repeated(name));
        }
        match self.iter().find(|(name, value)| holds_control(name, value)) {
            Some((name, _)) => Err(control(name)),
            None => Ok(()),
        }
    }

    /// Every value of a parameter that may come several times.
    pub fn all<'a, 'n>(&'a self, name: &'n str) -> impl Iterator<Item = &'a str> + use<'a, 'n> {
        self.iter().filter(move |(known, _)| *known == name).map(|(_, value)| value)
    }

    /// The parameters, in the order in which they came.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.pairs.iter().map(|(name, value)| (*name, value.as_str()))
    }

    /// The parameters as form-urlencoded text, for a query or a body. What came twice comes twice again: the fault stays one.
    pub fn encode(&self) -> String {
        let mut text = String::new();
        let again = self.iter().filter(|(name, _)| self.repeated.contains(name));
        for (name, value) in self.iter().chain(again) {
            form::append(&mut text, name, value);
        }
        text
    }

    /// Whether [`Parameters::encode`] makes no more than `bytes` of them.
    pub fn fit(&self, bytes: usize) -> bool {
        // Each byte becomes three at most, which is enough to know of nearly every request.
        let most: usize = self.iter().map(|(name, value)| 3 * value.len() + name.len() + 2).sum();
        (self.repeated.is_empty() && most <= bytes) || self.encode().len() <= bytes
    }

    /// Keeps a known parameter with a value (RFC 6749 §3.1: an empty one counts as absent, an unknown one is ignored).
    fn insert(&mut self, name: &str, value: String) {
        let Some(known) = KNOWN.iter().copied().find(|known| *known == name) else { return };
        if value.is_empty() {
            return;
        }
        if self.repeated.contains(&known) {
            return;
        }
        // All that came before is looked through for each name twice at most.
        if !REPEATABLE.contains(&known) && self.pairs.iter().any(|(earlier, _)| *earlier == known) {
            self.repeated.push(known);
            return;
        }
        self.pairs.push((known, value));
    }
}

/// JSON may stand on several lines.
fn holds_control(name: &str, value: &str) -> bool {
    // Nearly every value: looked at to its end, as that takes many bytes at once.
    if value.bytes().fold(true, |plain, byte| plain & matches!(byte, b' '..=b'~')) {
        return false;
    }
    let is_space = |character: char| name == "claims" && matches!(character, '\n' | '\r' | '\t');
    value.chars().any(|character| character.is_control() && !is_space(character))
}

fn repeated(name: &str) -> OAuthError {
    OAuthError::invalid_request(format!("the parameter {name} came more than once"))
}

fn control(name: &str) -> OAuthError {
    OAuthError::invalid_request(format!("the parameter {name} holds a control character"))
}

/// Names only: the values are codes, tokens and secrets.
impl fmt::Debug for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.pairs.iter().map(|(name, _)| name)).finish()
    }
}
