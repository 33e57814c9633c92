//! Clients that register themselves: their limits, their access to their own registration, and the tokens that let them register.

use sea_orm::{DbBackend, FromQueryResult};
use uuid::Uuid;

use crate::clock::Timestamp;

use super::clients::Client;
use super::epochs::Cached;
use super::statement::Run;
use super::{Db, Result, Tx};

/// Why a client is not registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotRegistered {
    /// Too many registrations wait to be used.
    Full,
    /// There is a client with this `client_id`.
    Taken,
    /// The initial access token is unknown, over, or used up.
    NotAdmitted,
}

/// So near the limit of registrations that wait they are made one after the other: more than all nodes make at once.
const AT_ONCE: u32 = 256;

/// Of realm, hash and now: that an initial access token lets somebody register.
const ADMITS: &str = "realm_id = $1 AND hash = $2 AND uses_left > 0 AND expires_at > $3";

/// A token that lets its holder register clients (RFC 7591 §3).
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub struct InitialAccessToken {
    /// The row's id.
    pub id: Uuid,
    /// What the operator calls it.
    pub note: String,
    /// How many registrations it allows still.
    pub uses_left: i64,
    /// When it ends (milliseconds since the epoch).
    pub expires_at: i64,
    /// When it was made (milliseconds since the epoch).
    pub created_at: i64,
}

impl Db {
    /// The client whose registration access token has this SHA-256; not from the cache.
    ///
    /// # Errors
    /// The database's.
    pub async fn registered_client(&self, realm: Uuid, client_id: &str, hash: [u8; 32]) -> Result<Option<Client>> {
        let Some(known) = self.client(realm, client_id).await? else { return Ok(None) };
        let sql = "SELECT 1 FROM clients WHERE id = $1 AND registration_hash = $2 AND NOT disabled";
        if !self.any(sql, [known.id.into(), hash.to_vec().into()]).await? {
            return Ok(None);
        }
        self.client_by_row(realm, known.id).await
    }

    /// What would be answered to who registers now: asked before anything is done for it, and once more where it is stored.
    ///
    /// # Errors
    /// The database's.
    pub async fn registration_refusal(
        &self,
        realm: Uuid,
        max_unused: u32,
        admitted_by: Option<[u8; 32]>,
        now: Timestamp,
    ) -> Result<Option<NotRegistered>> {
        let Some(token) = admitted_by else {
            return Ok(is_full(self, realm, max_unused).await?.then_some(NotRegistered::Full));
        };
        let sql = format!("SELECT 1 FROM initial_access_tokens WHERE {ADMITS}");
        let admits = self.any(&sql, [realm.into(), token.to_vec().into(), now.millis().into()]).await?;
        Ok((!admits).then_some(NotRegistered::NotAdmitted))
    }

    /// Remembers that a client was used: from now on its registration stays. No other process needs to hear of it.
    ///
    /// # Errors
    /// The database's.
    pub async fn mark_client_used(&self, client: &Client, now: Timestamp) -> Result<()> {
        let sql = "UPDATE clients SET used_at = $1 WHERE id = $2 AND used_at IS NULL RETURNING id";
        self.write_one(sql.to_owned(), vec![now.millis().into(), client.id.into()]).await?;
        self.0.caches.forget_client(client);
        Ok(())
    }

    /// Deletes up to `limit` registrations that nobody used before `before`, and initial access tokens that are over; says how many. One that an
    /// operator has shut out stays: it would come back as if nothing had been.
    ///
    /// # Errors
    /// The database's.
    pub async fn purge_registrations(&self, before: Timestamp, now: Timestamp, limit: u32) -> Result<u64> {
        let (before, now, limit) = (before.millis(), now.millis(), i64::from(limit));
        self.write(async move |tx| {
            let clients = tx
                .change(
                    // The outer condition is asked again of a row that was used meanwhile.
                    "DELETE FROM clients WHERE used_at IS NULL AND NOT disabled AND id IN (SELECT id FROM clients \
                     WHERE used_at IS NULL AND NOT disabled AND registrant = 'client' AND created_at <= $1 LIMIT $2)",
                    [before.into(), limit.into()],
                )
                .await?;
            if clients > 0 {
                tx.changed(Cached::Clients).await?;
            }
            let tokens = tx
                .change(
                    "DELETE FROM initial_access_tokens WHERE id IN \
                     (SELECT id FROM initial_access_tokens WHERE expires_at <= $1 LIMIT $2)",
                    [now.into(), limit.into()],
                )
                .await?;
            Ok(clients + tokens)
        })
        .await
    }

    /// The initial access tokens of a realm that are not over, the newest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn initial_access_tokens(&self, realm: Uuid, now: Timestamp) -> Result<Vec<InitialAccessToken>> {
        self.all(
            "SELECT id, note, uses_left, expires_at, created_at FROM initial_access_tokens \
             WHERE realm_id = $1 AND expires_at > $2 ORDER BY created_at DESC, id DESC",
            [realm.into(), now.millis().into()],
        )
        .await
    }
}

impl Tx {
    /// Registers a client by itself, with the SHA-256 of its registration access token if it gets one: if fewer than `max_unused` wait to be used,
    /// and if the initial access token with the SHA-256 `admitted_by` allows it, where one is needed.
    ///
    /// # Errors
    /// The database's.
    pub async fn register_client(
        &self,
        client: &Client,
        hash: Option<[u8; 32]>,
        max_unused: u32,
        admitted_by: Option<[u8; 32]>,
    ) -> Result<std::result::Result<(), NotRegistered>> {
        match admitted_by {
            Some(token) if !self.use_initial_access_token(client.realm_id, token, client.created_at).await? => {
                return Ok(Err(NotRegistered::NotAdmitted));
            }
            None if self.is_full_at_once(client.realm_id, max_unused).await? => return Ok(Err(NotRegistered::Full)),
            _ => {}
        }
        Ok(if self.insert_client(client, hash).await? { Ok(()) } else { Err(NotRegistered::Taken) })
    }

    /// Whether too many wait, though others register at this instant: near the limit, on PostgreSQL, none counts before the one before it has
    /// committed. SQLite has one writer anyway.
    async fn is_full_at_once(&self, realm: Uuid, max_unused: u32) -> Result<bool> {
        if self.backend() == DbBackend::Postgres {
            if !is_full(self, realm, max_unused.saturating_sub(AT_ONCE)).await? {
                return Ok(false);
            }
            self.any("SELECT 1 FROM realms WHERE id = $1 FOR NO KEY UPDATE", [realm.into()]).await?;
        }
        is_full(self, realm, max_unused).await
    }

    async fn use_initial_access_token(&self, realm: Uuid, hash: [u8; 32], now: Timestamp) -> Result<bool> {
        let used = self
            .change(
                &format!("UPDATE initial_access_tokens SET uses_left = uses_left - 1 WHERE {ADMITS}"),
                [realm.into(), hash.to_vec().into(), now.millis().into()],
            )
            .await?;
        Ok(used == 1)
    }

    /// Stores an initial access token by its SHA-256.
    ///
    /// # Errors
    /// The database's.
    pub async fn create_initial_access_token(
        &self,
        realm: Uuid,
        token: &InitialAccessToken,
        hash: [u8; 32],
    ) -> Result<()> {
        self.change(
            "INSERT INTO initial_access_tokens (id, realm_id, note, hash, uses_left, expires_at, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
            [
                token.id.into(),
                realm.into(),
                token.note.clone().into(),
                hash.to_vec().into(),
                token.uses_left.into(),
                token.expires_at.into(),
                token.created_at.into(),
            ],
        )
        .await?;
        Ok(())
    }

    /// Ends an initial access token; says whether there was such a one.
    ///
    /// # Errors
    /// The database's.
    pub async fn delete_initial_access_token(&self, realm: Uuid, id: Uuid) -> Result<bool> {
        let sql = "DELETE FROM initial_access_tokens WHERE realm_id = $1 AND id = $2";
        Ok(self.change(sql, [realm.into(), id.into()]).await? == 1)
    }
}

/// Whether `max_unused` registrations of a realm wait to be used. Beyond that nothing is counted: the rows are read up to it.
async fn is_full(on: &impl Run, realm: Uuid, max_unused: u32) -> Result<bool> {
    let Some(last) = max_unused.checked_sub(1) else { return Ok(true) };
    let sql =
        "SELECT 1 FROM clients WHERE realm_id = $1 AND used_at IS NULL AND registrant = 'client' LIMIT 1 OFFSET $2";
    on.any(sql, [realm.into(), i64::from(last).into()]).await
}
