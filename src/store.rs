//! The SQL database: what must survive a restart, be audited and be exact.
//!
//! Owns every statement but those of `ephemeral`, one file an aggregate; each function takes the realm where the
//! row belongs to one. All writes go through one door, [`Db::write`]. Does not own rules: those live with the services above.

mod activity;
mod caches;
mod connect;
mod error;
mod purge;
mod statement;
mod subjects;
mod tally;
mod write;

pub mod clients;
pub mod credentials;
pub mod database;
pub mod encryption_keys;
pub mod ended;
pub mod epochs;
pub mod events;
pub mod families;
pub mod grants;
pub mod keys;
pub mod logos;
pub mod one_time;
pub mod outbox;
pub mod realms;
pub mod registrations;
pub mod resource_servers;
pub mod schema;
pub mod session_clients;
pub mod sessions;
pub mod users;

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use sea_orm::{ConnectionTrait as _, DatabaseConnection, DatabaseTransaction, QueryResult, Value};
use tokio::sync::Notify;
use uuid::Uuid;

use crate::config::PublicUrl;

use epochs::Cached;
use events::EventType;

pub use connect::{Location, Options};
pub use error::{Error, Result};

/// A handle on the database; clones share its connections.
#[derive(Debug, Clone)]
pub struct Db(Arc<Connections>);

#[derive(Debug)]
struct Connections {
    readers: DatabaseConnection,
    writer: write::Writer,
    public_url: PublicUrl,
    caches: Arc<caches::Caches>,
    epochs: epochs::Epochs,
    tally: Arc<tally::Tally>,
    to_send: Arc<Notify>,
}

/// An open transaction: what a closure given to [`Db::write`] writes through.
#[derive(Debug)]
pub struct Tx {
    transaction: DatabaseTransaction,
    /// The kinds of cached record that it changes. A transaction stays in the writer's thread.
    changed: Cell<[bool; Cached::ALL.len()]>,
    /// What it ends.
    ended: RefCell<Vec<Uuid>>,
    /// The events that it records.
    recorded: RefCell<Vec<tally::Happened>>,
    /// Whether it puts something into the outbox.
    sends: Cell<bool>,
}

impl Tx {
    fn new(transaction: DatabaseTransaction) -> Self {
        Self {
            transaction,
            changed: Cell::default(),
            ended: RefCell::default(),
            recorded: RefCell::default(),
            sends: Cell::default(),
        }
    }

    /// Notes that a cached record of `kind` changes.
    fn note(&self, kind: Cached) {
        let mut changed = self.changed.get();
        changed[kind as usize] = true;
        self.changed.set(changed);
    }
}

impl Db {
    /// Opens the database that `options` name. Its schema is [`schema::prepare`]'s business.
    ///
    /// # Errors
    /// [`Error::Unavailable`] where the server does not answer, [`Error::Fault`] where the file cannot be opened.
    pub async fn connect(options: &Options) -> Result<Self> {
        // The writer first: on SQLite it makes the file.
        let told = write::Told::default();
        let writer = write::Writer::start(options.clone(), told.clone()).await?;
        let write::Told { caches, tally, to_send } = told;
        let readers = connect::readers(options).await?;
        Ok(Self(Arc::new(Connections {
            readers,
            writer,
            public_url: options.public_url.clone(),
            caches,
            epochs: epochs::Epochs::default(),
            tally,
            to_send,
        })))
    }

    /// Runs `work` in a transaction and commits it. See [`write`](crate::store) for how: `work` may run more than once,
    /// so ids, randomness and time are made before it; it goes on though the caller is gone; it must not wait for the network.
    ///
    /// A refusal is an `Ok` outcome; an `Err` is a fault and rolls back.
    ///
    /// # Errors
    /// What `work` returned, [`Error::Busy`] where too much waits already, [`Error::Unavailable`] where the database is away.
    pub async fn write<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: AsyncFn(&Tx) -> Result<T> + Send + 'static,
    {
        self.0.writer.submit(work).await
    }

    /// Runs one statement that is whole in itself, without a BEGIN where the database needs none, and returns its first row.
    /// Not for records that are cached: only a [`Tx`] tells that they changed.
    async fn write_one(&self, sql: String, values: Vec<Value>) -> Result<Option<QueryResult>> {
        self.0.writer.submit_one(sql, values).await
    }

    /// How many events of each type this process has committed since it began; `true` with those that are failures.
    pub fn events_counted(&self) -> Vec<((EventType, bool), u64)> {
        self.0.tally.counts().collect()
    }

    /// Told whenever this process has committed something to the outbox; what other nodes put there is found by looking.
    pub fn to_send(&self) -> Arc<Notify> {
        Arc::clone(&self.0.to_send)
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// [`Error::Unavailable`] where it does not.
    pub async fn ping(&self) -> Result<()> {
        Ok(self.reader().execute_unprepared("SELECT 1").await.map(|_| ())?)
    }

    /// Closes every connection, after what is being written is done.
    pub async fn close(&self) {
        self.0.writer.close().await;
        if let Err(error) = self.0.readers.clone().close().await {
            tracing::warn!(%error, "the database's connections did not close cleanly");
        }
    }

    /// The connections to read with.
    fn reader(&self) -> &DatabaseConnection {
        &self.0.readers
    }
}
