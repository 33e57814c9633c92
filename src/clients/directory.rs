//! Who a client id names: one that is registered here, or one whose id is the URL of its own metadata, which is fetched.

use std::sync::Arc;
use std::time::Duration;

use quick_cache::sync::Cache;
use url::Url;
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::config::{self, Limit};
use crate::ephemeral::limits::{Action, Limited, Limiter};
use crate::outgoing::{Get, OnBehalf};
use crate::protocol::OAuthError;
use crate::protocol::client_id_metadata_document as document;
use crate::protocol::client_metadata::ClientMetadata;
use crate::store;
use crate::store::clients::Client;
use crate::store::events::{By, Origin};

use super::Clients;
use super::register::RegistrationError;

/// Documents that are known to be fresh.
const DOCUMENTS: usize = 10_000;

/// How long a document is used, where its headers say nothing, and the bounds of what they may say.
const FRESH_FOR: Duration = Duration::from_mins(5);
const SHORTEST: Duration = Duration::from_mins(1);
const LONGEST: Duration = Duration::from_hours(24);

/// The media types of a document.
const ACCEPT: &[&str] = &["application/json", "application/client-id-metadata+json"];

/// Why a client id names nobody who could be asked about.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    /// Its document is none, or cannot be had: for the application's developer.
    #[error(transparent)]
    Document(OAuthError),
    /// Too many clients wait to be used.
    #[error(transparent)]
    Full(OAuthError),
    /// Too many documents were asked for from one address.
    #[error("too many documents were asked for")]
    Limited(Limited),
    /// The database's fault.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// Every client that can be named. Clones share what is known to be fresh.
#[derive(Debug, Clone)]
pub struct Directory {
    clients: Clients,
    limiter: Limiter,
    limit: Limit,
    rules: config::Registration,
    /// Until when a document need not be fetched again, by realm and client id. What could not be fetched is not remembered.
    fresh_until: Arc<Cache<(Uuid, String), Timestamp>>,
}

impl Directory {
    /// Nothing is fetched yet.
    pub fn new(clients: Clients, limiter: Limiter, limit: Limit, rules: config::Registration) -> Self {
        Self { clients, limiter, limit, rules, fresh_until: Arc::new(Cache::new(DOCUMENTS)) }
    }

    /// The client that `client_id` names, shut out or not. `asker` is who is counted where a document must be fetched; no transaction
    /// is open.
    ///
    /// # Errors
    /// [`DirectoryError`].
    pub async fn client(
        &self,
        realm: Uuid,
        client_id: &str,
        asker: &dyn Fn() -> String,
        now: Timestamp,
    ) -> Result<Option<Arc<Client>>, DirectoryError> {
        if !document::is_meant(client_id) {
            return Ok(self.clients.db.client(realm, client_id).await?);
        }
        // One that was known before they were switched off is known no more.
        let Some(url) = self.url(client_id) else { return Ok(None) };
        let key = (realm, client_id.to_owned());
        let is_fresh = self.fresh_until.get(&key).is_some_and(|until| until > now);
        if is_fresh && let Some(known) = self.clients.db.client(realm, client_id).await? {
            return Ok(Some(known));
        }
        let counted = self.limiter.count(realm, Action::Registration, &asker(), self.limit, now).await;
        counted.map_err(DirectoryError::Limited)?;
        let (metadata, fresh_for) = self.fetched(client_id, &url).await.map_err(DirectoryError::Document)?;
        // Set aside: few requests come here, and every request's task would be as large.
        let client = Box::pin(self.kept(realm, client_id, metadata, now)).await?;
        self.fresh_until.insert(key, now + fresh_for);
        Ok(Some(client))
    }

    fn url(&self, client_id: &str) -> Option<Url> {
        document::url(client_id).filter(|_| self.rules.takes_documents())
    }

    async fn fetched(&self, client_id: &str, url: &Url) -> Result<(ClientMetadata, Duration), OAuthError> {
        let get = Get { url, on_behalf: OnBehalf::SelfRegistered, accept: ACCEPT, max_bytes: document::MAX_BYTES };
        let fetched = self.clients.outgoing.get(&get).await.map_err(|error| {
            tracing::info!(%error, client_id, "a client id metadata document cannot be fetched");
            OAuthError::invalid_client(format!("the client id metadata document cannot be fetched: {}", error.advice()))
        })?;
        let fresh_for = fetched.fresh_for.map_or(FRESH_FOR, |said| said.clamp(SHORTEST, LONGEST));
        let metadata = document::metadata(client_id, &fetched.body).inspect_err(|error| {
            let description = error.description();
            tracing::info!(description, client_id, "a client id metadata document is not taken");
        })?;
        Ok((metadata, fresh_for))
    }

    /// The client as its document says it is now: made at its first use, changed where the document has changed.
    async fn kept(
        &self,
        realm: Uuid,
        client_id: &str,
        metadata: ClientMetadata,
        now: Timestamp,
    ) -> Result<Arc<Client>, DirectoryError> {
        let by = By::anonymous(&Origin::default(), now);
        let known = self.clients.db.client(realm, client_id).await?;
        let changed = match known {
            Some(known) if known.metadata == metadata => return Ok(known),
            Some(_) => self.clients.replace_own(realm, client_id, metadata, &by).await.map(|_| ()),
            None => self.clients.register_document(realm, client_id, metadata, self.rules.max_unused, &by).await,
        };
        match changed {
            Ok(()) => {}
            Err(RegistrationError::Full(error)) => return Err(DirectoryError::Full(error)),
            Err(RegistrationError::Refused(error)) => return Err(DirectoryError::Document(error)),
            Err(RegistrationError::Store(error)) => return Err(error.into()),
        }
        let client = self.clients.db.client(realm, client_id).await?;
        client.ok_or_else(|| DirectoryError::Store(store::Error::Busy))
    }
}
