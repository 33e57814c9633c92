//! Clients and resource servers: the only way to make, change and delete them, and how a client proves who it is.
//!
//! Owns the rules beyond a client's metadata (ids, secrets, ownership, resource servers) and the events of each change.
//! Does not own: metadata's own rules (`protocol::client_metadata`), the statements (`store`), pages and commands.

pub mod authenticate;
mod create;

use uuid::Uuid;

use crate::protocol::FieldError;
use crate::random::Random;
use crate::secret::Secret;
use crate::store::clients::Client;
use crate::store::epochs::Cached;
use crate::store::events::{By, Event, EventType};
use crate::store::{self, Db};

pub use create::{Chosen, NewClient};

/// The most secrets that are alive at once: the present one, and during a rotation the one before.
pub const MAX_SECRETS: usize = 2;

/// Makes and changes clients and resource servers; clones share the database.
#[derive(Debug, Clone)]
pub struct Clients {
    db: Db,
    random: Random,
}

/// Whose clients a caller may see and change. Any other client is not found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Every client of the realm: an administrator's.
    All,
    /// Those that this user registered.
    Owned(Uuid),
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
    /// The service on this database.
    pub const fn new(db: Db, random: Random) -> Self {
        Self { db, random }
    }

    /// A secret of 256 random bits.
    fn new_secret(&self) -> Secret {
        Secret::from(self.random.text::<32>())
    }

    fn event(&self, by: &By, event_type: EventType, client: &Client) -> Event {
        by.event(self.random.id(by.at), client.realm_id, event_type)
            .with_client(client.id)
            .with_data(serde_json::json!({ "client_id": client.client_id, "name": client.name() }))
    }

    /// What this process has cached is of before the change: other processes learn of it within a second.
    fn forget(&self) {
        self.db.forget(Cached::Clients);
    }
}

fn sentences(faults: &[FieldError]) -> String {
    faults.iter().map(|fault| format!("{} {}", fault.field, fault.message)).collect::<Vec<_>>().join("; ")
}
