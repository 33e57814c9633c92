//! Encryption at rest: what must be read back, each ciphertext bound to its row.

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::keys::keyring::{KeyId, Keyring, KeyringError};
use crate::random::Random;
use crate::store::keys::SealedColumn;

/// The first byte of every sealed value: the layout version ‖ key id ‖ nonce ‖ ciphertext and tag.
const VERSION: u8 = 1;
/// The bytes before the nonce.
const HEADER: usize = 5;
/// The bytes before the ciphertext.
const PREFIX: usize = HEADER + 12;
/// What a canary holds.
const CANARY: &[u8] = b"tessera canary";

/// Where a sealed value lives; it opens nowhere else.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The table.
    pub table: &'a str,
    /// The row's primary key, in bytes.
    pub row: &'a [u8],
    /// The column.
    pub column: &'a str,
}

impl<'a> Place<'a> {
    /// A row's value in one of the store's sealed columns.
    pub const fn of(column: SealedColumn, id: &'a Uuid) -> Self {
        Self { table: column.table, row: id.as_bytes(), column: column.column }
    }

    /// The associated data: header and place, each part with its length, so that no two places read alike.
    fn associated_data(&self, header: &[u8]) -> Vec<u8> {
        let mut data = Vec::from(header);
        for part in [self.table.as_bytes(), self.row, self.column.as_bytes()] {
            data.extend_from_slice(&(part.len() as u64).to_be_bytes());
            data.extend_from_slice(part);
        }
        data
    }
}

/// Why a sealed value does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The keyring lacks the key.
    #[error(transparent)]
    Keyring(#[from] KeyringError),
    /// It is too short, or of a version that this binary does not know.
    #[error("the stored value is not a sealed one that this version knows")]
    Malformed,
    /// The key is there, but the value was changed, or moved from another row.
    #[error("the stored value was sealed for another place, or with another key of the same id, or was changed")]
    Refused,
}

/// A value sealed by AES-256-GCM, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed(Vec<u8>);

impl Sealed {
    /// What the database holds. Whether it opens is found when it is opened.
    pub const fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// What the database is to hold.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The bytes, given away.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// The master key that it was sealed under, so that rotation finds what it must reseal.
    ///
    /// # Errors
    /// If it is not a sealed value.
    pub fn key_id(&self) -> Result<KeyId, OpenError> {
        match self.0.as_slice() {
            [VERSION, a, b, c, d, ..] if self.0.len() >= PREFIX + 16 => Ok(KeyId::from_bytes([*a, *b, *c, *d])),
            _ => Err(OpenError::Malformed),
        }
    }
}

impl Keyring {
    /// Seals a value for a place under the active key.
    #[expect(clippy::missing_panics_doc, reason = "it cannot happen, as the expectation says")]
    pub fn seal(&self, place: Place<'_>, plain: &[u8], random: &Random) -> Sealed {
        self.seal_under(self.active(), place, plain, random).expect("the active key is in the keyring")
    }

    /// Opens a value that was sealed for the same place, under whichever key of the keyring.
    ///
    /// # Errors
    /// If the key is missing (its id is named), or the value was changed or belongs elsewhere.
    pub fn open(&self, place: Place<'_>, sealed: &Sealed) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let key = self.sealing_key(sealed.key_id()?)?;
        let aad = Aad::from(place.associated_data(&sealed.0[..HEADER]));
        let nonce = Nonce::try_assume_unique_for_key(&sealed.0[HEADER..PREFIX]).map_err(|_| OpenError::Malformed)?;
        let mut bytes = Zeroizing::new(sealed.0[PREFIX..].to_vec());
        let length = key.open_in_place(nonce, aad, &mut bytes).map_err(|_| OpenError::Refused)?.len();
        bytes.truncate(length);
        Ok(bytes)
    }

    /// Seals the canary of a key: who opens it has that key, and not another of the same id.
    ///
    /// # Errors
    /// If there is no such key.
    pub fn seal_canary(&self, id: KeyId, random: &Random) -> Result<Sealed, KeyringError> {
        self.seal_under(id, canary_place(&id.bytes()), CANARY, random)
    }

    /// Opens the canary of a key.
    ///
    /// # Errors
    /// If the key is missing or is not the one that sealed it: such a process must not start.
    pub fn open_canary(&self, id: KeyId, canary: &Sealed) -> Result<(), OpenError> {
        if canary.key_id()? != id || *self.open(canary_place(&id.bytes()), canary)? != CANARY {
            return Err(OpenError::Refused);
        }
        Ok(())
    }

    fn seal_under(&self, id: KeyId, at: Place<'_>, plain: &[u8], random: &Random) -> Result<Sealed, KeyringError> {
        let key = self.sealing_key(id)?;
        let nonce: [u8; 12] = random.bytes();
        let mut bytes = Vec::with_capacity(PREFIX + plain.len() + AES_256_GCM.tag_len());
        bytes.push(VERSION);
        bytes.extend_from_slice(&id.bytes());
        let aad = Aad::from(at.associated_data(&bytes));
        bytes.extend_from_slice(&nonce);
        bytes.extend_from_slice(plain);
        let nonce = Nonce::assume_unique_for_key(nonce);
        let tag = key.seal_in_place_separate_tag(nonce, aad, &mut bytes[PREFIX..]);
        bytes.extend_from_slice(tag.expect("what is sealed is far below GCM's limit of 64 GiB").as_ref());
        Ok(Sealed(bytes))
    }

    fn sealing_key(&self, id: KeyId) -> Result<LessSafeKey, KeyringError> {
        let derived = self.derive(id, b"seal aes-256-gcm")?;
        let key = UnboundKey::new(&AES_256_GCM, &*derived).expect("AES-256 takes the 32 bytes that are derived");
        Ok(LessSafeKey::new(key))
    }
}

const fn canary_place(id: &[u8; 4]) -> Place<'_> {
    Place { table: "keyring_canaries", row: id, column: "canary" }
}
