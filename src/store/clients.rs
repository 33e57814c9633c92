//! Clients and their secrets.

use std::sync::Arc;

use entity::{client, client_secret};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::protocol::client_id_metadata_document as document;
use crate::protocol::client_metadata::{ClientKind, ClientMetadata, RegisteredUris};
use crate::protocol::profile::Profile;
use crate::protocol::registrant::Registrant;

use super::caches::may_be_there;
use super::epochs::Cached;
use super::{Db, Error, Result, Tx};

/// A client.
#[derive(Debug, Clone)]
pub struct Client {
    /// The row's id.
    pub id: Uuid,
    /// The realm.
    pub realm_id: Uuid,
    /// The `client_id` of the protocol.
    pub client_id: String,
    /// The user who registered it, if one did.
    pub owner_id: Option<Uuid>,
    /// Who registered it.
    pub registrant: Registrant,
    /// Whether it was ever used, for one that registered itself.
    pub used: bool,
    /// Its metadata (RFC 7591 §2).
    pub metadata: ClientMetadata,
    /// Its URIs, parsed.
    pub uris: RegisteredUris,
    /// Whether it is the operator's own: consent may be skipped.
    pub first_party: bool,
    /// What it has set otherwise than its realm.
    pub settings: Settings,
    /// Whether it is shut out.
    pub disabled: bool,
    /// Nothing issued before this instant is alive.
    pub not_before: Timestamp,
    /// SHA-256 of its logo, where one was fetched.
    pub logo: Option<[u8; 32]>,
    /// Its secrets.
    pub secrets: Vec<ClientSecret>,
    /// When it was registered.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// What a client has set otherwise than its realm.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The set of rules that it keeps.
    pub profile: Profile,
    /// Whether its users are not asked for consent; for first-party clients only.
    pub skip_consent: bool,
    /// The resource server that its tokens are for where a request names none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_resource: Option<String>,
    /// Lifetime of its access tokens, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_token_seconds: Option<u64>,
    /// Lifetime of its ID tokens, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_token_seconds: Option<u64>,
}

impl Settings {
    /// The resources that a request is for: those that it names, else the default one.
    pub fn resources<'a>(&'a self, named: &'a [String]) -> &'a [String] {
        if named.is_empty() { self.default_resource.as_slice() } else { named }
    }
}

/// The hash of a client's secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientSecret {
    /// The row's id.
    pub id: Uuid,
    /// SHA-256 of the secret.
    pub hash: [u8; 32],
    /// The secret itself, sealed, where assertions are made with it.
    pub sealed: Option<Vec<u8>>,
    /// When it ends, if it does.
    pub expires_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl ClientSecret {
    /// Whether it has not ended.
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|end| end > now)
    }
}

impl Client {
    /// Whether it can keep a secret.
    pub const fn kind(&self) -> ClientKind {
        self.metadata.kind()
    }

    /// The sector within which its users have one subject; none where they have everyone's (OpenID Connect Core §8.1).
    pub fn sector(&self) -> Option<&str> {
        self.uris.sector.as_deref()
    }

    /// The name that people see: its own, else its id.
    pub fn name(&self) -> &str {
        self.metadata.client_name.as_deref().unwrap_or(&self.client_id)
    }
}

impl Db {
    /// The client with this `client_id`.
    ///
    /// # Errors
    /// The database's.
    pub async fn client(&self, realm: Uuid, client_id: &str) -> Result<Option<Arc<Client>>> {
        if !may_be_there(client_id, document::MAX_URL) {
            return Ok(None);
        }
        let key = (realm, client_id.to_owned());
        let generation = self.generation(Cached::Clients);
        if let Some(known) = self.0.caches.clients.get(&key, generation) {
            return Ok(known);
        }
        let row = client::Entity::find()
            .filter(client::Column::RealmId.eq(realm))
            .filter(client::Column::ClientId.eq(client_id))
            .one(self.reader())
            .await?;
        let found = match row {
            Some(row) => Some(Arc::new(self.with_secrets(row).await?)),
            None => None,
        };
        if found.is_some() || may_be_known_absent(client_id) {
            self.0.caches.clients.insert(key, generation, found.clone());
        }
        Ok(found)
    }

    /// The client in this row, not from the cache.
    ///
    /// # Errors
    /// The database's.
    pub async fn client_by_row(&self, realm: Uuid, id: Uuid) -> Result<Option<Client>> {
        let row = client::Entity::find_by_id(id).filter(client::Column::RealmId.eq(realm)).one(self.reader()).await?;
        match row {
            Some(row) => Ok(Some(self.with_secrets(row).await?)),
            None => Ok(None),
        }
    }

    /// The clients of a realm, or those that `owner` registered, newest first, `limit` at a time, from `before` on.
    ///
    /// # Errors
    /// The database's.
    pub async fn clients(
        &self,
        realm: Uuid,
        owner: Option<Uuid>,
        before: Option<Uuid>,
        limit: u64,
    ) -> Result<Vec<Client>> {
        let mut find = client::Entity::find()
            .filter(client::Column::RealmId.eq(realm))
            .filter(client::Column::Id.lt(before.unwrap_or(Uuid::max())))
            .order_by_desc(client::Column::Id)
            .limit(limit);
        if let Some(owner) = owner {
            find = find.filter(client::Column::OwnerId.eq(owner));
        }
        let rows = find.all(self.reader()).await?;
        rows.into_iter().map(|row| read(row, Vec::new())).collect()
    }

    async fn with_secrets(&self, row: client::Model) -> Result<Client> {
        let secrets = client_secret::Entity::find()
            .filter(client_secret::Column::ClientId.eq(row.id))
            .order_by_desc(client_secret::Column::CreatedAt)
            .all(self.reader())
            .await?;
        read(row, secrets)
    }
}

impl Tx {
    /// Registers a client; says whether its `client_id` was free.
    ///
    /// # Errors
    /// The database's.
    pub async fn create_client(&self, client: &Client) -> Result<bool> {
        self.changed(Cached::Clients).await?;
        self.insert_client(client, None).await
    }

    /// Inserts a client, unless its `client_id` is taken. Of one that is 128 random bits, or the URL of a document, nobody remembers that
    /// it was not there: no process needs to hear of it.
    pub(super) async fn insert_client(&self, client: &Client, registration_hash: Option<[u8; 32]>) -> Result<bool> {
        let made = self
            .change(
                "INSERT INTO clients (id, realm_id, client_id, owner_id, metadata, first_party, settings, disabled, \
                 not_before, created_at, updated_at, registrant, registration_hash) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) \
                 ON CONFLICT (realm_id, client_id) DO NOTHING",
                [
                    client.id.into(),
                    client.realm_id.into(),
                    client.client_id.clone().into(),
                    client.owner_id.into(),
                    json(&client.metadata)?.into(),
                    client.first_party.into(),
                    json(&client.settings)?.into(),
                    client.disabled.into(),
                    client.not_before.millis().into(),
                    client.created_at.millis().into(),
                    client.updated_at.millis().into(),
                    client.registrant.as_str().into(),
                    registration_hash.map(|hash| hash.to_vec()).into(),
                ],
            )
            .await?;
        if made == 0 {
            return Ok(false);
        }
        for secret in &client.secrets {
            self.insert_client_secret(client.realm_id, client.id, secret).await?;
        }
        self.want_logo(client).await?;
        Ok(true)
    }

    /// Stores a client's metadata, settings and whether it is shut out; says whether there was such a client, last changed at
    /// `before`: of two that change it at once, one must read it again.
    ///
    /// # Errors
    /// The database's.
    pub async fn update_client(&self, client: &Client, before: Timestamp) -> Result<bool> {
        self.changed(Cached::Clients).await?;
        let changed = self
            .change(
                "UPDATE clients SET metadata = $1, first_party = $2, settings = $3, disabled = $4, not_before = $5, \
                 updated_at = $6, logo_hash = $10 WHERE id = $7 AND realm_id = $8 AND updated_at = $9",
                [
                    json(&client.metadata)?.into(),
                    client.first_party.into(),
                    json(&client.settings)?.into(),
                    client.disabled.into(),
                    client.not_before.millis().into(),
                    client.updated_at.millis().into(),
                    client.id.into(),
                    client.realm_id.into(),
                    before.millis().into(),
                    client.logo.map(|hash| hash.to_vec()).into(),
                ],
            )
            .await?;
        if changed == 1 && client.logo.is_none() {
            self.drop_logo(client).await?;
            self.want_logo(client).await?;
        }
        Ok(changed == 1)
    }

    /// Deletes a client with all that it holds; says whether there was such a client.
    ///
    /// # Errors
    /// The database's.
    pub async fn delete_client(&self, realm: Uuid, id: Uuid) -> Result<bool> {
        self.changed(Cached::Clients).await?;
        let deleted =
            self.change("DELETE FROM clients WHERE id = $1 AND realm_id = $2", [id.into(), realm.into()]).await?;
        Ok(deleted == 1)
    }

    /// Adds a secret.
    ///
    /// # Errors
    /// The database's.
    pub async fn add_client_secret(&self, realm: Uuid, client: Uuid, secret: &ClientSecret) -> Result<()> {
        self.changed(Cached::Clients).await?;
        self.insert_client_secret(realm, client, secret).await
    }

    async fn insert_client_secret(&self, realm: Uuid, client: Uuid, secret: &ClientSecret) -> Result<()> {
        self.change(
            "INSERT INTO client_secrets (id, realm_id, client_id, hash, sealed, expires_at, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
            [
                secret.id.into(),
                realm.into(),
                client.into(),
                secret.hash.to_vec().into(),
                secret.sealed.clone().into(),
                secret.expires_at.map(Timestamp::millis).into(),
                secret.created_at.millis().into(),
            ],
        )
        .await?;
        Ok(())
    }

    /// Deletes a secret; says whether there was such a one.
    ///
    /// # Errors
    /// The database's.
    pub async fn delete_client_secret(&self, client: Uuid, secret: Uuid) -> Result<bool> {
        self.changed(Cached::Clients).await?;
        let sql = "DELETE FROM client_secrets WHERE client_id = $1 AND id = $2";
        Ok(self.change(sql, [client.into(), secret.into()]).await? == 1)
    }

    /// Lets go of the secrets themselves; their hashes stay.
    ///
    /// # Errors
    /// The database's.
    pub async fn unlearn_client_secrets(&self, client: Uuid) -> Result<()> {
        self.changed(Cached::Clients).await?;
        self.change("UPDATE client_secrets SET sealed = NULL WHERE client_id = $1", [client.into()]).await?;
        Ok(())
    }

    /// Lets every secret of a client but the newest `keep` go, and ends those that stay at `expires_at` unless they end sooner.
    ///
    /// # Errors
    /// The database's.
    pub async fn retire_client_secrets(&self, client: Uuid, keep: u64, expires_at: Timestamp) -> Result<()> {
        self.changed(Cached::Clients).await?;
        self.change(
            "DELETE FROM client_secrets WHERE client_id = $1 AND id NOT IN \
             (SELECT id FROM client_secrets WHERE client_id = $1 ORDER BY created_at DESC, id DESC LIMIT $2)",
            [client.into(), i64::try_from(keep).unwrap_or(i64::MAX).into()],
        )
        .await?;
        self.change(
            "UPDATE client_secrets SET expires_at = $1 WHERE client_id = $2 AND (expires_at IS NULL OR expires_at > $1)",
            [expires_at.millis().into(), client.into()],
        )
        .await?;
        Ok(())
    }
}

/// Whether it may be remembered that there is no such client. The URL of a document is known before its client is there: who names it to
/// one process in time must not shut it out there once another process has it.
fn may_be_known_absent(client_id: &str) -> bool {
    !document::is_meant(client_id)
}

fn json(value: &impl Serialize) -> Result<serde_json::Value> {
    serde_json::to_value(value).map_err(|error| Error::unreadable("clients", error))
}

fn read(row: client::Model, secrets: Vec<client_secret::Model>) -> Result<Client> {
    let unreadable = |error: serde_json::Error| Error::unreadable("clients", error);
    let metadata: ClientMetadata = serde_json::from_value(row.metadata).map_err(unreadable)?;
    let uris =
        metadata.validate().map_err(|_| Error::unreadable("clients", "its metadata breaks a rule of this release"))?;
    Ok(Client {
        id: row.id,
        realm_id: row.realm_id,
        client_id: row.client_id,
        owner_id: row.owner_id,
        registrant: row.registrant.parse().map_err(|_| Error::unreadable("clients", "its registrant is unknown"))?,
        used: row.used_at.is_some(),
        metadata,
        uris,
        first_party: row.first_party,
        settings: serde_json::from_value(row.settings).map_err(unreadable)?,
        disabled: row.disabled,
        not_before: Timestamp::from_millis(row.not_before),
        logo: row.logo_hash.map(hash).transpose()?,
        secrets: secrets.into_iter().map(read_secret).collect::<Result<_>>()?,
        created_at: Timestamp::from_millis(row.created_at),
        updated_at: Timestamp::from_millis(row.updated_at),
    })
}

fn read_secret(row: client_secret::Model) -> Result<ClientSecret> {
    Ok(ClientSecret {
        id: row.id,
        hash: hash(row.hash)?,
        sealed: row.sealed,
        expires_at: row.expires_at.map(Timestamp::from_millis),
        created_at: Timestamp::from_millis(row.created_at),
    })
}

fn hash(bytes: Vec<u8>) -> Result<[u8; 32]> {
    bytes.try_into().map_err(|_| Error::unreadable("clients", "a hash of another length"))
}
