//! A key pair that was made elsewhere, as a realm's next signing key.

use uuid::Uuid;

use crate::clock::Timestamp;
use crate::keys::jwk::PrivateJwk;
use crate::keys::rotate::{Rotated, Start, rotation_event, summary};
use crate::keys::{KeyError, Keys};

impl Keys {
    /// Puts a key pair in the place of the realm's key of the same algorithm, which signs until the new one begins and stays
    /// published as after [`Keys::rotate`]. `None` if the realm has or had that very key: nothing is changed.
    ///
    /// # Errors
    /// [`KeyError::Jwk`] if the JWK is not one of ours, and the database's.
    pub async fn import(
        &self,
        realm: Uuid,
        private: &PrivateJwk,
        start: Start,
        now: Timestamp,
    ) -> Result<Option<Rotated>, KeyError> {
        let old = self.0.db.signing_keys(realm, now).await?;
        let signs_from = self.signs_from(private.public()?.alg, start, &old, now);
        let published_until = signs_from + self.retained(realm).await?;
        let key = self.signing_key_row(realm, private, now, signs_from)?;
        let event_id = self.0.random.id(now);
        let imported = self.0.db.write(async move |tx| {
            if !tx.create_signing_key(&key).await? {
                return Ok(None);
            }
            tx.retire_before(&key, published_until).await?;
            tx.record(&rotation_event(event_id, realm, std::slice::from_ref(&key.kid), now)).await?;
            Ok(Some(key.clone()))
        });
        imported.await?.as_ref().map(summary).transpose()
    }
}
