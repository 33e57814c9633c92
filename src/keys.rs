//! Keys: signing and verification of JWS, encryption and decryption of JWE, the JWKS document, the keyring and encryption at rest.
//!
//! Owns every use of josekit and of ring's HMAC, AEAD and HKDF, and which key of a realm is active when. Rows are the
//! store's; remote key sets are fetched by `outgoing`; what a token says is for `tokens`.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use quick_cache::sync::Cache;
use tokio::sync::Mutex;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::clock::Timestamp;
use crate::config::Config;
use crate::protocol::algorithm::SigningAlgorithm;
use crate::random::Random;
use crate::store::epochs::Cached;
use crate::store::keys::SealedColumn;
use crate::store::{self, Db};

pub mod decrypt;
pub mod encrypt;
mod encryption;
pub mod file;
pub mod foreign;
pub mod hs256;
mod import;
pub mod jwk;
pub mod jwks;
pub mod keyring;
pub mod mac;
mod opaque;
mod open;
pub mod realm;
pub mod remote;
mod reseal;
pub mod rotate;
pub mod sealed;
pub mod sign;
pub mod verify;

use keyring::{KeyId, Keyring, Purpose};
use mac::MacKey;
pub use open::{StartError, open};
use realm::RealmKeys;
use sealed::{Place, Sealed};

/// Realms whose keys are kept ready at once; another's are read and opened again.
const REALMS: usize = 1_000;

/// Why a key could not be made, read or used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The JWK cannot be read, or its members do not suit its algorithm.
    #[error("the JWK is not usable: {0}")]
    Jwk(String),
    /// The claims could not be written as JSON.
    #[error("the claims cannot be written as JSON: {0}")]
    Claims(#[source] serde_json::Error),
    /// OpenSSL refused the operation.
    #[error("the cryptographic library refused: {0}")]
    Library(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A stored key does not open.
    #[error("the key {key} cannot be opened: {cause}")]
    Sealed {
        /// Its `kid`, or the number of a refresh key.
        key: String,
        /// Why.
        cause: sealed::OpenError,
    },
    /// The realm has no key that signs with the algorithm now.
    #[error("the realm has no key for {0}: run `tessera keys rotate`")]
    NoSigner(SigningAlgorithm),
    /// A bug of ours: a token for a client that wants its tokens encrypted, and nobody has looked for its key.
    #[error("the token must be encrypted to its client, whose key is not at hand")]
    NoRecipient,
    /// The realm has no refresh key.
    #[error("the realm has no refresh key")]
    NoRefreshKey,
    /// The database's.
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl From<josekit::JoseError> for KeyError {
    fn from(error: josekit::JoseError) -> Self {
        Self::Library(Box::new(error))
    }
}

/// The keys of every realm, ready to use; clones share them.
#[derive(Debug, Clone)]
pub struct Keys(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    db: Db,
    keyring: Keyring,
    random: Random,
    macs: Vec<(KeyId, [MacKey; Purpose::ALL.len()])>,
    realms: Cache<Uuid, Arc<RealmKeys>>,
    loading: Mutex<()>,
    jwks_max_age: Duration,
    token_lifetime: Duration,
}

impl Keys {
    /// The keys that `keyring` opens. That it is the database's own is [`open()`]'s to check.
    pub fn new(db: Db, keyring: Keyring, random: Random, config: &Config) -> Self {
        let active = keyring.active();
        // The active one first: it makes every new tag.
        let mut ids: Vec<_> = keyring.ids().collect();
        ids.sort_by_key(|id| *id != active);
        let macs = ids.into_iter().map(|id| (id, Purpose::ALL.map(|purpose| derived(&keyring, id, purpose))));
        Self(Arc::new(Shared {
            macs: macs.collect(),
            db,
            keyring,
            random,
            realms: Cache::new(REALMS),
            loading: Mutex::new(()),
            jwks_max_age: config.keys.jwks_max_age.duration(),
            token_lifetime: config.lifetimes.access_token.max(config.lifetimes.id_token).duration(),
        }))
    }

    /// The keys of a realm. Read once, then kept until one is made or retired, or the time of one has come.
    ///
    /// # Errors
    /// [`KeyError::Store`] and [`KeyError::Sealed`].
    pub async fn realm(&self, realm: Uuid, now: Timestamp) -> Result<Arc<RealmKeys>, KeyError> {
        if let Some(known) = self.known(realm, now) {
            return Ok(known);
        }
        let _loading = self.0.loading.lock().await;
        if let Some(known) = self.known(realm, now) {
            return Ok(known);
        }
        let generation = self.0.db.generation(Cached::Keys);
        let signing = self.0.db.signing_keys(realm, now).await?;
        let refresh = self.0.db.refresh_keys(realm).await?;
        let encryption = self.0.db.encryption_keys(realm, now).await?;
        let earlier = self.0.realms.get(&realm);
        let rows = realm::Rows { signing: &signing, refresh: &refresh, encryption: &encryption, generation };
        let keys = Arc::new(RealmKeys::open(&rows, &self.0.keyring, earlier.as_deref(), now)?);
        self.0.realms.insert(realm, Arc::clone(&keys));
        Ok(keys)
    }

    fn known(&self, realm: Uuid, now: Timestamp) -> Option<Arc<RealmKeys>> {
        let generation = self.0.db.generation(Cached::Keys);
        self.0.realms.get(&realm).filter(|keys| keys.is_current(generation, now))
    }

    /// Seals a value for the row with this id, under the keyring's active key.
    pub fn seal(&self, column: SealedColumn, row: Uuid, plain: &[u8]) -> Vec<u8> {
        self.0.keyring.seal(Place::of(column, &row), plain, &self.0.random).into_bytes()
    }

    /// What a sealed value of a row holds.
    ///
    /// # Errors
    /// [`KeyError::Sealed`] where the keyring lacks its key, or it is another row's.
    pub fn unseal(&self, column: SealedColumn, row: Uuid, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let sealed = Sealed::from_bytes(sealed.to_vec());
        let opened = self.0.keyring.open(Place::of(column, &row), &sealed);
        opened.map_err(|cause| KeyError::Sealed { key: format!("{row} of {}", column.table), cause })
    }

    /// The tag of a message for a purpose, under the keyring's active key.
    #[expect(clippy::missing_panics_doc, reason = "it cannot happen, as the expectation says")]
    pub fn tag(&self, purpose: Purpose, parts: &[&[u8]]) -> [u8; 32] {
        let (_, macs) = self.0.macs.first().expect("a keyring has an active key");
        macs[purpose as usize].tag(parts)
    }

    /// Whether `tag` is the message's, under any key of the keyring: one that is no longer active made it earlier.
    pub fn verify_tag(&self, purpose: Purpose, parts: &[&[u8]], tag: &[u8]) -> bool {
        self.0.macs.iter().any(|(_, macs)| macs[purpose as usize].verify(parts, tag))
    }

    /// The `sid` by which a client knows a session (OpenID Connect Back-Channel Logout §2.1): an HMAC of both, so that clients
    /// cannot compare theirs and none learns the session's id.
    pub fn sid(&self, session: Uuid, client: Uuid) -> String {
        let tag = self.tag(Purpose::SessionId, &[session.as_bytes(), client.as_bytes()]);
        URL_SAFE_NO_PAD.encode(&tag[..16])
    }
}

fn derived(keyring: &Keyring, id: KeyId, purpose: Purpose) -> MacKey {
    keyring.mac_of(id, purpose).expect("the id comes from the keyring")
}
