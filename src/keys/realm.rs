//! One realm's keys, opened: who signs now, who verifies, and the JWKS document.

use std::collections::HashMap;
use std::sync::Arc;

use uuid::Uuid;
use zeroize::Zeroizing;

use crate::clock::Timestamp;
use crate::keys::KeyError;
use crate::keys::decrypt::DecryptionKeys;
use crate::keys::encryption::{EncryptionKeys, changes};
use crate::keys::jwk::{PrivateJwk, PublicJwk};
use crate::keys::jwks::JwksDocument;
use crate::keys::keyring::Keyring;
use crate::keys::mac::MacKey;
use crate::keys::rotate::KNOWN_WITHIN;
use crate::keys::sealed::{OpenError, Place, Sealed};
use crate::keys::sign::SigningKey;
use crate::keys::verify::{VerifyError, VerifyingKey, VerifyingKeys};
use crate::protocol::algorithm::{KeyManagementAlgorithm, SigningAlgorithm};
use crate::protocol::jws::CompactJws;
use crate::store::encryption_keys::EncryptionKeyRow;
use crate::store::keys::{REFRESH_KEY, RefreshKeyRow, SIGNING_KEY, SigningKeyRow};

/// The keys of a realm as they stand between two changes.
#[derive(Debug)]
pub struct RealmKeys {
    /// Those that sign now or later, by row.
    opened: HashMap<Uuid, Arc<SigningKey>>,
    signers: [Option<Arc<SigningKey>>; SigningAlgorithm::ALL.len()],
    verifying: VerifyingKeys,
    /// The newest first.
    refresh: Vec<RefreshKey>,
    encryption: EncryptionKeys,
    jwks: JwksDocument,
    generation: u64,
    /// When the next key begins or ceases to sign or to decrypt, or enters or leaves the JWKS.
    until: Option<Timestamp>,
}

/// A key that tags refresh tokens.
#[derive(Debug)]
struct RefreshKey {
    number: u32,
    made_at: Timestamp,
    mac: MacKey,
}

/// What the database holds, the newest first.
pub(super) struct Rows<'a> {
    pub(super) signing: &'a [SigningKeyRow],
    pub(super) refresh: &'a [RefreshKeyRow],
    pub(super) encryption: &'a [EncryptionKeyRow],
    /// The cache's generation when they were read.
    pub(super) generation: u64,
}

impl RealmKeys {
    /// Opens what `rows` hold, but for what `earlier` has opened already.
    pub(super) fn open(
        rows: &Rows<'_>,
        keyring: &Keyring,
        earlier: Option<&Self>,
        now: Timestamp,
    ) -> Result<Self, KeyError> {
        let mut opened = HashMap::new();
        for row in rows.signing.iter().filter(|row| row.signs_until.is_none_or(|until| until > now)) {
            let known = earlier.and_then(|keys| keys.opened.get(&row.id)).cloned();
            opened.insert(row.id, known.map_or_else(|| open_signing_key(row, keyring), Ok)?);
        }
        let known = earlier.map(|keys| &keys.encryption);
        let encryption = EncryptionKeys::open(rows.encryption, keyring, known, now)?;
        let public = rows.signing.iter().map(public_jwk).collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            signers: std::array::from_fn(|index| signer(rows.signing, &opened, SigningAlgorithm::ALL[index], now)),
            opened,
            verifying: public.iter().map(VerifyingKey::new).collect::<Result<_, _>>()?,
            refresh: rows.refresh.iter().map(|row| open_refresh_key(row, keyring)).collect::<Result<_, _>>()?,
            jwks: JwksDocument::with_encryption(&public, encryption.published()),
            encryption,
            generation: rows.generation,
            until: next_change(rows, now),
        })
    }

    pub(super) fn is_current(&self, generation: u64, now: Timestamp) -> bool {
        self.generation == generation && self.until.is_none_or(|until| now < until)
    }

    /// The key that signs with an algorithm now.
    ///
    /// # Errors
    /// [`KeyError::NoSigner`].
    pub fn signer(&self, algorithm: SigningAlgorithm) -> Result<&SigningKey, KeyError> {
        self.signers[algorithm as usize].as_deref().ok_or(KeyError::NoSigner(algorithm))
    }

    /// The algorithms that the realm can sign with now, in the order of the metadata.
    pub fn algorithms(&self) -> impl Iterator<Item = SigningAlgorithm> {
        SigningAlgorithm::ALL.iter().copied().filter(|algorithm| self.signers[*algorithm as usize].is_some())
    }

    /// Checks a JWS of type `typ` against every published key, also those that no longer sign.
    ///
    /// # Errors
    /// The first check that fails, in the order of [`VerifyError`].
    pub fn verify(&self, jws: &CompactJws<'_>, typ: &str) -> Result<(), VerifyError> {
        self.verifying.verify(jws, typ).map(|_| ())
    }

    /// The JWKS document: also the keys that do not sign yet or no longer do.
    pub const fn jwks(&self) -> &JwksDocument {
        &self.jwks
    }

    /// The keys that decrypt what others encrypt to the realm: those of the JWKS, and those before them.
    pub const fn decryption(&self) -> &DecryptionKeys {
        self.encryption.decrypting()
    }

    /// The algorithms by which others may encrypt to the realm, in the order of the metadata: none until that is offered.
    pub fn key_management_algorithms(&self) -> impl Iterator<Item = KeyManagementAlgorithm> {
        self.encryption.algorithms()
    }

    /// The refresh key with this number.
    pub fn refresh_key(&self, number: u32) -> Option<&MacKey> {
        self.refresh.iter().find(|key| key.number == number).map(|key| &key.mac)
    }

    /// The number of the refresh key that tags new families: the newest that every node knows.
    ///
    /// # Errors
    /// [`KeyError::NoRefreshKey`].
    pub fn tagging_refresh_key(&self, now: Timestamp) -> Result<u32, KeyError> {
        let known = self.refresh.iter().find(|key| key.made_at + KNOWN_WITHIN <= now);
        known.or(self.refresh.last()).map(|key| key.number).ok_or(KeyError::NoRefreshKey)
    }
}

fn open_signing_key(row: &SigningKeyRow, keyring: &Keyring) -> Result<Arc<SigningKey>, KeyError> {
    let sealed = Sealed::from_bytes(row.private_sealed.clone());
    let opened = keyring.open(Place::of(SIGNING_KEY, &row.id), &sealed);
    let bytes = opened.map_err(|cause| KeyError::Sealed { key: row.kid.clone(), cause })?;
    SigningKey::new(&PrivateJwk::from_bytes(bytes)).map(Arc::new)
}

fn open_refresh_key(row: &RefreshKeyRow, keyring: &Keyring) -> Result<RefreshKey, KeyError> {
    let failed = |cause| KeyError::Sealed { key: format!("refresh key {}", row.number), cause };
    let opened =
        keyring.open(Place::of(REFRESH_KEY, &row.id), &Sealed::from_bytes(row.sealed.clone())).map_err(failed)?;
    let bytes = <[u8; 32]>::try_from(opened.as_slice()).map_err(|_| failed(OpenError::Malformed))?;
    Ok(RefreshKey { number: row.number, made_at: row.created_at, mac: MacKey::new(&Zeroizing::new(bytes)) })
}

fn public_jwk(row: &SigningKeyRow) -> Result<PublicJwk, KeyError> {
    serde_json::from_value(row.public_jwk.clone()).map_err(|_| KeyError::Jwk(format!("the row of {}", row.kid)))
}

/// The newest key of an algorithm whose time to sign has come and has not passed.
fn signer(
    rows: &[SigningKeyRow],
    opened: &HashMap<Uuid, Arc<SigningKey>>,
    algorithm: SigningAlgorithm,
    now: Timestamp,
) -> Option<Arc<SigningKey>> {
    let mut ready = rows.iter().filter(|row| row.alg == algorithm.as_str() && row.signs_from <= now);
    ready.find_map(|row| opened.get(&row.id).cloned())
}

fn next_change(rows: &Rows<'_>, now: Timestamp) -> Option<Timestamp> {
    let signing = rows.signing.iter().flat_map(|row| [Some(row.signs_from), row.signs_until, row.published_until]);
    signing.flatten().chain(changes(rows.encryption)).filter(|instant| *instant > now).min()
}
