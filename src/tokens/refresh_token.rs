//! The refresh token: key number ‖ family id ‖ counter ‖ s ‖ tag, in base64url (storage.md "Families").
//!
//! `s` is 128 random bits of the family, of which the database holds the SHA-256 alone; the tag is an HMAC over the rest and
//! the realm. So neither the database nor the key alone can make one, and garbage is refused before any storage is asked.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::keys::mac::MacKey;
use crate::keys::realm::RealmKeys;
use crate::secret::sha256;

/// The bytes under the tag: 4 of the key's number, 16 of the family, 4 of the counter, 16 of `s`.
const BODY: usize = 40;
/// All bytes.
const LENGTH: usize = BODY + 32;

/// A refresh token of ours: made here, or its tag checked.
#[derive(Clone)]
pub struct RefreshToken {
    key: u32,
    family: Uuid,
    counter: u32,
    s: Zeroizing<[u8; 16]>,
}

impl RefreshToken {
    /// The first token of a family.
    pub(super) fn first(key: u32, family: Uuid, s: [u8; 16]) -> Self {
        Self { key, family, counter: 0, s: Zeroizing::new(s) }
    }

    /// Reads a token of `realm`; `None` for anything that is not one.
    pub fn parse(text: &str, realm: Uuid, keys: &RealmKeys) -> Option<Self> {
        let mut bytes = Zeroizing::new([0; LENGTH + 1]);
        let length = URL_SAFE_NO_PAD.decode_slice(text, &mut *bytes).ok()?;
        let (body, tag) = bytes[..length].split_at_checked(BODY)?;
        let token = Self {
            key: u32::from_be_bytes(body[..4].try_into().ok()?),
            family: Uuid::from_slice(&body[4..20]).ok()?,
            counter: u32::from_be_bytes(body[20..24].try_into().ok()?),
            s: Zeroizing::new(body[24..].try_into().ok()?),
        };
        keys.refresh_key(token.key)?.verify(&[realm.as_bytes(), body], tag).then_some(token)
    }

    /// The text that the client gets; none where the realm's keys lack the one that tags it.
    pub fn text(&self, realm: Uuid, keys: &RealmKeys) -> Option<String> {
        keys.refresh_key(self.key).map(|key| self.tagged(realm, key))
    }

    fn tagged(&self, realm: Uuid, key: &MacKey) -> String {
        let mut bytes = Zeroizing::new([0; LENGTH]);
        bytes[..4].copy_from_slice(&self.key.to_be_bytes());
        bytes[4..20].copy_from_slice(self.family.as_bytes());
        bytes[20..24].copy_from_slice(&self.counter.to_be_bytes());
        bytes[24..BODY].copy_from_slice(&*self.s);
        let tag = key.tag(&[realm.as_bytes(), &bytes[..BODY]]);
        bytes[BODY..].copy_from_slice(&tag);
        URL_SAFE_NO_PAD.encode(*bytes)
    }

    /// The token that takes this one's place: computed from it, so that it is always the same. None after 2^32 rotations.
    #[must_use]
    pub fn successor(&self) -> Option<Self> {
        Some(Self { counter: self.counter.checked_add(1)?, ..self.clone() })
    }

    /// The number of the key that tags it.
    pub const fn key(&self) -> u32 {
        self.key
    }

    /// Its family.
    pub const fn family(&self) -> Uuid {
        self.family
    }

    /// How often its family's token had been rotated when it was made.
    pub const fn counter(&self) -> u32 {
        self.counter
    }

    /// What the database knows of `s`.
    pub fn secret_hash(&self) -> [u8; 32] {
        sha256(&*self.s)
    }
}

impl fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RefreshToken")
            .field("family", &self.family)
            .field("counter", &self.counter)
            .finish_non_exhaustive()
    }
}
