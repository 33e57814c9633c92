//! Rows of signing keys, refresh keys and keyring canaries. What is sealed here is opened in `keys`.

use entity::{keyring_canary, refresh_key, signing_key};
use sea_orm::{ColumnTrait as _, Condition, EntityTrait as _, FromQueryResult, QueryFilter as _, QueryOrder as _};
use serde_json::Value as Json;
use uuid::Uuid;

use crate::clock::Timestamp;

use super::encryption_keys::ENCRYPTION_KEY;
use super::epochs::Cached;
use super::outbox::OUTBOX_PAYLOAD;
use super::statement::Run as _;
use super::{Db, Result, Tx};

/// A realm's key pair.
#[derive(Debug, Clone)]
pub struct SigningKeyRow {
    /// The row's id, which its ciphertext is bound to.
    pub id: Uuid,
    /// The realm.
    pub realm_id: Uuid,
    /// Its `kid`.
    pub kid: String,
    /// Its algorithm.
    pub alg: String,
    /// The public key as a JWK.
    pub public_jwk: Json,
    /// The private key, sealed.
    pub private_sealed: Vec<u8>,
    /// When it begins to sign.
    pub signs_from: Timestamp,
    /// When it ceases to sign.
    pub signs_until: Option<Timestamp>,
    /// When it leaves the JWKS.
    pub published_until: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A column whose values the keyring seals. Whoever adds one adds it here, so that rotation of the keyring finds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SealedColumn {
    /// The table.
    pub table: &'static str,
    /// The column.
    pub column: &'static str,
}

/// The private keys of key pairs.
pub const SIGNING_KEY: SealedColumn = SealedColumn { table: "signing_keys", column: "private_sealed" };
/// The keys that refresh tokens are tagged with.
pub const REFRESH_KEY: SealedColumn = SealedColumn { table: "refresh_keys", column: "sealed" };
/// The secrets that clients make assertions with.
pub const CLIENT_SECRET: SealedColumn = SealedColumn { table: "client_secrets", column: "sealed" };
/// The secrets that resource servers check HS256 tokens with.
pub const RESOURCE_SERVER_SECRET: SealedColumn = SealedColumn { table: "resource_servers", column: "secret_sealed" };
/// Every such column.
pub const SEALED: [SealedColumn; 6] =
    [SIGNING_KEY, REFRESH_KEY, ENCRYPTION_KEY, CLIENT_SECRET, RESOURCE_SERVER_SECRET, OUTBOX_PAYLOAD];

#[derive(FromQueryResult)]
struct SealedValue {
    id: Uuid,
    value: Vec<u8>,
}

/// A key that refresh tokens are tagged with.
#[derive(Debug, Clone)]
pub struct RefreshKeyRow {
    /// The row's id, which its ciphertext is bound to.
    pub id: Uuid,
    /// The realm.
    pub realm_id: Uuid,
    /// Its number in the realm.
    pub number: u32,
    /// The key, sealed.
    pub sealed: Vec<u8>,
    /// When it ceased to tag new families.
    pub retired_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Db {
    /// The key pairs of a realm that are published at `now`, the newest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn signing_keys(&self, realm: Uuid, now: Timestamp) -> Result<Vec<SigningKeyRow>> {
        let rows = signing_key::Entity::find()
            .filter(signing_key::Column::RealmId.eq(realm))
            .filter(
                Condition::any()
                    .add(signing_key::Column::PublishedUntil.is_null())
                    .add(signing_key::Column::PublishedUntil.gt(now.millis())),
            )
            .order_by_desc(signing_key::Column::SignsFrom)
            .order_by_desc(signing_key::Column::Id)
            .all(self.reader())
            .await?;
        Ok(rows.into_iter().map(read_signing_key).collect())
    }

    /// The refresh keys of a realm, the newest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn refresh_keys(&self, realm: Uuid) -> Result<Vec<RefreshKeyRow>> {
        let rows = refresh_key::Entity::find()
            .filter(refresh_key::Column::RealmId.eq(realm))
            .order_by_desc(refresh_key::Column::Number)
            .all(self.reader())
            .await?;
        Ok(rows.into_iter().map(read_refresh_key).collect())
    }

    /// Everything that is sealed in a column, with the id of its row.
    ///
    /// # Errors
    /// The database's.
    pub async fn sealed(&self, SealedColumn { table, column }: SealedColumn) -> Result<Vec<(Uuid, Vec<u8>)>> {
        let rows: Vec<SealedValue> =
            self.all(&format!("SELECT id, {column} AS value FROM {table} WHERE {column} IS NOT NULL"), []).await?;
        Ok(rows.into_iter().map(|row| (row.id, row.value)).collect())
    }

    /// The canaries: a keyring key's id, and a known text under it.
    ///
    /// # Errors
    /// The database's.
    pub async fn canaries(&self) -> Result<Vec<(String, Vec<u8>)>> {
        let rows = keyring_canary::Entity::find().all(self.reader()).await?;
        Ok(rows.into_iter().map(|row| (row.key_id, row.sealed)).collect())
    }
}

impl Tx {
    /// Stores a key pair; says whether the realm had none of that `kid`, also none that is no longer published.
    ///
    /// # Errors
    /// The database's.
    pub async fn create_signing_key(&self, key: &SigningKeyRow) -> Result<bool> {
        self.changed(Cached::Keys).await?;
        let made = self
            .change(
                "INSERT INTO signing_keys (id, realm_id, kid, alg, public_jwk, private_sealed, signs_from, signs_until, \
                 published_until, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
                 ON CONFLICT (realm_id, kid) DO NOTHING",
                [
                    key.id.into(),
                    key.realm_id.into(),
                    key.kid.clone().into(),
                    key.alg.clone().into(),
                    key.public_jwk.clone().into(),
                    key.private_sealed.clone().into(),
                    key.signs_from.millis().into(),
                    key.signs_until.map(Timestamp::millis).into(),
                    key.published_until.map(Timestamp::millis).into(),
                    key.created_at.millis().into(),
                ],
            )
            .await?;
        Ok(made == 1)
    }

    /// Lets every other key of the algorithm of `successor` that has no end cease when it begins to sign, and leave the JWKS at
    /// `published_until`.
    ///
    /// # Errors
    /// The database's.
    pub async fn retire_before(&self, successor: &SigningKeyRow, published_until: Timestamp) -> Result<u64> {
        self.changed(Cached::Keys).await?;
        self.change(
            "UPDATE signing_keys SET signs_until = $1, published_until = $2 \
             WHERE realm_id = $3 AND alg = $4 AND id <> $5 AND signs_until IS NULL",
            [
                successor.signs_from.millis().into(),
                published_until.millis().into(),
                successor.realm_id.into(),
                successor.alg.clone().into(),
                successor.id.into(),
            ],
        )
        .await
    }

    /// Lets one key pair cease to sign at `signs_until` and leave the JWKS at `published_until`; says whether it had no end yet.
    ///
    /// # Errors
    /// The database's.
    pub async fn retire_signing_key(
        &self,
        realm: Uuid,
        id: Uuid,
        signs_until: Timestamp,
        published_until: Timestamp,
    ) -> Result<bool> {
        self.changed(Cached::Keys).await?;
        let retired = self
            .change(
                "UPDATE signing_keys SET signs_until = $1, published_until = $2 \
                 WHERE id = $3 AND realm_id = $4 AND signs_until IS NULL",
                [signs_until.millis().into(), published_until.millis().into(), id.into(), realm.into()],
            )
            .await?;
        Ok(retired == 1)
    }

    /// Stores a refresh key; says whether its number was free.
    ///
    /// # Errors
    /// The database's.
    pub async fn create_refresh_key(&self, key: &RefreshKeyRow) -> Result<bool> {
        self.changed(Cached::Keys).await?;
        let made = self
            .change(
                "INSERT INTO refresh_keys (realm_id, number, id, sealed, retired_at, created_at) \
                 VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (realm_id, number) DO NOTHING",
                [
                    key.realm_id.into(),
                    i64::from(key.number).into(),
                    key.id.into(),
                    key.sealed.clone().into(),
                    key.retired_at.map(Timestamp::millis).into(),
                    key.created_at.millis().into(),
                ],
            )
            .await?;
        Ok(made == 1)
    }

    /// Puts `new` in the place of `old`, the same value under another key; says whether `old` was still there.
    ///
    /// # Errors
    /// The database's.
    pub async fn reseal(&self, column: SealedColumn, id: Uuid, old: &[u8], new: &[u8]) -> Result<bool> {
        let SealedColumn { table, column } = column;
        let sql = format!("UPDATE {table} SET {column} = $1 WHERE id = $2 AND {column} = $3");
        Ok(self.change(&sql, [new.to_vec().into(), id.into(), old.to_vec().into()]).await? == 1)
    }

    /// Stores a canary unless there is one for its keyring key.
    ///
    /// # Errors
    /// The database's.
    pub async fn create_canary(&self, key_id: &str, sealed: &[u8], now: Timestamp) -> Result<()> {
        self.change(
            "INSERT INTO keyring_canaries (key_id, sealed, created_at) VALUES ($1, $2, $3) ON CONFLICT (key_id) DO NOTHING",
            [key_id.into(), sealed.to_vec().into(), now.millis().into()],
        )
        .await?;
        Ok(())
    }
}

fn read_signing_key(row: signing_key::Model) -> SigningKeyRow {
    SigningKeyRow {
        id: row.id,
        realm_id: row.realm_id,
        kid: row.kid,
        alg: row.alg,
        public_jwk: row.public_jwk,
        private_sealed: row.private_sealed,
        signs_from: Timestamp::from_millis(row.signs_from),
        signs_until: row.signs_until.map(Timestamp::from_millis),
        published_until: row.published_until.map(Timestamp::from_millis),
        created_at: Timestamp::from_millis(row.created_at),
    }
}

fn read_refresh_key(row: refresh_key::Model) -> RefreshKeyRow {
    RefreshKeyRow {
        id: row.id,
        realm_id: row.realm_id,
        number: u32::try_from(row.number).unwrap_or(0),
        sealed: row.sealed,
        retired_at: row.retired_at.map(Timestamp::from_millis),
        created_at: Timestamp::from_millis(row.created_at),
    }
}
