//! Opening connections: each pragma and time-out is chosen here, on purpose.

use std::path::PathBuf;
use std::time::Duration;

use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sea_orm::{ConnectOptions, Database, DatabaseConnection};

use crate::config::PublicUrl;
use crate::secret::Secret;

use super::Result;

/// Where the database is.
#[derive(Debug, Clone)]
pub enum Location {
    /// A SQLite file, made where it is missing.
    Sqlite(PathBuf),
    /// A server that speaks PostgreSQL's protocol, by URL (with its password).
    Postgres(Secret),
}

/// How to open the database.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where it is.
    pub location: Location,
    /// The most connections for reading, and on PostgreSQL as many again for writing.
    pub max_connections: u32,
    /// How long to wait for a connection before answering 503.
    pub acquire_timeout: Duration,
    /// How long one statement may take (PostgreSQL).
    pub statement_timeout: Duration,
    /// The stem of the realms' issuers.
    pub public_url: PublicUrl,
}

/// A connection that has rested this long is tried before it is used again: a server that restarted has closed it.
const TRY_AFTER_IDLE: Duration = Duration::from_secs(1);
const SQLITE_BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// The pool that reads; on SQLite it cannot write.
pub(super) async fn readers(options: &Options) -> Result<DatabaseConnection> {
    let mut connect = base(options);
    if let Location::Sqlite(_) = options.location {
        connect.map_sqlx_sqlite_opts(|sqlite| sqlite_file(sqlite).pragma("query_only", "ON"));
    }
    Ok(Database::connect(connect).await?)
}

/// The pool that writes: on SQLite, where one writer at a time is all there is, a single connection.
pub(super) async fn writers(options: &Options) -> Result<DatabaseConnection> {
    let mut connect = base(options);
    if let Location::Sqlite(_) = options.location {
        connect.max_connections(1).map_sqlx_sqlite_opts(|sqlite| {
            sqlite_file(sqlite).create_if_missing(true).journal_mode(SqliteJournalMode::Wal)
        });
    }
    Ok(Database::connect(connect).await?)
}

/// One connection of its own, for migrations and their lock.
pub(super) async fn single(options: &Options) -> Result<DatabaseConnection> {
    let mut connect = base(options);
    connect.max_connections(1).acquire_timeout(Duration::from_mins(1));
    // A migration may work on one statement for as long as a large table needs.
    connect.statement_timeout(Duration::ZERO);
    if let Location::Sqlite(_) = options.location {
        connect.map_sqlx_sqlite_opts(|sqlite| sqlite_file(sqlite).create_if_missing(true));
    }
    Ok(Database::connect(connect).await?)
}

fn base(options: &Options) -> ConnectOptions {
    let url = match &options.location {
        Location::Sqlite(path) => format!("sqlite://{}", path.display()),
        Location::Postgres(url) => url.expose().to_owned(),
    };
    let mut connect = ConnectOptions::new(url);
    connect
        .max_connections(options.max_connections)
        .min_connections(0)
        .acquire_timeout(options.acquire_timeout)
        .connect_timeout(options.acquire_timeout)
        .sqlx_logging(false)
        .record_stmt_in_spans(false)
        .test_before_acquire_if_idle_for(TRY_AFTER_IDLE);
    if let Location::Postgres(_) = options.location {
        connect.statement_timeout(options.statement_timeout).set_application_name("tessera");
    }
    connect
}

fn sqlite_file(sqlite: SqliteConnectOptions) -> SqliteConnectOptions {
    sqlite
        .foreign_keys(true)
        .busy_timeout(SQLITE_BUSY_TIMEOUT)
        .synchronous(SqliteSynchronous::Full)
        .statement_cache_capacity(200)
        .optimize_on_close(true, None)
}
