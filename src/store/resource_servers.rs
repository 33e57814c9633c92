//! Resource servers: the APIs that accept our access tokens.

use std::fmt;
use std::sync::Arc;

use entity::resource_server;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, Value};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::protocol::UnknownName;
use crate::protocol::access_token::{ClaimSet, TokenFormat};
use crate::protocol::algorithm::{JwsAlgorithm, SigningAlgorithm};
use crate::protocol::resource;

use super::caches::may_be_there;
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
    /// The form of its tokens.
    pub form: TokenForm,
    /// What its tokens say.
    pub claim_set: ClaimSet,
    /// Lifetime of its tokens in seconds, where it is not the realm's.
    pub access_token_seconds: Option<u64>,
    /// The scope tokens that it knows.
    pub scopes: Vec<ScopeDescription>,
    /// The client row by which it introspects.
    pub client_id: Option<Uuid>,
    /// When it was registered.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// The form of a resource server's access tokens.
#[derive(Clone, PartialEq, Eq)]
pub enum TokenForm {
    /// JWTs under a key of the realm.
    Signed(SigningAlgorithm),
    /// JWTs under HS256 and a secret that the resource server holds too; here it is sealed.
    SharedSecret(Vec<u8>),
    /// Nobody but us reads them.
    Opaque,
}

impl TokenForm {
    /// Whether the resource server can read its tokens.
    pub const fn format(&self) -> TokenFormat {
        match self {
            Self::Signed(_) | Self::SharedSecret(_) => TokenFormat::Jwt,
            Self::Opaque => TokenFormat::Opaque,
        }
    }

    /// The algorithm of its signature, if it has one.
    pub const fn algorithm(&self) -> Option<JwsAlgorithm> {
        match self {
            Self::Signed(algorithm) => Some(algorithm.as_jws()),
            Self::SharedSecret(_) => Some(JwsAlgorithm::Hs256),
            Self::Opaque => None,
        }
    }

    fn read(format: &str, algorithm: &str, secret: Option<Vec<u8>>) -> Result<Self> {
        let unreadable = |error: UnknownName| Error::unreadable("resource_servers", error);
        let format: TokenFormat = format.parse().map_err(unreadable)?;
        let algorithm: JwsAlgorithm = algorithm.parse().map_err(unreadable)?;
        match (format, algorithm.signing(), secret) {
            (TokenFormat::Opaque, _, _) => Ok(Self::Opaque),
            (TokenFormat::Jwt, Some(algorithm), _) => Ok(Self::Signed(algorithm)),
            (TokenFormat::Jwt, None, Some(secret)) => Ok(Self::SharedSecret(secret)),
            (TokenFormat::Jwt, None, None) => Err(Error::unreadable("resource_servers", "HS256 without a secret")),
        }
    }

    /// The columns `signing_alg`, `token_format` and `secret_sealed`.
    fn columns(&self) -> [Value; 3] {
        // An opaque token has no algorithm, and the column is never empty.
        let algorithm = self.algorithm().unwrap_or(JwsAlgorithm::Es256);
        let secret = if let Self::SharedSecret(sealed) = self { Some(sealed.clone()) } else { None };
        [algorithm.as_str().into(), self.format().as_str().into(), secret.into()]
    }
}

impl fmt::Debug for TokenForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let algorithm = self.algorithm().map_or("none", JwsAlgorithm::as_str);
        write!(f, "TokenForm({}, {algorithm})", self.format())
    }
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
        if !may_be_there(identifier, resource::MAX_BYTES) {
            return Ok(None);
        }
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

    /// The resource servers that somebody names, each once, however they spell them ([`resource::spellings`]); none
    /// where one of them is not there.
    ///
    /// # Errors
    /// The database's.
    pub async fn named_resource_servers<S: AsRef<str>>(
        &self,
        realm: Uuid,
        named: &[S],
    ) -> Result<Option<Vec<Arc<ResourceServer>>>> {
        let mut servers: Vec<Arc<ResourceServer>> = Vec::with_capacity(named.len());
        for name in named {
            let Some(server) = self.spelled_resource_server(realm, name.as_ref()).await? else { return Ok(None) };
            if servers.iter().all(|known| known.id != server.id) {
                servers.push(server);
            }
        }
        Ok(Some(servers))
    }

    async fn spelled_resource_server(&self, realm: Uuid, name: &str) -> Result<Option<Arc<ResourceServer>>> {
        // As it came, it is there as a rule.
        if let Some(server) = self.resource_server(realm, name).await? {
            return Ok(Some(server));
        }
        for spelling in resource::spellings(name).iter().skip(1) {
            if let Some(server) = self.resource_server(realm, spelling).await? {
                return Ok(Some(server));
            }
        }
        Ok(None)
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
        let made = self
            .change(
                "INSERT INTO resource_servers (id, realm_id, identifier, created_at, name, issuer, signing_alg, token_format, \
                 secret_sealed, claim_set, access_token_seconds, scopes, client_id, updated_at) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) \
                 ON CONFLICT (realm_id, identifier) DO NOTHING",
                [server.id.into(), server.realm_id.into(), server.identifier.clone().into(), server.created_at.millis().into()]
                    .into_iter()
                    .chain(changeable(server)?),
            )
            .await?;
        Ok(made == 1)
    }

    /// Stores what can be changed of a resource server; says whether there was such a one, last changed at `before`.
    ///
    /// # Errors
    /// The database's.
    pub async fn update_resource_server(&self, server: &ResourceServer, before: Timestamp) -> Result<bool> {
        self.changed(Cached::ResourceServers).await?;
        let changed = self
            .change(
                "UPDATE resource_servers SET name = $4, issuer = $5, signing_alg = $6, token_format = $7, secret_sealed = $8, \
                 claim_set = $9, access_token_seconds = $10, scopes = $11, client_id = $12, updated_at = $13 \
                 WHERE id = $1 AND realm_id = $2 AND updated_at = $3",
                [server.id.into(), server.realm_id.into(), before.millis().into()].into_iter().chain(changeable(server)?),
            )
            .await?;
        Ok(changed == 1)
    }
}

/// What can be changed, in the order of both statements.
fn changeable(server: &ResourceServer) -> Result<Vec<Value>> {
    let scopes = serde_json::to_value(&server.scopes).map_err(|error| Error::unreadable("resource_servers", error))?;
    let seconds = server.access_token_seconds.map(|seconds| i64::try_from(seconds).unwrap_or(i64::MAX));
    let [algorithm, format, secret] = server.form.columns();
    Ok(vec![
        server.name.clone().into(),
        server.issuer.clone().into(),
        algorithm,
        format,
        secret,
        server.claim_set.as_str().into(),
        seconds.into(),
        scopes.into(),
        server.client_id.into(),
        server.updated_at.millis().into(),
    ])
}

fn read(row: resource_server::Model) -> Result<ResourceServer> {
    Ok(ResourceServer {
        id: row.id,
        realm_id: row.realm_id,
        identifier: row.identifier,
        name: row.name,
        issuer: row.issuer,
        form: TokenForm::read(&row.token_format, &row.signing_alg, row.secret_sealed)?,
        claim_set: row.claim_set.parse().map_err(|error| Error::unreadable("resource_servers", error))?,
        access_token_seconds: row.access_token_seconds.map(i64::unsigned_abs),
        scopes: serde_json::from_value(row.scopes).map_err(|error| Error::unreadable("resource_servers", error))?,
        client_id: row.client_id,
        created_at: Timestamp::from_millis(row.created_at),
        updated_at: Timestamp::from_millis(row.updated_at),
    })
}
