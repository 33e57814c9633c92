//! The keys of clients, wherever they keep them: in their metadata, or at a URL.

use std::sync::Arc;

use quick_cache::sync::Cache;
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::keys::encrypt::{RecipientError, RecipientKey};
use crate::keys::foreign::{ForeignKeys, KeySetFault, WantedKey};
use crate::keys::remote::{RemoteJwks, RemoteJwksError};
use crate::protocol::OAuthError;
use crate::protocol::algorithm::KeyManagementAlgorithm;
use crate::protocol::client_metadata::Encryption;
use crate::store::clients::Client;

use super::{jwks_uri, on_behalf};

/// Sets in metadata whose keys are kept ready; another's are read again.
const GIVEN: usize = 1_000;

/// Seconds after which a client may try again whose keys could not be fetched.
const RETRY_AFTER: u64 = 2;

/// Why there is no key of a client.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClientKeyError {
    /// It has registered none.
    #[error("the client has neither jwks nor jwks_uri")]
    Nowhere,
    /// Its `jwks` is no key set.
    #[error("the client's jwks is not taken: {0}")]
    Given(#[from] KeySetFault),
    /// Its `jwks_uri` does not bring one.
    #[error(transparent)]
    Remote(#[from] RemoteJwksError),
    /// None of its keys fits.
    #[error(transparent)]
    Recipient(#[from] RecipientError),
}

impl ClientKeyError {
    /// What the client is told of an answer that cannot be encrypted to it. Where its own server is down, it may try again: nothing
    /// of what it showed is used up.
    pub fn refusal(&self) -> OAuthError {
        match self {
            Self::Remote(error) => {
                let description = format!(
                    "the answer cannot be encrypted, as the client's jwks_uri cannot be used: {}",
                    error.advice()
                );
                OAuthError::temporarily_unavailable(description).with_retry_after(RETRY_AFTER)
            }
            error => OAuthError::invalid_request(format!("the answer cannot be encrypted: {error}")),
        }
    }
}

/// The keys of clients. Clones share what is known.
#[derive(Debug, Clone)]
pub struct ClientKeys {
    remote: RemoteJwks,
    /// By the client's row, and when it was last changed.
    given: Arc<Cache<(Uuid, Timestamp), Arc<ForeignKeys>>>,
}

impl ClientKeys {
    /// Those at URLs come through `remote`.
    pub fn new(remote: RemoteJwks) -> Self {
        Self { remote, given: Arc::new(Cache::new(GIVEN)) }
    }

    /// The key that a client's answers are encrypted to, if they are. It may ask the client's server: no transaction is open.
    ///
    /// # Errors
    /// [`ClientKeyError`]: then the answer must not be given at all.
    pub async fn for_encryption(
        &self,
        client: &Client,
        encryption: Option<Encryption>,
        now: Timestamp,
    ) -> Result<Option<Arc<RecipientKey>>, ClientKeyError> {
        match encryption {
            Some(Encryption { algorithm, .. }) => self.recipient(client, algorithm, now).await.map(Some),
            None => Ok(None),
        }
    }

    async fn recipient(
        &self,
        client: &Client,
        algorithm: KeyManagementAlgorithm,
        now: Timestamp,
    ) -> Result<Arc<RecipientKey>, ClientKeyError> {
        let keys = self.keys_with(client, WantedKey::Encrypting(algorithm), now).await?;
        Ok(keys.recipient(algorithm)?)
    }

    /// All keys of a client, looked for again where `wanted` is not among them.
    ///
    /// # Errors
    /// [`ClientKeyError`].
    pub async fn keys_with(
        &self,
        client: &Client,
        wanted: WantedKey,
        now: Timestamp,
    ) -> Result<Arc<ForeignKeys>, ClientKeyError> {
        if let Some(jwks) = &client.metadata.key_set.jwks {
            let key = (client.id, client.updated_at);
            if let Some(known) = self.given.get(&key) {
                return Ok(known);
            }
            let keys = Arc::new(ForeignKeys::of_value(jwks)?);
            self.given.insert(key, Arc::clone(&keys));
            return Ok(keys);
        }
        let uri = jwks_uri(client).ok_or(ClientKeyError::Nowhere)?;
        Ok(self.remote.keys_with(&uri, on_behalf(client), wanted, now).await?)
    }
}
