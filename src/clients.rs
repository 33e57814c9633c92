//! Clients and resource servers: the only way to make, change and delete them, and how a client proves who it is.
//!
//! Owns the rules beyond a client's metadata (ids, secrets, ownership, resource servers) and the events of each change.
//! Does not own: metadata's own rules (`protocol::client_metadata`), the statements (`store`), pages and commands.

pub mod authenticate;
mod create;
mod delete;
pub mod directory;
pub mod key_sets;
pub mod logo;
pub mod register;
mod resource_server;
mod rotate;
mod secrets;
mod sector;
mod software_statement;
mod update;

use url::Url;
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::keys::remote::RemoteJwks;
use crate::keys::{KeyError, Keys};
use crate::outgoing::{OnBehalf, Outgoing};
use crate::protocol::FieldError;
use crate::protocol::algorithm::SigningAlgorithm;
use crate::protocol::client_metadata::{ClientMetadata, RegisteredUris};
use crate::protocol::profile::Profile;
use crate::protocol::registrant::Registrant;
use crate::protocol::token_endpoint_auth_method::{SecretStorage, TokenEndpointAuthMethod};
use crate::random::Random;
use crate::secret::Secret;
use crate::store::clients::{Client, ClientSecret};
use crate::store::events::{By, Event, EventType};
use crate::store::keys::CLIENT_SECRET;
use crate::store::{self, Db};

pub use create::{Chosen, NewClient};
pub use resource_server::{NewResourceServer, NewTokenForm, ResourceServerChange};
pub use update::Configuration;

/// The most secrets that are alive at once: the present one, and during a rotation the one before.
pub const MAX_SECRETS: usize = 2;

/// Makes and changes clients and resource servers; clones share the database.
#[derive(Debug, Clone)]
pub struct Clients {
    db: Db,
    keys: Keys,
    random: Random,
    outgoing: Outgoing,
    remote_jwks: RemoteJwks,
}

/// Whose clients a caller may see and change. Any other client is not found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Every client of the realm: an administrator's.
    All,
    /// Those that this user registered.
    Owned(Uuid),
}

impl Reach {
    const fn owner(self) -> Option<Uuid> {
        match self {
            Self::All => None,
            Self::Owned(user) => Some(user),
        }
    }

    fn covers(self, client: &Client) -> bool {
        self.owner().is_none_or(|user| client.owner_id == Some(user))
    }
}

/// A client with the secret that is shown this once.
#[derive(Debug, Clone)]
pub struct Issued {
    /// The client.
    pub client: Client,
    /// Its new secret, if it got one.
    pub secret: Option<Secret>,
}

/// Why a client or resource server is not made or changed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Members that are wrong, for the person who filled them in.
    #[error("{}", sentences(.0))]
    Invalid(Vec<FieldError>),
    /// There is none in this realm that the caller may see.
    #[error("there is no such client")]
    NotFound,
    /// The database's fault.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// A result of this module.
pub type Result<T> = std::result::Result<T, Error>;

impl Clients {
    /// The service on this database; `keys` seal secrets, `outgoing` asks for the documents that metadata names, `remote_jwks` knows
    /// the keys of those who vouch for clients.
    pub const fn new(db: Db, keys: Keys, random: Random, outgoing: Outgoing, remote_jwks: RemoteJwks) -> Self {
        Self { db, keys, random, outgoing, remote_jwks }
    }

    /// The client with this id, as it is in the database now.
    ///
    /// # Errors
    /// [`Error::NotFound`], also where it is out of reach; the database's.
    pub async fn find(&self, realm: Uuid, reach: Reach, client_id: &str) -> Result<Client> {
        let known = self.db.client(realm, client_id).await?.ok_or(Error::NotFound)?;
        let client = self.db.client_by_row(realm, known.id).await?.ok_or(Error::NotFound)?;
        if reach.covers(&client) { Ok(client) } else { Err(Error::NotFound) }
    }

    /// The clients within reach, without their secrets, newest first, `limit` at a time, from the row `before` on.
    ///
    /// # Errors
    /// The database's.
    pub async fn list(&self, realm: Uuid, reach: Reach, before: Option<Uuid>, limit: u64) -> Result<Vec<Client>> {
        Ok(self.db.clients(realm, reach.owner(), before, limit).await?)
    }

    /// The algorithms that a realm signs with, for what is to be signed by one of them.
    async fn signs(&self, realm: Uuid, now: Timestamp) -> Result<Vec<SigningAlgorithm>> {
        match self.keys.realm(realm, now).await {
            Ok(keys) => Ok(keys.algorithms().collect()),
            Err(KeyError::Store(error)) => Err(error.into()),
            Err(error) => Err(store::Error::unreadable("signing_keys", error).into()),
        }
    }

    /// A secret of 256 random bits.
    fn new_secret(&self) -> Secret {
        Secret::from(self.random.text::<32>())
    }

    /// What is kept of a secret of a client that authenticates by `method`.
    fn kept(&self, secret: &Secret, method: TokenEndpointAuthMethod, now: Timestamp) -> ClientSecret {
        let id = self.random.id(now);
        let must_be_read = method.secret_storage() == SecretStorage::Sealed;
        let sealed = must_be_read.then(|| self.keys.seal(CLIENT_SECRET, id, secret.expose().as_bytes()));
        ClientSecret { id, hash: secret.sha256(), sealed, expires_at: None, created_at: now }
    }

    fn event(&self, by: &By, event_type: EventType, client: &Client, change: &str) -> Event {
        by.event(self.random.id(by.at), client.realm_id, event_type)
            .with_client(client.id)
            .with_data(serde_json::json!({ "client_id": client.client_id, "name": client.name(), "change": change }))
    }
}

/// For whom the addresses in a client's metadata are asked: what the operator has opened for his own clients, no other client
/// reaches (row B8).
pub fn on_behalf(client: &Client) -> OnBehalf {
    match client.registrant {
        Registrant::Operator => OnBehalf::Operator,
        Registrant::User | Registrant::Client => OnBehalf::SelfRegistered,
    }
}

/// Where a client keeps its keys, if it does.
fn jwks_uri(client: &Client) -> Option<Url> {
    client.metadata.key_set.jwks_uri.as_deref().and_then(|uri| Url::parse(uri).ok())
}

/// The URIs of metadata that keeps its own rules, its profile's, and those of its realm, which signs with `signs`.
fn sound(
    metadata: &ClientMetadata,
    profile: Profile,
    signs: &[SigningAlgorithm],
) -> std::result::Result<RegisteredUris, Vec<FieldError>> {
    let mut broken = profile.faults(metadata);
    broken.extend(
        metadata
            .signed_responses()
            .filter(|(_, algorithm)| !signs.contains(algorithm))
            .map(|(field, _)| unsigned(field)),
    );
    match metadata.validate() {
        Ok(uris) if broken.is_empty() => Ok(uris),
        Ok(_) => Err(broken),
        Err(mut faults) => {
            faults.extend(broken);
            Err(faults)
        }
    }
}

fn unsigned(field: &'static str) -> FieldError {
    FieldError::new(field, "must be an algorithm that the realm has a key for: its metadata lists them")
}

fn sentences(faults: &[FieldError]) -> String {
    faults.iter().map(|fault| format!("{} {}", fault.field, fault.message)).collect::<Vec<_>>().join("; ")
}
