//! Redirect URIs: what may be registered, and what a registered one matches (RFC 9700 §4.1.3, RFC 8252 §7, §8.4).
//!
//! Everything here compares and cuts the string itself. A URL parser normalises, and two strings that a parser takes for
//! equal may lead a browser to two places.

mod registration;

use std::fmt;

use serde::{Serialize, Serializer};

use super::client_metadata::ClientKind;
use super::form;

pub use registration::RedirectUriFault;

/// The most bytes of a redirect URI.
pub const MAX_BYTES: usize = 2048;

/// A URI that a client registered, for authorization responses or for the return from logout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisteredRedirectUri {
    text: String,
    target: Target,
}

/// Where a redirect URI leads, which decides how it is matched and how far it is trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    /// `https` at a host that somebody owns.
    ClaimedHttps,
    /// The user's own machine, at exactly the port registered.
    Local,
    /// The user's own machine, at any port (RFC 8252 §7.3); `host_end` is where the port begins.
    Loopback { host_end: usize, path_start: usize },
    /// An application that registered the scheme with its operating system (RFC 8252 §7.1).
    PrivateUse,
}

impl RegisteredRedirectUri {
    /// Reads a URI that a client of this kind wants to register.
    ///
    /// # Errors
    /// The rule that the URI breaks, in words for the person who registers it.
    pub fn parse(text: &str, kind: ClientKind) -> Result<Self, RedirectUriFault> {
        Ok(Self { text: text.to_owned(), target: registration::target(text, kind)? })
    }

    /// The URI as registered.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether a requested URI is this one, byte for byte; only the port of a loopback address is free (RFC 8252 §7.3).
    pub fn matches(&self, requested: &str) -> bool {
        if requested == self.text {
            return true;
        }
        match self.target {
            Target::Loopback { host_end, path_start } => {
                let (host, path) = (&self.text[..host_end], &self.text[path_start..]);
                requested.strip_prefix(host).is_some_and(|rest| without_port(rest) == Some(path))
            }
            Target::ClaimedHttps | Target::Local | Target::PrivateUse => false,
        }
    }

    /// The requested URI as a proven one, if this registration matches it: the only source of a [`RedirectUri`].
    pub fn prove(&self, requested: &str) -> Option<RedirectUri> {
        self.matches(requested).then(|| RedirectUri { text: requested.to_owned(), target: self.target })
    }

    /// The host, without a port; none where the scheme is private.
    pub fn host(&self) -> Option<&str> {
        let (_, after_scheme) = self.text.split_once("://").filter(|_| !self.is_private_use())?;
        let authority = after_scheme.split(['/', '?']).next()?;
        match authority.split_once(']') {
            // An IPv6 address has colons of its own.
            Some((address, _)) => authority.get(..=address.len()),
            None => authority.split(':').next(),
        }
    }

    /// Whether it is `https` at a host that only its owner can answer for.
    pub const fn is_claimed_https(&self) -> bool {
        matches!(self.target, Target::ClaimedHttps)
    }

    /// Whether it has a private-use scheme, which any application on the device could claim (RFC 8252 §8.6).
    pub const fn is_private_use(&self) -> bool {
        matches!(self.target, Target::PrivateUse)
    }

    /// Whether it leads to the user's own machine.
    pub const fn is_loopback(&self) -> bool {
        matches!(self.target, Target::Loopback { .. } | Target::Local)
    }
}

impl fmt::Display for RegisteredRedirectUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Serialize for RegisteredRedirectUri {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

/// What follows an optional port: 1 to 65535 without leading zeros. `None` if a colon is followed by anything else.
fn without_port(after_host: &str) -> Option<&str> {
    let Some(after_colon) = after_host.strip_prefix(':') else { return Some(after_host) };
    let digits = after_colon.bytes().take_while(u8::is_ascii_digit).count();
    let (port, rest) = after_colon.split_at(digits);
    is_port(port).then_some(rest)
}

fn is_port(text: &str) -> bool {
    !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u16>().is_ok()
}

/// Proves the URI that a request named, or finds the one that it may leave out (RFC 6749 §3.1.2.3): the only one registered.
/// `None`: answer with an error page and send nothing anywhere.
pub fn prove(registered: &[RegisteredRedirectUri], requested: Option<&str>) -> Option<RedirectUri> {
    match (requested, registered) {
        (Some(requested), _) => registered.iter().find_map(|uri| uri.prove(requested)),
        (None, [only]) => only.prove(only.as_str()),
        (None, _) => None,
    }
}

/// A URI that a registration matched: only to such a one may a response or an error be sent. It can be written to storage
/// but not read back: whoever goes on later proves it again, against what the client has registered then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedirectUri {
    text: String,
    target: Target,
}

impl RedirectUri {
    /// The URI as requested.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// As [`RegisteredRedirectUri::is_claimed_https`].
    pub const fn is_claimed_https(&self) -> bool {
        matches!(self.target, Target::ClaimedHttps)
    }

    /// As [`RegisteredRedirectUri::is_private_use`].
    pub const fn is_private_use(&self) -> bool {
        matches!(self.target, Target::PrivateUse)
    }

    /// As [`RegisteredRedirectUri::is_loopback`].
    pub const fn is_loopback(&self) -> bool {
        matches!(self.target, Target::Loopback { .. } | Target::Local)
    }

    /// The place to show on the consent page: host and port, or `scheme:` where the scheme is private.
    pub fn destination(&self) -> &str {
        let scheme_end = self.text.find(':').map_or(0, |colon| colon + 1);
        if self.is_private_use() {
            return &self.text[..scheme_end];
        }
        let authority = self.text[scheme_end..].trim_start_matches('/');
        authority.split(['/', '?']).next().unwrap_or(authority)
    }

    /// The URI with parameters added to whatever query it has of its own (RFC 6749 §3.1.2, §4.1.2).
    pub fn with_parameters<'a>(&self, parameters: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
        let mut text = self.text.clone();
        for (name, value) in parameters {
            if !text.contains('?') {
                text.push('?');
            }
            form::append(&mut text, name, value);
        }
        text
    }

    /// The URI with parameters in its fragment, of which a registered one has none (RFC 6749 §4.2.2).
    pub fn with_fragment<'a>(&self, parameters: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
        let mut fragment = String::new();
        for (name, value) in parameters {
            form::append(&mut fragment, name, value);
        }
        format!("{}#{fragment}", self.text)
    }
}

impl fmt::Display for RedirectUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Serialize for RedirectUri {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}
