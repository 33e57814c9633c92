//! The keyring: the master keys from which every key at rest is derived, by purpose.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hkdf::{HKDF_SHA256, KeyType, Salt};
use zeroize::{Zeroize as _, Zeroizing};

use crate::keys::mac::MacKey;
use crate::random::Random;
use crate::secret::Secret;

pub mod file;

/// The first word of a keyring's text: its format and version.
const FORMAT: &str = "tessera-keyring-1";
/// HKDF's salt: separates our derivations from any other use of the same bytes.
const SALT: &[u8] = b"tessera keyring 1";

/// The name of a master key: eight hexadecimal digits in text, four bytes in front of what it sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId([u8; 4]);

impl KeyId {
    /// From the four bytes in front of a sealed value or a token.
    pub const fn from_bytes(bytes: [u8; 4]) -> Self {
        Self(bytes)
    }

    /// The four bytes.
    pub const fn bytes(self) -> [u8; 4] {
        self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", u32::from_be_bytes(self.0))
    }
}

impl FromStr for KeyId {
    type Err = KeyringError;

    fn from_str(text: &str) -> Result<Self, KeyringError> {
        let digits = text.len() == 8 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let number = if digits { u32::from_str_radix(text, 16).ok() } else { None };
        number.map(|number| Self(number.to_be_bytes())).ok_or(KeyringError::Id)
    }
}

/// What a derived key is for; its label goes into HKDF, so that no two purposes share a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// The `sid` of tokens, from session and client.
    SessionId,
    /// Tokens against cross-site request forgery.
    Csrf,
    /// Short one-time codes: six digits, user codes, recovery codes.
    ShortCode,
    /// That we made an HS256 access token, whose secret others hold too.
    TokenId,
    /// Access tokens that nobody but us reads.
    OpaqueToken,
    /// What a page names one of its rows by, where the row's own id is nothing for a page.
    Handle,
}

impl Purpose {
    /// Every purpose.
    pub const ALL: [Self; 6] =
        [Self::SessionId, Self::Csrf, Self::ShortCode, Self::TokenId, Self::OpaqueToken, Self::Handle];

    const fn label(self) -> &'static [u8] {
        match self {
            Self::SessionId => b"mac session-id",
            Self::Csrf => b"mac csrf",
            Self::ShortCode => b"mac short-code",
            Self::TokenId => b"mac token-id",
            Self::OpaqueToken => b"key opaque-token",
            Self::Handle => b"mac handle",
        }
    }
}

/// Why a keyring's text is refused, or a key cannot be used. No message repeats a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyringError {
    /// The first word is not this format's.
    #[error("the keyring does not begin with {FORMAT}: print one with `tessera keyring new`")]
    Format,
    /// A key is not `id:key`.
    #[error("key {0} of the keyring is not eight hexadecimal digits, a colon and 32 bytes in base64url")]
    Key(usize),
    /// A key's id is not eight hexadecimal digits.
    #[error("a keyring key's id is eight hexadecimal digits in lower case")]
    Id,
    /// Two keys have one id.
    #[error("the keyring holds the key {0} twice")]
    Twice(KeyId),
    /// Not exactly one key is active.
    #[error("exactly one key of the keyring must be active: put * before its id")]
    Active,
    /// There is no such key.
    #[error("the keyring has no key {0}: add it again, as stored values were made with it")]
    Missing(KeyId),
    /// The active key cannot be removed.
    #[error("the key {0} is active: activate another before removing it")]
    InUse(KeyId),
}

/// A master key: 256 random bits.
#[derive(Clone)]
struct MasterKey {
    id: KeyId,
    bytes: Zeroizing<[u8; 32]>,
}

/// Several master keys, one of them active: it makes new values, the others read old ones.
#[derive(Clone)]
pub struct Keyring {
    active: KeyId,
    keys: Vec<MasterKey>,
}

impl Keyring {
    /// A keyring with one new key, which is active.
    pub fn generate(random: &Random) -> Self {
        let key = MasterKey::generate(random);
        Self { active: key.id, keys: vec![key] }
    }

    /// The id of the active key.
    pub const fn active(&self) -> KeyId {
        self.active
    }

    /// The ids of all keys, in the order of the text.
    pub fn ids(&self) -> impl Iterator<Item = KeyId> {
        self.keys.iter().map(|key| key.id)
    }

    /// Adds a new key, which is not active: every node must have it before one uses it.
    #[expect(clippy::missing_panics_doc, reason = "it cannot happen, as the expectation says")]
    pub fn add(&mut self, random: &Random) -> KeyId {
        let key = std::iter::repeat_with(|| MasterKey::generate(random)).find(|key| self.find(key.id).is_err());
        let key = key.expect("an endless iterator ends only with a find");
        let id = key.id;
        self.keys.push(key);
        id
    }

    /// Makes a key of the keyring the active one.
    ///
    /// # Errors
    /// If there is no such key.
    pub fn activate(&mut self, id: KeyId) -> Result<(), KeyringError> {
        self.active = self.find(id)?.id;
        Ok(())
    }

    /// Removes a key. That no stored value needs it is the caller's to know.
    ///
    /// # Errors
    /// If there is no such key, or it is active.
    pub fn remove(&mut self, id: KeyId) -> Result<(), KeyringError> {
        if self.find(id)?.id == self.active {
            return Err(KeyringError::InUse(id));
        }
        self.keys.retain(|key| key.id != id);
        Ok(())
    }

    /// The text that [`str::parse`] reads: the format's name, then a line for each key, `*` before the active one.
    pub fn to_text(&self) -> Secret {
        let mut text = format!("{FORMAT}\n");
        for key in &self.keys {
            let star = if key.id == self.active { "*" } else { "" };
            let encoded = Zeroizing::new(URL_SAFE_NO_PAD.encode(*key.bytes));
            text.push_str(&Zeroizing::new(format!("{star}{}:{}\n", key.id, *encoded)));
        }
        Secret::from(text)
    }

    /// The HMAC key of a purpose under the active master key.
    #[expect(clippy::missing_panics_doc, reason = "it cannot happen, as the expectation says")]
    pub fn mac(&self, purpose: Purpose) -> MacKey {
        self.mac_of(self.active, purpose).expect("the active key is in the keyring")
    }

    /// The HMAC key of a purpose under the master key `id`.
    ///
    /// # Errors
    /// If there is no such key.
    pub fn mac_of(&self, id: KeyId, purpose: Purpose) -> Result<MacKey, KeyringError> {
        Ok(MacKey::new(&*self.derive(id, purpose.label())?))
    }

    /// 32 bytes derived from the master key `id` for a label (RFC 5869).
    pub(in crate::keys) fn derive(&self, id: KeyId, label: &[u8]) -> Result<Zeroizing<[u8; 32]>, KeyringError> {
        let prk = Salt::new(HKDF_SHA256, SALT).extract(&*self.find(id)?.bytes);
        let mut derived = Zeroizing::new([0; 32]);
        let info = [label];
        let okm = prk.expand(&info, ThirtyTwo).expect("32 bytes are within HKDF's limit");
        okm.fill(&mut *derived).expect("the length asked for is the length filled");
        Ok(derived)
    }

    fn find(&self, id: KeyId) -> Result<&MasterKey, KeyringError> {
        self.keys.iter().find(|key| key.id == id).ok_or(KeyringError::Missing(id))
    }
}

impl MasterKey {
    fn generate(random: &Random) -> Self {
        Self { id: KeyId(random.bytes()), bytes: Zeroizing::new(random.bytes()) }
    }

    fn parse(word: &str) -> Option<Self> {
        let (id, key) = word.split_once(':')?;
        let mut decoded = URL_SAFE_NO_PAD.decode(key).ok()?;
        let bytes = <[u8; 32]>::try_from(decoded.as_slice()).ok();
        decoded.zeroize();
        Some(Self { id: id.parse().ok()?, bytes: Zeroizing::new(bytes?) })
    }
}

/// Reads what [`Keyring::to_text`] writes; lines and spaces part alike, so that it fits an environment variable.
impl FromStr for Keyring {
    type Err = KeyringError;

    fn from_str(text: &str) -> Result<Self, KeyringError> {
        let mut words = text.split_ascii_whitespace();
        if words.next() != Some(FORMAT) {
            return Err(KeyringError::Format);
        }
        let (mut active, mut keys) = (None, Vec::<MasterKey>::new());
        for (index, word) in words.enumerate() {
            let bare = word.strip_prefix('*').unwrap_or(word);
            let key = MasterKey::parse(bare).ok_or(KeyringError::Key(index + 1))?;
            if keys.iter().any(|earlier| earlier.id == key.id) {
                return Err(KeyringError::Twice(key.id));
            }
            if bare.len() < word.len() && active.replace(key.id).is_some() {
                return Err(KeyringError::Active);
            }
            keys.push(key);
        }
        Ok(Self { active: active.ok_or(KeyringError::Active)?, keys })
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids: Vec<_> = self.ids().map(|id| id.to_string()).collect();
        f.debug_struct("Keyring").field("active", &self.active.to_string()).field("ids", &ids).finish_non_exhaustive()
    }
}

/// The length of every derived key.
struct ThirtyTwo;

impl KeyType for ThirtyTwo {
    fn len(&self) -> usize {
        32
    }
}
