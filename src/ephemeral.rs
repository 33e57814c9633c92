//! Short-lived records that are read once: PKCE state, interactions, replay guards, rate counters.
//!
//! One trait with two homes: SQL (a file of its own beside SQLite, a table in PostgreSQL) and Redis. A value's end is judged by
//! the caller's clock; the store's own expiry only collects. One suite of tests runs against every home.

pub mod limits;
pub mod postgres;
pub mod redis;
mod sql;
pub mod sqlite;
mod used;

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::secret;

/// How much longer than its value a home may keep a row before it collects it.
pub const COLLECT_AFTER: Duration = Duration::from_mins(5);

/// What a record is. Part of its key, so that a record of one kind is never taken for one of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A browser's request that waits for sign-in or consent.
    Interaction,
    /// An authorization code (RFC 6749 §4.1.2).
    Code,
    /// That an assertion of a client was used (RFC 7523 §3).
    ClientAssertion,
    /// A count of attempts within a window of time.
    Limit,
}

impl Kind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Interaction => "interaction",
            Self::Code => "code",
            Self::ClientAssertion => "client-assertion",
            Self::Limit => "limit",
        }
    }
}

/// A record's address: its kind, its realm, and the SHA-256 of its name, so that no store holds a usable code.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    kind: Kind,
    realm: Uuid,
    name: [u8; 32],
}

impl Key {
    /// The key of the record of `kind` called `name` in `realm`.
    pub fn new(kind: Kind, realm: Uuid, name: &str) -> Self {
        Self { kind, realm, name: secret::sha256(name.as_bytes()) }
    }

    /// The key as the homes know it.
    pub fn text(&self) -> String {
        format!("{}:{}:{}", self.kind.as_str(), self.realm.simple(), URL_SAFE_NO_PAD.encode(self.name))
    }
}

/// A failure of the ephemeral store.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// The store is away: answer 503, try again.
    #[error("the ephemeral store is not available: {0}")]
    Unavailable(String),
    /// A value cannot be read or written.
    #[error("an ephemeral record cannot be used: {0}")]
    Fault(String),
}

/// A result of the ephemeral store.
pub type Result<T> = std::result::Result<T, Error>;

/// A future of a [`Home`].
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

/// Where ephemeral records live. Every operation is one atomic call.
pub trait Home: std::fmt::Debug + Send + Sync {
    /// Stores `value` until `expires_at`, in place of what was there.
    fn put<'a>(&'a self, key: &'a Key, value: &'a [u8], now: Timestamp, expires_at: Timestamp) -> Answer<'a, ()>;
    /// The value, if it has not ended at `now`.
    fn get<'a>(&'a self, key: &'a Key, now: Timestamp) -> Answer<'a, Option<Vec<u8>>>;
    /// The value, if it has not ended at `now`, and removes it: of any number of callers one receives it.
    fn take<'a>(&'a self, key: &'a Key, now: Timestamp) -> Answer<'a, Option<Vec<u8>>>;
    /// Remembers that `key` was used, until `expires_at` at least; says whether it was not remembered before. No value is stored: such a
    /// key is for this alone.
    fn use_once<'a>(&'a self, key: &'a Key, now: Timestamp, expires_at: Timestamp) -> Answer<'a, bool>;
    /// Adds `by` to the counter and returns the sum. The key names its window, so that it never needs resetting.
    fn add<'a>(&'a self, key: &'a Key, by: i64, now: Timestamp, expires_at: Timestamp) -> Answer<'a, i64>;
    /// Removes up to `limit` records that ended before `now`; says how many.
    fn purge(&self, now: Timestamp, limit: u32) -> Answer<'_, u64>;
    /// Whether the store answers.
    fn ping(&self) -> Answer<'_, ()>;
}

/// A handle on the ephemeral store; clones share it.
#[derive(Debug, Clone)]
pub struct Ephemeral(Arc<dyn Home>);

impl Ephemeral {
    /// The records in `home`.
    pub fn new(home: impl Home + 'static) -> Self {
        Self(Arc::new(home))
    }

    /// The home itself, for what is no record: counters, purging, readiness.
    pub fn home(&self) -> &dyn Home {
        self.0.as_ref()
    }

    /// Stores `record` until `expires_at`, in place of what was there.
    ///
    /// # Errors
    /// [`Error::Unavailable`] where the store is away.
    pub async fn put<T: Serialize>(&self, key: &Key, record: &T, now: Timestamp, expires_at: Timestamp) -> Result<()> {
        self.0.put(key, &written(record)?, now, expires_at).await
    }

    /// The record, if it has not ended at `now`.
    ///
    /// # Errors
    /// [`Error::Unavailable`] where the store is away, [`Error::Fault`] where the record cannot be read.
    pub async fn get<T: DeserializeOwned>(&self, key: &Key, now: Timestamp) -> Result<Option<T>> {
        self.0.get(key, now).await?.map(|value| read(&value)).transpose()
    }

    /// The record, if it has not ended at `now`, and removes it: of any number of callers one receives it.
    ///
    /// # Errors
    /// As [`Ephemeral::get`].
    pub async fn take<T: DeserializeOwned>(&self, key: &Key, now: Timestamp) -> Result<Option<T>> {
        self.0.take(key, now).await?.map(|value| read(&value)).transpose()
    }

    /// Remembers that `key` was used, until `expires_at` at least; says whether it was not remembered before.
    ///
    /// # Errors
    /// [`Error::Unavailable`] where it cannot be remembered: it must not be used then.
    pub async fn use_once(&self, key: &Key, now: Timestamp, expires_at: Timestamp) -> Result<bool> {
        self.0.use_once(key, now, expires_at).await
    }
}

fn written<T: Serialize>(record: &T) -> Result<Vec<u8>> {
    serde_json::to_vec(record).map_err(|error| Error::Fault(error.to_string()))
}

fn read<T: DeserializeOwned>(value: &[u8]) -> Result<T> {
    // The error names a line and column, never the record's text.
    serde_json::from_slice(value)
        .map_err(|error| Error::Fault(format!("{:?} at column {}", error.classify(), error.column())))
}
