//! What a user signs in with: read and normalised once, before anything is compared.

use unicode_normalization::UnicodeNormalization as _;
use url::Host;

use super::characters::{is_deceptive, mixes_alphabets};

named_enum! {
    /// The kinds of identifier.
    pub enum IdentifierKind as "identifier" {
        /// A name that the user chose.
        UserName = "user_name",
        /// An e-mail address.
        Email = "email",
        /// A telephone number.
        Phone = "phone",
    }
}

/// Why a text is no identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdentifierFault {
    /// Nothing, or too much.
    #[error("is empty or too long")]
    Length,
    /// Space around or within it, controls, invisible characters.
    #[error("holds a space, a control or an invisible character")]
    Character,
    /// Letters of alphabets that look alike.
    #[error("mixes letters of different alphabets")]
    MixedAlphabets,
    /// Not of the kind's form.
    #[error("is not of the right form")]
    Form,
}

/// An identifier: the canonical form decides uniqueness, the display form is what the user wrote.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Identifier {
    kind: IdentifierKind,
    canonical: String,
    display: String,
}

impl Identifier {
    /// Reads an identifier of a known kind.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn parse(kind: IdentifierKind, text: &str) -> Result<Self, IdentifierFault> {
        if text.is_empty() || text.len() > 320 {
            return Err(IdentifierFault::Length);
        }
        if text.trim() != text || text.chars().any(is_deceptive) {
            return Err(IdentifierFault::Character);
        }
        let (canonical, display) = match kind {
            IdentifierKind::UserName => user_name(text)?,
            IdentifierKind::Email => email(text)?,
            IdentifierKind::Phone => phone(text)?,
        };
        Ok(Self { kind, canonical, display })
    }

    /// Reads what a user typed into the one field of the login page: with `@` an e-mail address, with `+` first a telephone
    /// number, else a user name.
    ///
    /// # Errors
    /// As [`Identifier::parse`].
    pub fn guess(text: &str) -> Result<Self, IdentifierFault> {
        let kind = match text {
            address if address.contains('@') => IdentifierKind::Email,
            number if number.starts_with('+') => IdentifierKind::Phone,
            _ => IdentifierKind::UserName,
        };
        Self::parse(kind, text)
    }

    /// Its kind.
    pub const fn kind(&self) -> IdentifierKind {
        self.kind
    }

    /// The form that is compared and unique.
    pub fn canonical(&self) -> &str {
        &self.canonical
    }

    /// The form that is shown and written to.
    pub fn display(&self) -> &str {
        &self.display
    }
}

/// Letters and digits of one alphabet, and `. _ -` between them: neither `@` nor `+`, so that no user name looks like an
/// address.
fn user_name(text: &str) -> Result<(String, String), IdentifierFault> {
    let canonical = fold(text);
    if canonical.chars().count() > 64 {
        return Err(IdentifierFault::Length);
    }
    refuse_mixture(&canonical)?;
    let is_allowed = |character: char| character.is_alphanumeric() || is_mark(character) || "._-".contains(character);
    let framed = |edge: Option<char>| edge.is_some_and(char::is_alphanumeric);
    let sound =
        canonical.chars().all(is_allowed) && framed(canonical.chars().next()) && !canonical.ends_with(['.', '-', '_']);
    if sound { Ok((canonical, text.nfc().collect())) } else { Err(IdentifierFault::Form) }
}

/// RFC 5321 §4.1.2 without quoted local parts; the domain in its ASCII form, so that a look-alike shows.
fn email(text: &str) -> Result<(String, String), IdentifierFault> {
    let (local, domain) = text.rsplit_once('@').ok_or(IdentifierFault::Form)?;
    let domain = ascii_domain(domain)?;
    let canonical = fold(local);
    if local.len() > 64 || canonical.len() > 64 {
        return Err(IdentifierFault::Length);
    }
    refuse_mixture(&canonical)?;
    if !is_dot_atom(&canonical) || !is_dot_atom(local) {
        return Err(IdentifierFault::Form);
    }
    let shown: String = local.nfc().collect();
    Ok((format!("{canonical}@{domain}"), format!("{shown}@{domain}")))
}

fn refuse_mixture(text: &str) -> Result<(), IdentifierFault> {
    if mixes_alphabets(text) { Err(IdentifierFault::MixedAlphabets) } else { Ok(()) }
}

/// RFC 5322 §3.2.3, with the letters of RFC 6531.
fn is_dot_atom(local: &str) -> bool {
    let is_atext = |character: char| {
        character.is_alphanumeric() || is_mark(character) || "!#$%&'*+-/=?^_`{|}~".contains(character)
    };
    local.split('.').all(|atom| !atom.is_empty() && atom.chars().all(is_atext))
}

/// A combining mark (it may follow a letter in scripts that need one).
fn is_mark(character: char) -> bool {
    unicode_normalization::char::is_combining_mark(character)
}

/// UTS #46 processing; a plain name of at least two labels, no address.
fn ascii_domain(domain: &str) -> Result<String, IdentifierFault> {
    if domain.contains('%') || domain.ends_with('.') {
        return Err(IdentifierFault::Form);
    }
    let Ok(Host::Domain(ascii)) = Host::parse(domain) else { return Err(IdentifierFault::Form) };
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let sound = ascii.len() <= 253 && ascii.contains('.') && ascii.split('.').all(is_label);
    if sound { Ok(ascii) } else { Err(IdentifierFault::Form) }
}

/// E.164: a plus sign, the country code and up to 15 digits in all; what people write between digits is dropped.
fn phone(text: &str) -> Result<(String, String), IdentifierFault> {
    let number: String = text.chars().filter(|character| !" -().".contains(*character)).collect();
    let digits = number.strip_prefix('+').ok_or(IdentifierFault::Form)?;
    let sound = (7..=15).contains(&digits.len())
        && !digits.starts_with('0')
        && digits.bytes().all(|byte| byte.is_ascii_digit());
    if sound { Ok((number.clone(), number)) } else { Err(IdentifierFault::Form) }
}

/// NFKC and full case folding (upper, then lower: ß and SS are one), until nothing changes.
fn fold(text: &str) -> String {
    let mut folded = fold_once(text);
    for _ in 0..3 {
        let again = fold_once(&folded);
        if again == folded {
            break;
        }
        folded = again;
    }
    folded
}

fn fold_once(text: &str) -> String {
    text.nfkc().flat_map(char::to_uppercase).flat_map(char::to_lowercase).nfkc().collect()
}
