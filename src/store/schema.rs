//! The schema: one migrator at a time, and no binary on a schema that it does not understand.
//!
//! sea-orm-migration has no lock of its own, so a row (PostgreSQL) or a file (SQLite) is locked before it touches anything.

use std::fs::File;
use std::path::{Path, PathBuf};

use migration::{Migrator, MigratorTrait as _};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement, TransactionTrait as _};

use super::connect::{self, Location};
use super::{Error, Options, Result};

/// The oldest schema number whose binary may still run on this binary's schema. Raised only by a contracting migration.
const MIN_BINARY: i64 = 1;

/// What the database's schema is to this binary.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Status {
    /// Migrations in the database, oldest first.
    pub applied: Vec<String>,
    /// Migrations of this binary that the database lacks.
    pub pending: Vec<String>,
    /// The oldest schema number that may run on it; zero for an empty database.
    pub min_binary: i64,
}

/// Brings the schema up to this binary's, one process at a time; a SQLite database is copied before it changes.
///
/// # Errors
/// [`Error::Schema`] where the database is of a later release that this binary may not run on.
pub async fn prepare(options: &Options) -> Result<()> {
    let connection = connect::single(options).await?;
    if !must_change(&connection).await? {
        return close(connection).await;
    }
    let lock = Lock::take(options).await?;
    let outcome = upgrade(options, &connection).await;
    lock.release().await;
    close(connection).await?;
    outcome
}

/// Checks that this binary may run on the database, and changes nothing.
///
/// # Errors
/// [`Error::Schema`] where it may not, or where migrations are pending.
pub async fn check(options: &Options) -> Result<()> {
    let status = status(options).await?;
    if status.pending.is_empty() {
        return Ok(());
    }
    Err(Error::Schema(format!(
        "The database lacks {} migration(s). Run `tessera migrate up`, or set database.auto_migrate = true.",
        status.pending.len()
    )))
}

/// What is applied and what is pending.
///
/// # Errors
/// [`Error::Schema`] where this binary is too old for the database.
pub async fn status(options: &Options) -> Result<Status> {
    let connection = connect::single(options).await?;
    let status = read_status(&connection).await;
    close(connection).await?;
    status
}

/// Takes back the last `steps` migrations.
///
/// # Errors
/// [`Error::Schema`] where this binary is too old for the database.
pub async fn revert(options: &Options, steps: u32) -> Result<()> {
    let connection = connect::single(options).await?;
    let lock = Lock::take(options).await?;
    let outcome = downgrade(&connection, steps).await;
    lock.release().await;
    close(connection).await?;
    outcome
}

async fn downgrade(connection: &DatabaseConnection, steps: u32) -> Result<()> {
    // A later release's schema is refused with a sentence that says what to do.
    read_status(connection).await?;
    Ok(Migrator::down(connection, Some(steps)).await?)
}

async fn must_change(connection: &DatabaseConnection) -> Result<bool> {
    let status = read_status(connection).await?;
    Ok(!status.pending.is_empty() || status.min_binary < MIN_BINARY)
}

async fn upgrade(options: &Options, connection: &DatabaseConnection) -> Result<()> {
    // Another process may have done it while this one waited for the lock.
    let status = read_status(connection).await?;
    if status.pending.is_empty() {
        return record_min_binary(connection).await;
    }
    if let (Location::Sqlite(path), false) = (&options.location, status.applied.is_empty()) {
        let copy = path.with_extension(format!("before-{}.db", migration::schema_number()));
        copy_sqlite(connection, &copy).await?;
    }
    Migrator::up(connection, None).await?;
    record_min_binary(connection).await
}

/// Copies a SQLite database while it is in use. A copy that exists already is of this same upgrade, begun before, and stays. A copy
/// gets its name only when it is whole and on the disk, which VACUUM INTO leaves to its caller.
async fn copy_sqlite(connection: &DatabaseConnection, copy: &Path) -> Result<()> {
    if copy.exists() {
        return Ok(());
    }
    tracing::info!(copy = %copy.display(), "copying the database before its schema changes");
    let unfinished = copy.with_extension("unfinished");
    let failed = |error: std::io::Error| {
        Error::Schema(format!("The database could not be copied to {} before its upgrade: {error}.", copy.display()))
    };
    if unfinished.exists() {
        std::fs::remove_file(&unfinished).map_err(failed)?;
    }
    let path = unfinished.to_string_lossy().into_owned();
    let statement = Statement::from_sql_and_values(DbBackend::Sqlite, "VACUUM INTO ?", [path.into()]);
    connection.execute_raw(statement).await?;
    File::open(&unfinished).and_then(|file| file.sync_all()).map_err(failed)?;
    std::fs::rename(&unfinished, copy).map_err(failed)
}

async fn read_status(connection: &DatabaseConnection) -> Result<Status> {
    let min_binary = min_binary(connection).await?;
    if min_binary > migration::schema_number() {
        return Err(Error::Schema(format!(
            "The database's schema is of a later release: it needs schema {min_binary}, this binary knows {}. Run the \
             newer release.",
            migration::schema_number()
        )));
    }
    let applied = applied(connection).await?;
    let known = Migrator::migrations();
    let pending = known.iter().map(|m| m.name().to_owned()).filter(|name| !applied.contains(name)).collect();
    Ok(Status { applied, pending, min_binary })
}

/// The names in sea-orm's own table; none where the database is empty. Read by hand: sea-orm's own reader refuses a database
/// that a later release has migrated, which release N-1 must run on.
async fn applied(connection: &DatabaseConnection) -> Result<Vec<String>> {
    if !has_table(connection, "seaql_migrations").await? {
        return Ok(Vec::new());
    }
    let rows = connection
        .query_all_raw(Statement::from_string(
            connection.get_database_backend(),
            "SELECT version FROM seaql_migrations ORDER BY version",
        ))
        .await?;
    rows.iter().map(|row| Ok(row.try_get_by_index(0)?)).collect()
}

async fn min_binary(connection: &DatabaseConnection) -> Result<i64> {
    if !has_table(connection, "schema_info").await? {
        return Ok(0);
    }
    let statement =
        Statement::from_string(connection.get_database_backend(), "SELECT min_binary FROM schema_info WHERE id = 1");
    let row = connection.query_one_raw(statement).await?;
    row.map_or(Ok(0), |row| Ok(row.try_get_by_index(0)?))
}

async fn record_min_binary(connection: &DatabaseConnection) -> Result<()> {
    connection
        .execute_unprepared(
            "CREATE TABLE IF NOT EXISTS schema_info (id BIGINT PRIMARY KEY NOT NULL CHECK (id = 1), min_binary BIGINT NOT NULL)",
        )
        .await?;
    connection
        .execute_unprepared(&format!(
            "INSERT INTO schema_info (id, min_binary) VALUES (1, {MIN_BINARY}) \
             ON CONFLICT (id) DO UPDATE SET min_binary = excluded.min_binary WHERE schema_info.min_binary < excluded.min_binary"
        ))
        .await?;
    Ok(())
}

async fn has_table(connection: &DatabaseConnection, table: &str) -> Result<bool> {
    let (backend, sql) = match connection.get_database_backend() {
        DbBackend::Sqlite => (DbBackend::Sqlite, "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"),
        backend => (
            backend,
            "SELECT 1 FROM information_schema.tables WHERE table_schema = current_schema() AND table_name = $1",
        ),
    };
    let statement = Statement::from_sql_and_values(backend, sql, [table.into()]);
    Ok(connection.query_one_raw(statement).await?.is_some())
}

async fn close(connection: DatabaseConnection) -> Result<()> {
    Ok(connection.close().await?)
}

/// What keeps a second migrator out until it is released or its process ends.
enum Lock {
    File(#[expect(dead_code, reason = "held for its lock, which ends with it")] File),
    Row(DatabaseConnection, sea_orm::DatabaseTransaction),
}

impl Lock {
    async fn take(options: &Options) -> Result<Self> {
        match &options.location {
            Location::Sqlite(path) => lock_file(path.with_extension("lock")).await.map(Self::File),
            Location::Postgres(_) => lock_row(options).await,
        }
    }

    async fn release(self) {
        if let Self::Row(connection, tx) = self {
            // What is not released here is released when the connection closes.
            let _ = tx.rollback().await;
            let _ = connection.close().await;
        }
    }
}

async fn lock_file(path: PathBuf) -> Result<File> {
    let shown = path.display().to_string();
    let locked = tokio::task::spawn_blocking(move || {
        let file = File::options().create(true).truncate(false).write(true).open(path)?;
        file.lock()?;
        Ok::<_, std::io::Error>(file)
    })
    .await;
    match locked {
        Ok(Ok(file)) => Ok(file),
        Ok(Err(error)) => Err(Error::Schema(format!("The lock file {shown} cannot be locked: {error}."))),
        Err(error) => Err(Error::Schema(format!("The lock file {shown} cannot be locked: {error}."))),
    }
}

async fn lock_row(options: &Options) -> Result<Lock> {
    let connection = connect::single(options).await?;
    make_lock_table(&connection).await?;
    let tx = connection.begin().await?;
    // The wait is as long as another's migration takes: this connection has no statement time-out.
    tx.query_one_raw(Statement::from_string(DbBackend::Postgres, "SELECT id FROM schema_lock WHERE id = 1 FOR UPDATE"))
        .await?;
    Ok(Lock::Row(connection, tx))
}

async fn make_lock_table(connection: &DatabaseConnection) -> Result<()> {
    let table = "CREATE TABLE IF NOT EXISTS schema_lock (id BIGINT PRIMARY KEY)";
    // Two nodes at once: PostgreSQL answers one of them with a duplicate of its own catalogue; the table is there then.
    if connection.execute_unprepared(table).await.is_err() {
        connection.execute_unprepared(table).await?;
    }
    connection.execute_unprepared("INSERT INTO schema_lock (id) VALUES (1) ON CONFLICT (id) DO NOTHING").await?;
    Ok(())
}
