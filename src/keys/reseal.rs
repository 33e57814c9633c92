//! After a change of the keyring's active key: what older keys sealed is sealed again, so that they may leave the keyring.

use uuid::Uuid;

use super::sealed::{OpenError, Place, Sealed};
use super::{KeyError, Keys};
use crate::store::keys::{SEALED, SealedColumn};
use crate::store::{self, Db};

impl Keys {
    /// Seals under the active key what another key sealed; says how many values. Of several nodes one does each. A value that
    /// was changed meanwhile waits for the next time.
    ///
    /// # Errors
    /// [`KeyError::Sealed`] where the keyring lacks a key, and the database's.
    pub async fn reseal(&self) -> Result<u64, KeyError> {
        let mut resealed = 0;
        for column in SEALED {
            for (id, old) in self.0.db.sealed(column).await? {
                let old = Sealed::from_bytes(old);
                let key = old.key_id().map_err(|cause| unreadable(column, id, cause))?;
                if key != self.0.keyring.active() && self.reseal_one(column, id, old).await? {
                    resealed += 1;
                }
            }
        }
        Ok(resealed)
    }

    async fn reseal_one(&self, column: SealedColumn, id: Uuid, old: Sealed) -> Result<bool, KeyError> {
        let (place, keyring) = (Place::of(column, &id), &self.0.keyring);
        let plain = keyring.open(place, &old).map_err(|cause| unreadable(column, id, cause))?;
        let new = keyring.seal(place, &plain, &self.0.random);
        let written = self.0.db.write(async move |tx| tx.reseal(column, id, old.as_bytes(), new.as_bytes()).await);
        Ok(written.await?)
    }
}

/// The first of `keys` that seals something in the database: it must not leave the keyring yet.
///
/// # Errors
/// The database's.
pub(super) async fn first_in_use(db: &Db, keys: &[String]) -> store::Result<Option<String>> {
    for column in SEALED {
        for (_, value) in db.sealed(column).await? {
            let key = Sealed::from_bytes(value).key_id().map(|key| key.to_string());
            if let Some(key) = key.ok().filter(|key| keys.contains(key)) {
                return Ok(Some(key));
            }
        }
    }
    Ok(None)
}

fn unreadable(column: SealedColumn, id: Uuid, cause: OpenError) -> KeyError {
    KeyError::Sealed { key: format!("{id} of {}", column.table), cause }
}
