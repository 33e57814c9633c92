//! Resource servers: the APIs that accept our access tokens.

use std::sync::Arc;

use entity::resource_server;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::protocol::algorithm::SigningAlgorithm;

use super::epochs::Cached;
use super::{Db, Error, Result, Tx};

/// A resource server.
#[derive(Debug, Clone)]
pub struct ResourceServer {
    /// The row's id.
    pub id: Uuid,
    /// The realm.
    pub realm_id: Uuid,
    /// The audience of its tokens: the `resource` of RFC 8707.
    pub identifier: String,
    /// What people read.
    pub name: String,
    /// The `iss` of its tokens where it is not the realm's.
    pub issuer: Option<String>,
    /// How its tokens are signed.
    pub signing_alg: SigningAlgorithm,
    /// Lifetime of its tokens in seconds, where it is not the realm's.
    pub access_token_seconds: Option<u64>,
    /// The scope tokens that it knows.
    pub scopes: Vec<ScopeDescription>,
    /// The client row by which it introspects.
    pub client_id: Option<Uuid>,
    /// When it was registered.
    pub created_at: Timestamp,
}

/// A scope token of a resource server, with what people read of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScopeDescription {
    /// The token.
    pub scope: String,
    /// What it allows, in plain words.
    pub description: String,
}

impl ResourceServer {
    /// Whether it knows this scope token.
    pub fn knows(&self, token: &str) -> bool {
        self.scopes.iter().any(|known| known.scope == token)
    }
}

impl Db {
    /// The resource server with this identifier.
    ///
    /// # Errors
    /// The database's.
    pub async fn resource_server(&self, realm: Uuid, identifier: &str) -> Result<Option<Arc<ResourceServer>>> {
        let key = (realm, identifier.to_owned());
        let generation = self.generation(Cached::ResourceServers);
        if let Some(known) = self.0.caches.resource_servers.get(&key, generation) {
            return Ok(known);
        }
        let row = resource_server::Entity::find()
            .filter(resource_server::Column::RealmId.eq(realm))
            .filter(resource_server::Column::Identifier.eq(identifier))
            .one(self.reader())
            .await?;
        let found = row.map(|row| read(row).map(Arc::new)).transpose()?;
        self.0.caches.resource_servers.insert(key, generation, found.clone());
        Ok(found)
    }

    /// The resource servers of a realm, by identifier.
    ///
    /// # Errors
    /// The database's.
    pub async fn resource_servers(&self, realm: Uuid) -> Result<Vec<ResourceServer>> {
        let rows = resource_server::Entity::find()
            .filter(resource_server::Column::RealmId.eq(realm))
            .order_by_asc(resource_server::Column::Identifier)
            .all(self.reader())
            .await?;
        rows.into_iter().map(read).collect()
    }
}

impl Tx {
    /// Registers a resource server; says whether its identifier was free.
    ///
    /// # Errors
    /// The database's.
    pub async fn create_resource_server(&self, server: &ResourceServer) -> Result<bool> {
        self.changed(Cached::ResourceServers).await?;
        let scopes =
            serde_json::to_value(&server.scopes).map_err(|error| Error::unreadable("resource_servers", error))?;
        let seconds = server.access_token_seconds.map(|seconds| i64::try_from(seconds).unwrap_or(i64::MAX));
        let made = self
            .change(
                "INSERT INTO resource_servers (id, realm_id, identifier, name, issuer, signing_alg, access_token_seconds, \
                 scopes, client_id, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10) \
                 ON CONFLICT (realm_id, identifier) DO NOTHING",
                [
                    server.id.into(),
                    server.realm_id.into(),
                    server.identifier.clone().into(),
                    server.name.clone().into(),
                    server.issuer.clone().into(),
                    server.signing_alg.as_str().into(),
                    seconds.into(),
                    scopes.into(),
                    server.client_id.into(),
                    server.created_at.millis().into(),
                ],
            )
            .await?;
        Ok(made == 1)
    }
}

fn read(row: resource_server::Model) -> Result<ResourceServer> {
    Ok(ResourceServer {
        id: row.id,
        realm_id: row.realm_id,
        identifier: row.identifier,
        name: row.name,
        issuer: row.issuer,
        signing_alg: row.signing_alg.parse().map_err(|error| Error::unreadable("resource_servers", error))?,
        access_token_seconds: row.access_token_seconds.map(i64::unsigned_abs),
        scopes: serde_json::from_value(row.scopes).map_err(|error| Error::unreadable("resource_servers", error))?,
        client_id: row.client_id,
        created_at: Timestamp::from_millis(row.created_at),
    })
}
