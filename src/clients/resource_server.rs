//! Registering resource servers: the APIs that tokens are for.

use std::collections::HashSet;
use std::sync::Arc;

use uuid::Uuid;

use crate::protocol::FieldError;
use crate::protocol::algorithm::SigningAlgorithm;
use crate::protocol::client_metadata::ClientKind;
use crate::protocol::resource::is_resource;
use crate::protocol::scope::{STANDARD, is_scope_token};
use crate::store::clients::Client;
use crate::store::epochs::Cached;
use crate::store::events::{By, EventType};
use crate::store::resource_servers::{ResourceServer, ScopeDescription};

use super::create::MAX_TOKEN_SECONDS;
use super::{Clients, Error, Result};

/// The longest name, in characters; of a scope's description, twice that.
const MAX_NAME: usize = 200;
/// The most scopes of one resource server.
const MAX_SCOPES: usize = 200;

/// A resource server to register: an administrator's to do.
#[derive(Debug, Clone)]
pub struct NewResourceServer {
    /// The realm.
    pub realm: Uuid,
    /// The audience of its tokens: an absolute URI (RFC 8707 §2), or a plain name for APIs that expect one.
    pub identifier: String,
    /// What people read.
    pub name: String,
    /// The `iss` of its tokens where it is not the realm's: a URI or a plain name.
    pub issuer: Option<String>,
    /// How its tokens are signed.
    pub signing_alg: SigningAlgorithm,
    /// Lifetime of its tokens in seconds, where it is not the realm's.
    pub access_token_seconds: Option<u64>,
    /// The scope tokens that it knows.
    pub scopes: Vec<ScopeDescription>,
    /// The client id by which it introspects.
    pub client_id: Option<String>,
}

impl Clients {
    /// Registers a resource server.
    ///
    /// # Errors
    /// [`Error::Invalid`], also where the identifier is taken; the database's.
    pub async fn create_resource_server(&self, new: NewResourceServer, by: &By) -> Result<ResourceServer> {
        let mut faults = faults(&new);
        let client = self.introspecting_client(&new, &mut faults).await?;
        if self.db.realm_by_id(new.realm).await?.is_some_and(|realm| realm.issuer == new.identifier) {
            faults.push(FieldError::new("identifier", "must not be the realm's own issuer"));
        }
        if !faults.is_empty() {
            return Err(Error::Invalid(faults));
        }
        let server = ResourceServer {
            id: self.random.id(by.at),
            realm_id: new.realm,
            identifier: new.identifier,
            name: new.name,
            issuer: new.issuer,
            signing_alg: new.signing_alg,
            access_token_seconds: new.access_token_seconds,
            scopes: new.scopes,
            client_id: client.map(|client| client.id),
            created_at: by.at,
        };
        if self.store_resource_server(&server, by).await? {
            return Ok(server);
        }
        Err(Error::Invalid(vec![FieldError::new("identifier", "belongs to another resource server of this realm")]))
    }

    /// The resource servers of a realm, by identifier.
    ///
    /// # Errors
    /// The database's.
    pub async fn resource_servers(&self, realm: Uuid) -> Result<Vec<ResourceServer>> {
        Ok(self.db.resource_servers(realm).await?)
    }

    async fn store_resource_server(&self, server: &ResourceServer, by: &By) -> Result<bool> {
        let data = serde_json::json!({ "identifier": server.identifier, "name": server.name });
        let event = by.event(self.random.id(by.at), server.realm_id, EventType::ResourceServerCreated).with_data(data);
        let server = server.clone();
        let made = self
            .db
            .write(async move |tx| {
                let made = tx.create_resource_server(&server).await?;
                if made {
                    tx.record(&event).await?;
                }
                Ok(made)
            })
            .await?;
        self.db.forget(Cached::ResourceServers);
        Ok(made)
    }

    async fn introspecting_client(
        &self,
        new: &NewResourceServer,
        faults: &mut Vec<FieldError>,
    ) -> Result<Option<Arc<Client>>> {
        let Some(client_id) = &new.client_id else { return Ok(None) };
        let client = self.db.client(new.realm, client_id).await?;
        let client = client.filter(|client| client.kind() == ClientKind::Confidential);
        if client.is_none() {
            faults.push(FieldError::new("client_id", "must name a confidential client of this realm"));
        }
        Ok(client)
    }
}

fn faults(new: &NewResourceServer) -> Vec<FieldError> {
    let mut faults = Vec::new();
    let mut fault = |broken: bool, field, message: &str| {
        if broken {
            faults.push(FieldError::new(field, message));
        }
    };
    fault(
        !is_name_or_uri(&new.identifier),
        "identifier",
        "must be an absolute URI without a fragment, or a plain name of letters, digits and . _ ~ -",
    );
    fault(!is_text(&new.name, MAX_NAME), "name", "must be 1 to 200 characters without space around them");
    fault(
        new.issuer.as_ref().is_some_and(|issuer| !is_name_or_uri(issuer)),
        "issuer",
        "must be an absolute URI without a fragment, or a plain name of letters, digits and . _ ~ -",
    );
    fault(
        new.access_token_seconds.is_some_and(|seconds| !(1..=MAX_TOKEN_SECONDS).contains(&seconds)),
        "access_token_seconds",
        "must be between 1 and 86400 seconds",
    );
    faults.extend(scope_faults(&new.scopes));
    faults
}

fn scope_faults(scopes: &[ScopeDescription]) -> Vec<FieldError> {
    let mut faults = Vec::new();
    if scopes.len() > MAX_SCOPES {
        return vec![FieldError::new("scopes", "must not be more than 200")];
    }
    let mut seen = HashSet::new();
    for ScopeDescription { scope, description } in scopes {
        let message = match scope.as_str() {
            token if !is_scope_token(token) => "is no scope token (RFC 6749 section 3.3)",
            token if STANDARD.contains(&token) => "means something else already (OpenID Connect Core section 5.4)",
            token if !seen.insert(token) => "is listed twice",
            _ if !is_text(description, 2 * MAX_NAME) => "needs a description of 1 to 400 characters",
            _ => continue,
        };
        faults.push(FieldError::new("scopes", format!("{scope:?} {message}")));
    }
    faults
}

/// RFC 7519 §2, StringOrURI: with a colon it must be a URI.
fn is_name_or_uri(text: &str) -> bool {
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let is_name = (1..=MAX_NAME).contains(&text.len()) && text.bytes().all(unreserved);
    is_name || is_resource(text)
}

fn is_text(text: &str, most: usize) -> bool {
    text.trim() == text && (1..=most).contains(&text.chars().count()) && !text.chars().any(char::is_control)
}
