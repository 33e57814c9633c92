//! What a new password must be. Length is counted after normalisation; nothing is ever cut off.

use unicode_normalization::UnicodeNormalization as _;
use zeroize::Zeroizing;

use crate::config;
use crate::secret::Secret;

/// How many times its composed bytes a text may have decomposed, in UTF-8, at most.
const DECOMPOSED: usize = 4;

/// The limits of a password.
#[derive(Debug, Clone)]
pub struct Policy {
    min_chars: usize,
    max_bytes: usize,
}

/// A rule that a password breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It has fewer characters.
    TooShort {
        /// The fewest characters.
        min_chars: usize,
    },
    /// It has more bytes.
    TooLong {
        /// The most bytes.
        max_bytes: usize,
    },
}

impl Fault {
    /// The id of the message that is shown at the field; its argument is [`Fault::limit`].
    pub const fn message_id(self) -> &'static str {
        match self {
            Self::TooShort { .. } => "password-too-short",
            Self::TooLong { .. } => "password-too-long",
        }
    }

    /// The limit that was missed: characters or bytes.
    pub const fn limit(self) -> usize {
        match self {
            Self::TooShort { min_chars } => min_chars,
            Self::TooLong { max_bytes } => max_bytes,
        }
    }
}

/// A password in Unicode's form NFC, so that every keyboard's spelling of it is the same (RFC 8265 §4.2.2).
pub struct Normalised(Zeroizing<String>);

impl Normalised {
    /// The text.
    pub fn into_text(self) -> Zeroizing<String> {
        self.0
    }
}

impl Policy {
    /// The configured limits.
    pub fn new(config: &config::Passwords) -> Self {
        let min_chars = usize::try_from(config.min_length).unwrap_or(usize::MAX);
        Self { min_chars, max_bytes: config.max_length.bytes() }
    }

    /// The fewest characters of a password.
    pub const fn min_chars(&self) -> usize {
        self.min_chars
    }

    /// The most bytes of a password in form NFC.
    pub const fn max_bytes(&self) -> usize {
        self.max_bytes
    }

    /// Whether a new password may be taken.
    ///
    /// # Errors
    /// The first rule that it breaks.
    pub fn check(&self, password: &Secret) -> Result<(), Fault> {
        let normalised = self.normalise(password)?;
        if normalised.0.chars().count() < self.min_chars {
            return Err(Fault::TooShort { min_chars: self.min_chars });
        }
        Ok(())
    }

    /// Brings a password into form NFC. One that is far too long is refused before any work is done on it.
    ///
    /// # Errors
    /// If it is too long.
    pub fn normalise(&self, password: &Secret) -> Result<Normalised, Fault> {
        let too_long = Fault::TooLong { max_bytes: self.max_bytes };
        if password.expose().len() > self.max_bytes.saturating_mul(DECOMPOSED) {
            return Err(too_long);
        }
        // Room for all of it at once: a string that grows would leave copies behind unwiped.
        let mut text = Zeroizing::new(String::with_capacity(password.expose().len() * DECOMPOSED));
        text.extend(password.expose().nfc());
        if text.len() > self.max_bytes { Err(too_long) } else { Ok(Normalised(text)) }
    }
}
