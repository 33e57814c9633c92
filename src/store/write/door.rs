//! Where transactions begin and end. Nothing else commits, so that no change of a cached record goes unnoticed here.

use std::sync::Arc;

use sea_orm::{DatabaseConnection, SqliteTransactionMode, TransactionOptions, TransactionTrait as _};
use tokio::sync::Notify;

use crate::store::caches::Caches;
use crate::store::epochs::Cached;
use crate::store::tally::Tally;
use crate::store::{Result, Tx};

/// Whom commits tell: the caches that they make stale, the count of what they record, and who sends what they put into the outbox.
#[derive(Debug, Clone, Default)]
pub(in crate::store) struct Told {
    pub(in crate::store) caches: Arc<Caches>,
    pub(in crate::store) tally: Arc<Tally>,
    pub(in crate::store) to_send: Arc<Notify>,
}

/// The writer's connections, and whom its commits tell.
pub(super) struct Door {
    pub(super) connection: DatabaseConnection,
    pub(super) told: Told,
}

impl Door {
    /// Begins a transaction.
    pub(super) async fn begin(&self) -> Result<Tx> {
        // SQLite: a deferred transaction that reads and then writes fails when another wrote in between.
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        Ok(Tx::new(self.connection.begin_with_options(options).await?))
    }

    /// Commits, or rolls back after an error. What the transaction changed of cached records is dropped before anyone is told:
    /// after a failed COMMIT too, since it may have reached the disk.
    pub(super) async fn end(&self, tx: Tx, outcome: Result<()>) -> Result<()> {
        if let Err(error) = outcome {
            if let Err(error) = tx.transaction.rollback().await {
                tracing::warn!(%error, "a transaction did not roll back; its connection is given up");
            }
            return Err(error);
        }
        let (changed, ended, recorded, sends) = (tx.changed.get(), tx.ended.take(), tx.recorded.take(), tx.sends.get());
        let outcome = tx.transaction.commit().await;
        for kind in Cached::ALL.into_iter().filter(|kind| changed[*kind as usize]) {
            self.told.caches.forget(kind);
        }
        for id in ended {
            self.told.caches.ended.note(id);
        }
        outcome?;
        for happened in recorded {
            self.told.tally.count(happened);
        }
        if sends {
            self.told.to_send.notify_one();
        }
        Ok(())
    }
}
