//! Client authentication (RFC 6749 §2.3): which method a request uses, and whether the client is who it says.

mod assertion;

use std::sync::Arc;

use uuid::Uuid;

use crate::clock::Timestamp;
use crate::ephemeral::limits::Limited;
use crate::ephemeral::{self, Ephemeral};
use crate::keys::{KeyError, Keys};
use crate::protocol::basic::BasicCredentials;
use crate::protocol::client_assertion::ClientAssertion;
use crate::protocol::token_endpoint_auth_method::TokenEndpointAuthMethod;
use crate::protocol::{OAuthError, Parameters};
use crate::secret::{Secret, same};
use crate::store::clients::{Client, ClientSecret};
use crate::store::realms::Realm;
use crate::store::{self, Db};

use super::MAX_SECRETS;
use super::directory::{Directory, DirectoryError};
use super::key_sets::ClientKeys;

/// What a request shows of its client: not yet checked.
#[derive(Debug, Clone)]
pub enum Presented<'a> {
    /// A client id alone (`none`).
    Id(String),
    /// Id and secret in the header (`client_secret_basic`).
    Basic(BasicCredentials),
    /// Id and secret in the body (`client_secret_post`).
    Post(BasicCredentials),
    /// An assertion (`client_secret_jwt`, `private_key_jwt`).
    Assertion(ClientAssertion<'a>),
}

/// Lets clients in. Clones share what is kept ready.
#[derive(Debug, Clone)]
pub struct Authenticator {
    directory: Directory,
    db: Db,
    keys: Keys,
    ephemeral: Ephemeral,
    client_keys: ClientKeys,
}

/// Why a client is not let in.
#[derive(Debug, thiserror::Error)]
pub enum AuthenticationError {
    /// The client's fault. An answer with status 401 carries [`challenge`].
    #[error(transparent)]
    Refused(#[from] OAuthError),
    /// The database's fault.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// That an assertion was used, cannot be remembered.
    #[error(transparent)]
    Ephemeral(#[from] ephemeral::Error),
    /// A secret does not open.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Too many documents of clients were asked for.
    #[error("too many documents were asked for")]
    Limited(Limited),
}

impl From<DirectoryError> for AuthenticationError {
    fn from(error: DirectoryError) -> Self {
        match error {
            DirectoryError::Document(error) => OAuthError::invalid_client(error.description().to_owned()).into(),
            DirectoryError::Full(error) => error.into(),
            DirectoryError::Limited(limited) => Self::Limited(limited),
            DirectoryError::Store(error) => error.into(),
        }
    }
}

impl<'a> Presented<'a> {
    /// Reads what a request shows: exactly one method, or none at all for a public client (RFC 6749 §2.3).
    ///
    /// `authorization` is the value of the `Authorization` header; `secret_in_query` says that a `client_secret` came in the
    /// request's query.
    ///
    /// # Errors
    /// `invalid_request`: several methods, two different client ids, a secret in the query, or a faulty parameter;
    /// `invalid_client`: no client named, a malformed or unknown header, or an assertion that lacks what it must say.
    pub fn read(authorization: Option<&str>, form: &'a Parameters, secret_in_query: bool) -> Result<Self, OAuthError> {
        refuse_query(secret_in_query)?;
        let client_id = form.only("client_id")?;
        let client_secret = form.only("client_secret")?;
        refuse_two_methods(authorization, form)?;
        if let Some(assertion) = ClientAssertion::read(form)? {
            return read_assertion(assertion, client_id);
        }
        match (authorization, client_id, client_secret) {
            (Some(header), client_id, _) => read_header(header, client_id),
            (None, Some(id), Some(secret)) => {
                Ok(Self::Post(BasicCredentials { client_id: id.to_owned(), client_secret: Secret::from(secret) }))
            }
            (None, Some(id), None) => Ok(Self::Id(id.to_owned())),
            (None, None, _) => Err(OAuthError::invalid_client("the request names no client")),
        }
    }

    /// The client that the request says it comes from.
    pub fn client_id(&self) -> &str {
        match self {
            Self::Id(id) => id,
            Self::Basic(credentials) | Self::Post(credentials) => &credentials.client_id,
            Self::Assertion(assertion) => assertion.client_id(),
        }
    }
}

/// RFC 6749 §2.3.1: the parameters of client authentication must not be in the request's URI.
fn refuse_query(secret_in_query: bool) -> Result<(), OAuthError> {
    if secret_in_query {
        return Err(OAuthError::invalid_request("client_secret must not be in the query (RFC 6749 section 2.3.1)"));
    }
    Ok(())
}

/// RFC 6749 §2.3: a client must not use more than one method in a request.
fn refuse_two_methods(authorization: Option<&str>, form: &Parameters) -> Result<(), OAuthError> {
    let methods = [authorization.is_some(), has(form, "client_secret"), has(form, "client_assertion")];
    if methods.into_iter().filter(|used| *used).count() > 1 {
        return Err(OAuthError::invalid_request("the request authenticates its client in more than one way"));
    }
    Ok(())
}

/// RFC 7521 §4.2: a client id in the body may only repeat the assertion's subject.
fn read_assertion<'a>(assertion: ClientAssertion<'a>, client_id: Option<&str>) -> Result<Presented<'a>, OAuthError> {
    if client_id.is_some_and(|id| id != assertion.client_id()) {
        return Err(OAuthError::invalid_request("client_id is not the subject of the client assertion"));
    }
    Ok(Presented::Assertion(assertion))
}

fn has(form: &Parameters, name: &str) -> bool {
    form.all(name).next().is_some()
}

/// A client id in the body beside the header may only repeat the header's.
fn read_header(header: &str, client_id: Option<&str>) -> Result<Presented<'static>, OAuthError> {
    let credentials = BasicCredentials::parse(header)?;
    if client_id.is_some_and(|id| id != credentials.client_id) {
        return Err(OAuthError::invalid_request("client_id is not the one in the Authorization header"));
    }
    Ok(Presented::Basic(credentials))
}

impl Authenticator {
    /// Lets in whom `directory` knows; assertions are remembered in `ephemeral`.
    pub const fn new(directory: Directory, db: Db, keys: Keys, ephemeral: Ephemeral, client_keys: ClientKeys) -> Self {
        Self { directory, db, keys, ephemeral, client_keys }
    }

    /// The client that a request comes from, proven by the method that it is registered with. `asker` is who is counted where a
    /// client's own document must be fetched.
    ///
    /// # Errors
    /// `invalid_client`: unknown, shut out, the wrong proof, or another method than the registered one; the stores'.
    pub async fn authenticate(
        &self,
        realm: &Realm,
        presented: &Presented<'_>,
        asker: &dyn Fn() -> String,
        now: Timestamp,
    ) -> Result<Arc<Client>, AuthenticationError> {
        match presented {
            Presented::Id(client_id) => {
                let client = self.directory.client(realm.id, client_id, asker, now).await?;
                Ok(without_proof(client).ok_or_else(refusal)?)
            }
            Presented::Basic(shown) => {
                self.by_secret(realm.id, shown, TokenEndpointAuthMethod::ClientSecretBasic, now).await
            }
            Presented::Post(shown) => {
                self.by_secret(realm.id, shown, TokenEndpointAuthMethod::ClientSecretPost, now).await
            }
            Presented::Assertion(assertion) => {
                let client = self.directory.client(realm.id, assertion.client_id(), asker, now).await?;
                self.by_assertion(realm, client, assertion, now).await
            }
        }
    }

    /// An unknown client costs the same work as a known one, and gets the same answer.
    async fn by_secret(
        &self,
        realm: Uuid,
        shown: &BasicCredentials,
        method: TokenEndpointAuthMethod,
        now: Timestamp,
    ) -> Result<Arc<Client>, AuthenticationError> {
        let client = self.db.client(realm, &shown.client_id).await?;
        let secrets = client.as_ref().map_or(&[][..], |client| &client.secrets);
        let is_right = is_live(&shown.client_secret, secrets, now);
        let client = client.filter(|client| is_right && !client.disabled).ok_or_else(refusal)?;
        let registered = client.metadata.token_endpoint_auth_method;
        if registered == method { Ok(client) } else { Err(other_method(registered).into()) }
    }
}

/// A public client.
fn without_proof(client: Option<Arc<Client>>) -> Option<Arc<Client>> {
    let is_public = |client: &Arc<Client>| client.metadata.token_endpoint_auth_method == TokenEndpointAuthMethod::None;
    client.filter(|client| !client.disabled && is_public(client))
}

/// Compares with every secret that a client can have, live or not, so that the time says nothing of any.
fn is_live(secret: &Secret, secrets: &[ClientSecret], now: Timestamp) -> bool {
    let hash = secret.sha256();
    let mut right = false;
    for index in 0..secrets.len().max(MAX_SECRETS) {
        let known = secrets.get(index);
        let equal = same(&hash, known.map_or(&[0; 32], |known| &known.hash));
        right |= equal & known.is_some_and(|known| known.is_live(now));
    }
    right
}

/// One answer for an unknown client, a client that is shut out, and a wrong secret.
fn refusal() -> OAuthError {
    OAuthError::invalid_client("the client is not known here, or its authentication is missing or wrong")
}

/// Said only to who holds the secret.
fn other_method(registered: TokenEndpointAuthMethod) -> OAuthError {
    OAuthError::invalid_client(format!("the client is registered with token_endpoint_auth_method {registered}"))
}

/// The `WWW-Authenticate` of every 401 to a client: RFC 6749 §5.2 asks for it where the client used the header, RFC 9110
/// §15.5.2 for every 401. `realm` is the issuer.
pub fn challenge(realm: &str) -> String {
    let quotable = |character: &char| matches!(character, ' '..='~') && !"\"\\".contains(*character);
    format!("Basic realm=\"{}\", charset=\"UTF-8\"", realm.chars().filter(quotable).collect::<String>())
}
