//! What can go wrong in the database, by what the caller can do about it.

use sea_orm::{DbErr, RuntimeErr, sqlx};

/// A failure of the database. Refusals are not errors: they are outcomes.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database is away or restarting: answer 503, try again.
    #[error("the database is not available: {0}")]
    Unavailable(#[source] DbErr),
    /// Too many writes are waiting already: answer 503, try again.
    #[error("too many writes are waiting for the database")]
    Busy,
    /// Another transaction was in the way for longer than the door tries.
    #[error("other transactions were in the way for too long: {0}")]
    Contended(#[source] DbErr),
    /// A statement failed, or a row says what it cannot say.
    #[error("the database refused: {0}")]
    Fault(#[source] DbErr),
    /// A row holds something that this binary cannot read.
    #[error("a row of {table} cannot be read: {reason}")]
    Unreadable {
        /// The table.
        table: &'static str,
        /// What is wrong, without the row's contents.
        reason: String,
    },
    /// The schema cannot be used by this binary.
    #[error("{0}")]
    Schema(String),
}

/// A result of the store.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// A row of `table` that cannot be read.
    pub fn unreadable(table: &'static str, reason: impl std::fmt::Display) -> Self {
        Self::Unreadable { table, reason: reason.to_string() }
    }

    /// Whether trying again later can help: the answer is then 503, else 500.
    pub fn is_temporary(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Busy | Self::Contended(_))
    }

    /// Whether another transaction was in the way (serialization failure 40001, deadlock 40P01): the same work may be run again.
    pub(super) fn is_contention(&self) -> bool {
        matches!(self, Self::Contended(_))
    }
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        match sqlx_error(&error) {
            Some(sqlx::Error::Database(database)) => match database.code().as_deref() {
                Some("40001" | "40P01") => Self::Contended(error),
                // PostgreSQL: shutting down, starting up, too many connections, out of resources, disk full, a standby since a
                // failover, a statement that took longer than its time-out.
                Some("57P01" | "57P02" | "57P03" | "53000" | "53100" | "53200" | "53300" | "25006" | "57014") => {
                    Self::Unavailable(error)
                }
                Some(code) if is_sqlite_away(code) => Self::Unavailable(error),
                _ => Self::Fault(error),
            },
            Some(
                sqlx::Error::Io(_)
                | sqlx::Error::Tls(_)
                | sqlx::Error::Protocol(_)
                | sqlx::Error::PoolTimedOut
                | sqlx::Error::PoolClosed
                | sqlx::Error::WorkerCrashed,
            ) => Self::Unavailable(error),
            _ if matches!(error, DbErr::ConnectionAcquire(_) | DbErr::Conn(_)) => Self::Unavailable(error),
            _ => Self::Fault(error),
        }
    }
}

/// SQLITE_BUSY, SQLITE_IOERR, SQLITE_FULL, each with its extended codes, whose low byte it is. SQLSTATEs have five letters.
fn is_sqlite_away(code: &str) -> bool {
    code.len() < 5 && code.parse::<u32>().is_ok_and(|code| matches!(code & 0xff, 5 | 10 | 13))
}

fn sqlx_error(error: &DbErr) -> Option<&sqlx::Error> {
    match error {
        DbErr::Conn(RuntimeErr::SqlxError(error))
        | DbErr::Exec(RuntimeErr::SqlxError(error))
        | DbErr::Query(RuntimeErr::SqlxError(error)) => Some(error),
        _ => None,
    }
}
