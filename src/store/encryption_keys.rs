//! Rows of the key pairs that others encrypt to. What is sealed here is opened in `keys`.

use entity::encryption_key::{Column, Entity, Model};
use sea_orm::{ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _, QueryOrder as _};
use serde_json::Value as Json;
use uuid::Uuid;

use crate::clock::Timestamp;

use super::epochs::Cached;
use super::keys::SealedColumn;
use super::{Db, Result, Tx};

/// The private keys of encryption key pairs.
pub const ENCRYPTION_KEY: SealedColumn = SealedColumn { table: "encryption_keys", column: "private_sealed" };

/// A realm's key pair that others encrypt to.
#[derive(Debug, Clone)]
pub struct EncryptionKeyRow {
    /// The row's id, which its ciphertext is bound to.
    pub id: Uuid,
    /// The realm.
    pub realm_id: Uuid,
    /// Its `kid`.
    pub kid: String,
    /// Its type.
    pub key_type: String,
    /// The public key as a JWK.
    pub public_jwk: Json,
    /// The private key, sealed.
    pub private_sealed: Vec<u8>,
    /// When it enters the JWKS.
    pub published_from: Timestamp,
    /// When it leaves the JWKS.
    pub published_until: Option<Timestamp>,
    /// When nothing is decrypted with it any more.
    pub decrypts_until: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Db {
    /// The key pairs of a realm that decrypt at `now`, the newest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn encryption_keys(&self, realm: Uuid, now: Timestamp) -> Result<Vec<EncryptionKeyRow>> {
        let decrypts =
            Condition::any().add(Column::DecryptsUntil.is_null()).add(Column::DecryptsUntil.gt(now.millis()));
        let found = Entity::find().filter(Column::RealmId.eq(realm)).filter(decrypts);
        let found = found.order_by_desc(Column::PublishedFrom).order_by_desc(Column::Id);
        Ok(found.all(self.reader()).await?.into_iter().map(read).collect())
    }
}

impl Tx {
    /// Stores a key pair; says whether the realm has no other of its type that is published without an end.
    ///
    /// # Errors
    /// The database's.
    pub async fn create_encryption_key(&self, key: &EncryptionKeyRow) -> Result<bool> {
        self.changed(Cached::Keys).await?;
        let made = self
            .change(
                "INSERT INTO encryption_keys (id, realm_id, kid, key_type, public_jwk, private_sealed, published_from, \
                 published_until, decrypts_until, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
                 ON CONFLICT DO NOTHING",
                [
                    key.id.into(),
                    key.realm_id.into(),
                    key.kid.clone().into(),
                    key.key_type.clone().into(),
                    key.public_jwk.clone().into(),
                    key.private_sealed.clone().into(),
                    key.published_from.millis().into(),
                    key.published_until.map(Timestamp::millis).into(),
                    key.decrypts_until.map(Timestamp::millis).into(),
                    key.created_at.millis().into(),
                ],
            )
            .await?;
        Ok(made == 1)
    }

    /// Lets one key pair leave the JWKS at `published_until` and decrypt until `decrypts_until`; says whether it had no end yet.
    ///
    /// # Errors
    /// The database's.
    pub async fn retire_encryption_key(
        &self,
        realm: Uuid,
        id: Uuid,
        published_until: Timestamp,
        decrypts_until: Timestamp,
    ) -> Result<bool> {
        self.changed(Cached::Keys).await?;
        let retired = self
            .change(
                "UPDATE encryption_keys SET published_until = $1, decrypts_until = $2 \
                 WHERE id = $3 AND realm_id = $4 AND published_until IS NULL",
                [published_until.millis().into(), decrypts_until.millis().into(), id.into(), realm.into()],
            )
            .await?;
        Ok(retired == 1)
    }
}

fn read(row: Model) -> EncryptionKeyRow {
    EncryptionKeyRow {
        id: row.id,
        realm_id: row.realm_id,
        kid: row.kid,
        key_type: row.key_type,
        public_jwk: row.public_jwk,
        private_sealed: row.private_sealed,
        published_from: Timestamp::from_millis(row.published_from),
        published_until: row.published_until.map(Timestamp::from_millis),
        decrypts_until: row.decrypts_until.map(Timestamp::from_millis),
        created_at: Timestamp::from_millis(row.created_at),
    }
}
