//! A realm's encryption keys: made once something needs them, published once every node can decrypt with them, and kept for what
//! was encrypted just before they left the JWKS.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::try_join_all;
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::keys::decrypt::{DecryptionKey, DecryptionKeys};
use crate::keys::jwk::{EncryptionJwk, EncryptionKeyType, PrivateJwk};
use crate::keys::keyring::Keyring;
use crate::keys::rotate::{KNOWN_WITHIN, MARGIN, rotation_event};
use crate::keys::sealed::{Place, Sealed};
use crate::keys::{KeyError, Keys};
use crate::protocol::algorithm::KeyManagementAlgorithm;
use crate::store::encryption_keys::{ENCRYPTION_KEY, EncryptionKeyRow};
use crate::store::{self, Tx};

impl Keys {
    /// The switch: from its first call on, the realm can be encrypted to, and its JWKS shows a key of each type with `use: enc`. Until
    /// then there are none. Calling it again makes only what is missing. Says the `kid`s of the new ones.
    ///
    /// # Errors
    /// The database's, or if OpenSSL refuses.
    pub async fn offer_encryption(&self, realm: Uuid, now: Timestamp) -> Result<Vec<String>, KeyError> {
        let rows = self.0.db.encryption_keys(realm, now).await?;
        let missing: Vec<_> = EncryptionKeyType::ALL.into_iter().filter(|of| current(&rows, *of).is_none()).collect();
        self.make_encryption_keys(realm, &missing, &rows, now).await
    }

    /// Makes new encryption keys in place of those whose published one is `age` old; none where `age` is zero, or where the realm
    /// cannot be encrypted to. Of two nodes one makes each. Says the `kid`s of the new ones.
    ///
    /// # Errors
    /// As [`Keys::offer_encryption`].
    pub async fn rotate_encryption_due(
        &self,
        realm: Uuid,
        age: Duration,
        now: Timestamp,
    ) -> Result<Vec<String>, KeyError> {
        if age.is_zero() {
            return Ok(Vec::new());
        }
        let rows = self.0.db.encryption_keys(realm, now).await?;
        let is_due = |of: &EncryptionKeyType| current(&rows, *of).is_some_and(|row| row.published_from + age <= now);
        let due: Vec<_> = EncryptionKeyType::ALL.into_iter().filter(is_due).collect();
        self.make_encryption_keys(realm, &due, &rows, now).await
    }

    async fn make_encryption_keys(
        &self,
        realm: Uuid,
        types: &[EncryptionKeyType],
        old: &[EncryptionKeyRow],
        now: Timestamp,
    ) -> Result<Vec<String>, KeyError> {
        if types.is_empty() {
            return Ok(Vec::new());
        }
        // On threads of their own, side by side: RSA takes long.
        let generate = async |key_type| {
            let made = tokio::task::spawn_blocking(move || PrivateJwk::generate_for_encryption(key_type)).await;
            made.map_err(|panic| KeyError::Library(Box::new(panic)))?
        };
        let private = try_join_all(types.iter().map(|key_type| generate(*key_type))).await?;
        let rows = types.iter().zip(&private).map(|(key_type, private)| self.row(realm, *key_type, private, now));
        let rows = rows.collect::<Result<Vec<_>, _>>()?;
        let event_id = self.0.random.id(now);
        let (old, kept) = (old.to_vec(), self.0.jwks_max_age + MARGIN);
        let made = self.0.db.write(async move |tx| {
            let mut kids = Vec::new();
            for row in &rows {
                if replace(tx, row, &old, kept).await? {
                    kids.push(row.kid.clone());
                }
            }
            if !kids.is_empty() {
                tx.record(&rotation_event(event_id, realm, &kids, now)).await?;
            }
            Ok(kids)
        });
        Ok(made.await?)
    }

    fn row(
        &self,
        realm: Uuid,
        key_type: EncryptionKeyType,
        private: &PrivateJwk,
        now: Timestamp,
    ) -> Result<EncryptionKeyRow, KeyError> {
        let id = self.0.random.id(now);
        let public = private.public_for_encryption()?;
        let sealed = self.0.keyring.seal(Place::of(ENCRYPTION_KEY, &id), private.expose(), &self.0.random);
        Ok(EncryptionKeyRow {
            id,
            realm_id: realm,
            kid: public.kid.clone(),
            key_type: key_type.as_str().to_owned(),
            public_jwk: serde_json::to_value(&public).map_err(KeyError::Claims)?,
            private_sealed: sealed.into_bytes(),
            published_from: now + KNOWN_WITHIN,
            published_until: None,
            decrypts_until: None,
            created_at: now,
        })
    }
}

/// Puts `key` in the place of the one of `old` that has no successor yet; says whether no other node was faster. The old one
/// decrypts for `kept` after it has left the JWKS: who fetched it just before may use it as long.
async fn replace(tx: &Tx, key: &EncryptionKeyRow, old: &[EncryptionKeyRow], kept: Duration) -> store::Result<bool> {
    let before = old.iter().find(|row| row.key_type == key.key_type && row.published_until.is_none());
    if let Some(row) = before {
        let (published_until, decrypts_until) = (key.published_from, key.published_from + kept);
        if !tx.retire_encryption_key(row.realm_id, row.id, published_until, decrypts_until).await? {
            return Ok(false);
        }
    }
    tx.create_encryption_key(key).await
}

/// The key of a type that has no end.
fn current(rows: &[EncryptionKeyRow], key_type: EncryptionKeyType) -> Option<&EncryptionKeyRow> {
    rows.iter().find(|row| row.key_type == key_type.as_str() && row.published_until.is_none())
}

/// A realm's encryption keys, opened.
#[derive(Debug, Default)]
pub(super) struct EncryptionKeys {
    /// By row.
    opened: HashMap<Uuid, Arc<DecryptionKey>>,
    decrypting: DecryptionKeys,
    published: Vec<EncryptionJwk>,
}

impl EncryptionKeys {
    /// Opens what `rows` hold, but for what `earlier` has opened already.
    pub(super) fn open(
        rows: &[EncryptionKeyRow],
        keyring: &Keyring,
        earlier: Option<&Self>,
        now: Timestamp,
    ) -> Result<Self, KeyError> {
        let open = |row: &EncryptionKeyRow| {
            let known = earlier.and_then(|keys| keys.opened.get(&row.id)).cloned();
            Ok::<_, KeyError>((row.id, known.map_or_else(|| open_key(row, keyring), Ok)?))
        };
        let opened: HashMap<_, _> = rows.iter().map(open).collect::<Result<_, _>>()?;
        let is_published =
            |row: &&EncryptionKeyRow| row.published_from <= now && row.published_until.is_none_or(|until| now < until);
        let published = rows.iter().filter(is_published).filter_map(|row| opened.get(&row.id));
        Ok(Self {
            published: published.map(|key| key.public().clone()).collect(),
            decrypting: rows.iter().filter_map(|row| opened.get(&row.id).cloned()).collect(),
            opened,
        })
    }

    pub(super) const fn decrypting(&self) -> &DecryptionKeys {
        &self.decrypting
    }

    pub(super) fn published(&self) -> &[EncryptionJwk] {
        &self.published
    }

    /// The algorithms of the published keys, in the order of the metadata.
    pub(super) fn algorithms(&self) -> impl Iterator<Item = KeyManagementAlgorithm> {
        let suits = |algorithm: &KeyManagementAlgorithm| {
            self.published
                .iter()
                .any(|key| key.members.encryption_type().is_some_and(|of| of.algorithms().contains(algorithm)))
        };
        KeyManagementAlgorithm::ALL.iter().copied().filter(suits)
    }
}

/// The instants at which the published or the decrypting keys change.
pub(super) fn changes(rows: &[EncryptionKeyRow]) -> impl Iterator<Item = Timestamp> {
    let instants = rows.iter().flat_map(|row| [Some(row.published_from), row.published_until, row.decrypts_until]);
    instants.flatten()
}

fn open_key(row: &EncryptionKeyRow, keyring: &Keyring) -> Result<Arc<DecryptionKey>, KeyError> {
    let sealed = Sealed::from_bytes(row.private_sealed.clone());
    let opened = keyring.open(Place::of(ENCRYPTION_KEY, &row.id), &sealed);
    let bytes = opened.map_err(|cause| KeyError::Sealed { key: row.kid.clone(), cause })?;
    DecryptionKey::new(&PrivateJwk::from_bytes(bytes)).map(Arc::new)
}
