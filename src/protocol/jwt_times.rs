//! When a JWT is alive (RFC 7519 §4.1.4 to §4.1.6): one reading of its claims, one leeway, whoever made it.

use std::time::Duration;

use serde_json::{Map, Value};

use crate::clock::Timestamp;

/// How far ahead of ours the clock of who made it may be (protocol.md "Checked nearly everywhere"). An end has no leeway: a token that
/// is over for us is over.
pub const LEEWAY: Duration = Duration::from_secs(30);

/// The times that a JWT says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct JwtTimes {
    /// `exp`: when it ends.
    pub expires_at: Option<Timestamp>,
    /// `nbf`: when it begins.
    pub not_before: Option<Timestamp>,
    /// `iat`: when it was made.
    pub issued_at: Option<Timestamp>,
}

/// What is wrong with the times of a JWT, for the developer of who made it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JwtTimesFault {
    /// It is over.
    #[error("it has expired")]
    Expired,
    /// It begins later.
    #[error("iat or nbf is in the future: is the clock right?")]
    Ahead,
}

impl JwtTimes {
    /// The times in these claims, which [`CompactJws::claims`](super::jws::CompactJws::claims) has refused where one is no number.
    pub fn of(claims: &Map<String, Value>) -> Self {
        let at = |name| claims.get(name).and_then(date);
        Self { expires_at: at("exp"), not_before: at("nbf"), issued_at: at("iat") }
    }

    /// It has begun and not ended, as far as it says.
    ///
    /// # Errors
    /// [`JwtTimesFault::Expired`], [`JwtTimesFault::Ahead`].
    pub fn require(&self, now: Timestamp) -> Result<(), JwtTimesFault> {
        if self.expires_at.is_some_and(|end| end <= now) {
            return Err(JwtTimesFault::Expired);
        }
        let ahead = now + LEEWAY;
        let begins = [self.not_before, self.issued_at].into_iter().flatten();
        if begins.max().is_some_and(|begins| begins > ahead) { Err(JwtTimesFault::Ahead) } else { Ok(()) }
    }
}

/// A NumericDate (RFC 7519 §2), whose fraction does not matter.
fn date(value: &Value) -> Option<Timestamp> {
    #[expect(clippy::cast_possible_truncation, reason = "a time beyond the end of time is one that is far away")]
    let seconds = value.as_i64().or_else(|| value.as_f64().map(|seconds| seconds as i64))?;
    Some(Timestamp::from_seconds(seconds))
}
