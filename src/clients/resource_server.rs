//! Registering and changing resource servers: the APIs that tokens are for.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use crate::clock::Timestamp;
use crate::keys::hs256::MIN_BYTES;
use crate::protocol::FieldError;
use crate::protocol::access_token::ClaimSet;
use crate::protocol::algorithm::SigningAlgorithm;
use crate::protocol::client_metadata::ClientKind;
use crate::protocol::resource::is_resource;
use crate::protocol::scope::{STANDARD, is_scope_token};
use crate::secret::Secret;
use crate::store::clients::Client;
use crate::store::epochs::Cached;
use crate::store::events::{By, EventType};
use crate::store::keys::RESOURCE_SERVER_SECRET;
use crate::store::resource_servers::{ResourceServer, ScopeDescription, TokenForm};

use super::create::MAX_TOKEN_SECONDS;
use super::{Clients, Error, Result, unsigned};

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
    /// The form of its tokens.
    pub form: NewTokenForm,
    /// What its tokens say.
    pub claim_set: ClaimSet,
    /// Lifetime of its tokens in seconds, where it is not the realm's.
    pub access_token_seconds: Option<u64>,
    /// The scope tokens that it knows.
    pub scopes: Vec<ScopeDescription>,
    /// The client id by which it introspects.
    pub client_id: Option<String>,
}

/// The form that a resource server's tokens are to have.
#[derive(Debug, Clone)]
pub enum NewTokenForm {
    /// JWTs under a key of the realm.
    Signed(SigningAlgorithm),
    /// JWTs under HS256 and this secret, which the resource server holds too.
    SharedSecret(Secret),
    /// Nobody but us reads them.
    Opaque,
}

/// What is to be changed of a resource server; what is absent stays.
#[derive(Debug, Clone, Default)]
pub struct ResourceServerChange {
    /// What people read.
    pub name: Option<String>,
    /// The `iss` of its tokens, or that it is the realm's again.
    pub issuer: Option<Option<String>>,
    /// The form of its tokens.
    pub form: Option<NewTokenForm>,
    /// What its tokens say.
    pub claim_set: Option<ClaimSet>,
    /// Lifetime of its tokens in seconds, or that it is the realm's again.
    pub access_token_seconds: Option<Option<u64>>,
    /// All scope tokens that it knows.
    pub scopes: Option<Vec<ScopeDescription>>,
    /// The client id by which it introspects, or that there is none any more.
    pub client_id: Option<Option<String>>,
}

impl Clients {
    /// Registers a resource server.
    ///
    /// # Errors
    /// [`Error::Invalid`], also where the identifier is taken; the database's.
    pub async fn create_resource_server(&self, new: NewResourceServer, by: &By) -> Result<ResourceServer> {
        let id = self.random.id(by.at);
        let (form, mut faults) = self.kept_form((new.realm, id), &new.form, by.at).await?;
        let client = self.introspecting_client(new.realm, new.client_id.as_deref(), &mut faults).await?;
        if self.db.realm_by_id(new.realm).await?.is_some_and(|realm| realm.issuer == new.identifier) {
            faults.push(FieldError::new("identifier", "must not be the realm's own issuer"));
        }
        let server = ResourceServer {
            id,
            realm_id: new.realm,
            identifier: new.identifier,
            name: new.name,
            issuer: new.issuer,
            form,
            claim_set: new.claim_set,
            access_token_seconds: new.access_token_seconds,
            scopes: new.scopes,
            client_id: client.map(|client| client.id),
            created_at: by.at,
            updated_at: by.at,
        };
        require_sound(&server, faults)?;
        if self.store_resource_server(&server, None, by).await? {
            return Ok(server);
        }
        Err(Error::Invalid(vec![FieldError::new("identifier", "belongs to another resource server of this realm")]))
    }

    /// Changes a resource server: its next tokens are such as it expects now. What signed the ones before is believed no longer
    /// where it was a secret that is gone.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`]; the database's.
    pub async fn update_resource_server(
        &self,
        realm: Uuid,
        identifier: &str,
        change: ResourceServerChange,
        by: &By,
    ) -> Result<ResourceServer> {
        self.db.forget(Cached::ResourceServers);
        let old = self.db.resource_server(realm, identifier).await?.ok_or(Error::NotFound)?;
        let (form, mut faults) = match &change.form {
            Some(form) => self.kept_form((realm, old.id), form, by.at).await?,
            None => (old.form.clone(), Vec::new()),
        };
        let client_id = match &change.client_id {
            Some(named) => {
                self.introspecting_client(realm, named.as_deref(), &mut faults).await?.map(|client| client.id)
            }
            None => old.client_id,
        };
        let server = ResourceServer {
            name: change.name.unwrap_or_else(|| old.name.clone()),
            issuer: change.issuer.unwrap_or_else(|| old.issuer.clone()),
            form,
            claim_set: change.claim_set.unwrap_or(old.claim_set),
            access_token_seconds: change.access_token_seconds.unwrap_or(old.access_token_seconds),
            scopes: change.scopes.unwrap_or_else(|| old.scopes.clone()),
            client_id,
            // Later than before: what is kept ready of it is known by this instant.
            updated_at: by.at.max(old.updated_at + Duration::from_millis(1)),
            ..ResourceServer::clone(&old)
        };
        require_sound(&server, faults)?;
        let stored = self.store_resource_server(&server, Some(old.updated_at), by).await?;
        if stored { Ok(server) } else { Err(Error::NotFound) }
    }

    /// What is kept of a form in a realm: a secret sealed for its row.
    async fn kept_form(
        &self,
        (realm, row): (Uuid, Uuid),
        form: &NewTokenForm,
        now: Timestamp,
    ) -> Result<(TokenForm, Vec<FieldError>)> {
        Ok(match form {
            NewTokenForm::Signed(algorithm) => {
                let is_signed = self.signs(realm, now).await?.contains(algorithm);
                let faults = if is_signed { Vec::new() } else { vec![unsigned("alg")] };
                (TokenForm::Signed(*algorithm), faults)
            }
            NewTokenForm::Opaque => (TokenForm::Opaque, Vec::new()),
            NewTokenForm::SharedSecret(secret) => {
                let bytes = secret.expose().as_bytes();
                let message = "must have 32 bytes or more: whoever guesses it makes tokens (RFC 7518 section 3.2)";
                let faults =
                    if bytes.len() < MIN_BYTES { vec![FieldError::new("secret", message)] } else { Vec::new() };
                (TokenForm::SharedSecret(self.keys.seal(RESOURCE_SERVER_SECRET, row, bytes)), faults)
            }
        })
    }

    /// The resource servers of a realm, by identifier.
    ///
    /// # Errors
    /// The database's.
    pub async fn resource_servers(&self, realm: Uuid) -> Result<Vec<ResourceServer>> {
        Ok(self.db.resource_servers(realm).await?)
    }

    /// Stores a new one, or what became of the one that was last changed at `before`, with its event; says whether it could be.
    async fn store_resource_server(&self, server: &ResourceServer, before: Option<Timestamp>, by: &By) -> Result<bool> {
        let what = if before.is_none() { EventType::ResourceServerCreated } else { EventType::ResourceServerUpdated };
        let data = serde_json::json!({ "identifier": server.identifier, "name": server.name });
        let event = by.event(self.random.id(by.at), server.realm_id, what).with_data(data);
        let server = server.clone();
        let stored = self.db.write(async move |tx| {
            let stored = match before {
                None => tx.create_resource_server(&server).await?,
                Some(before) => tx.update_resource_server(&server, before).await?,
            };
            if stored {
                tx.record(&event).await?;
            }
            Ok(stored)
        });
        Ok(stored.await?)
    }

    async fn introspecting_client(
        &self,
        realm: Uuid,
        client_id: Option<&str>,
        faults: &mut Vec<FieldError>,
    ) -> Result<Option<Arc<Client>>> {
        let Some(client_id) = client_id else { return Ok(None) };
        let client = self.db.client(realm, client_id).await?;
        let client = client.filter(|client| client.kind() == ClientKind::Confidential);
        if client.is_none() {
            faults.push(FieldError::new("client_id", "must name a confidential client of this realm"));
        }
        Ok(client)
    }
}

fn require_sound(new: &ResourceServer, faults: Vec<FieldError>) -> Result<()> {
    let mut all = faults_of(new);
    all.extend(faults);
    if all.is_empty() { Ok(()) } else { Err(Error::Invalid(all)) }
}

fn faults_of(new: &ResourceServer) -> Vec<FieldError> {
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
