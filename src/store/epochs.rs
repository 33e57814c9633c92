//! How every process learns that a cached record changed: a number per kind, raised in the transaction that changes one.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use entity::cache_epoch;
use sea_orm::{DbErr, EntityTrait as _};

use super::{Db, Error, Result, Tx};

/// How often each process asks.
pub const POLL: Duration = Duration::from_secs(1);
/// After this many polls in a row that failed, nothing cached is believed: ten seconds, since each ends before the next begins.
const PATIENCE: u32 = 10;

/// A kind of cached record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cached {
    /// Realms and their settings.
    Realms,
    /// Clients and their secrets.
    Clients,
    /// Resource servers.
    ResourceServers,
    /// Signing keys and refresh keys.
    Keys,
}

impl Cached {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Realms, Self::Clients, Self::ResourceServers, Self::Keys];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Realms => "realms",
            Self::Clients => "clients",
            Self::ResourceServers => "resource_servers",
            Self::Keys => "keys",
        }
    }
}

/// What this process knows of each kind.
#[derive(Debug, Default)]
pub(super) struct Epochs {
    seen: [AtomicU64; Cached::ALL.len()],
    failures: AtomicU64,
}

impl Tx {
    /// Tells every process that a cached record of `kind` changed, once this transaction commits; this one before the writer
    /// has its answer.
    ///
    /// # Errors
    /// The database's.
    pub async fn changed(&self, kind: Cached) -> Result<()> {
        self.note(kind);
        self.change(
            "INSERT INTO cache_epochs (kind, n) VALUES ($1, 1) ON CONFLICT (kind) DO UPDATE SET n = cache_epochs.n + 1",
            [kind.as_str().into()],
        )
        .await?;
        Ok(())
    }
}

impl Db {
    /// Asks once which kinds have changed, and drops what is cached of them.
    ///
    /// # Errors
    /// The database's; after ten failures in a row everything cached is dropped.
    pub async fn poll_epochs(&self) -> Result<()> {
        let epochs = &self.0.epochs;
        let rows = match self.read_epochs().await {
            Ok(rows) => rows,
            Err(error) => {
                if epochs.failures.fetch_add(1, Ordering::Relaxed) + 1 >= u64::from(PATIENCE) {
                    for kind in Cached::ALL {
                        self.forget(kind);
                    }
                }
                return Err(error);
            }
        };
        epochs.failures.store(0, Ordering::Relaxed);
        for kind in Cached::ALL {
            let n = rows.iter().find(|row| row.kind == kind.as_str()).map_or(0, |row| row.n.unsigned_abs());
            if epochs.seen[kind as usize].swap(n, Ordering::AcqRel) != n {
                self.forget(kind);
            }
        }
        Ok(())
    }

    async fn read_epochs(&self) -> Result<Vec<cache_epoch::Model>> {
        match tokio::time::timeout(POLL, cache_epoch::Entity::find().all(self.reader())).await {
            Ok(rows) => Ok(rows?),
            Err(_) => Err(Error::Unavailable(DbErr::Custom("no answer within a second".to_owned()))),
        }
    }

    /// Drops what this process has cached of `kind`.
    pub fn forget(&self, kind: Cached) {
        self.0.caches.forget(kind);
    }

    /// A number that moves whenever `kind` was dropped: for caches that are kept above the store.
    pub fn generation(&self, kind: Cached) -> u64 {
        self.0.caches.generation(kind)
    }

    /// Polls once a second until the database is closed. Hold the task's handle and abort it to stop sooner.
    pub fn watch(&self) -> tokio::task::JoinHandle<()> {
        let connections = Arc::downgrade(&self.0);
        tokio::spawn(async move {
            let mut ticks = tokio::time::interval(POLL);
            ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
            loop {
                ticks.tick().await;
                let Some(connections) = connections.upgrade() else { return };
                if let Err(error) = Self(connections).poll_epochs().await {
                    tracing::debug!(%error, "could not ask which cached records changed");
                }
            }
        })
    }
}
