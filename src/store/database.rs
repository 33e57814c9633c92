//! Making and dropping the database itself, and what only it can say of itself.

use std::path::Path;

use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend, FromQueryResult, Statement};
use url::Url;

use crate::clock::Timestamp;
use crate::secret::Secret;

use super::connect::{self, Location};
use super::statement::Run as _;
use super::{Db, Error, Options, Result};

/// PostgreSQL's own database, from which others are made.
const MAINTENANCE: &str = "postgres";

/// The database's name: on SQLite its file's path.
pub fn name(options: &Options) -> String {
    match &options.location {
        Location::Sqlite(path) => path.display().to_string(),
        Location::Postgres(url) => postgres_name(url).unwrap_or_default(),
    }
}

/// Makes an empty database where there is none; says whether it did. SQLite's file is made when it is first opened.
///
/// # Errors
/// The database's: PostgreSQL's user must be allowed to create databases.
pub async fn create(options: &Options) -> Result<bool> {
    let Location::Postgres(url) = &options.location else {
        return Ok(matches!(&options.location, Location::Sqlite(path) if !path.exists()));
    };
    let name = required_name(url)?;
    let maintenance = maintenance(options, url).await?;
    let made = match exists(&maintenance, &name).await {
        Ok(false) => maintenance.execute_unprepared(&format!("CREATE DATABASE {}", quoted(&name))).await.map(|_| true),
        Ok(true) => Ok(false),
        Err(error) => Err(error),
    };
    maintenance.close().await?;
    Ok(made?)
}

/// Drops the database with everything in it; says whether there was one.
///
/// # Errors
/// [`Error::Schema`] where a server or another process has it open; the database's.
pub async fn remove(options: &Options) -> Result<bool> {
    match &options.location {
        Location::Sqlite(path) => remove_sqlite(options, path).await,
        Location::Postgres(url) => remove_postgres(options, url).await,
    }
}

async fn remove_postgres(options: &Options, url: &Secret) -> Result<bool> {
    let name = required_name(url)?;
    let maintenance = maintenance(options, url).await?;
    let dropped = match exists(&maintenance, &name).await {
        Ok(true) => maintenance.execute_unprepared(&format!("DROP DATABASE {}", quoted(&name))).await.map(|_| true),
        outcome => outcome,
    };
    maintenance.close().await?;
    dropped.map_err(|error| match error.to_string() {
        text if text.contains("is being accessed by other users") => in_use(),
        _ => error.into(),
    })
}

/// Whoever leaves write-ahead logging must be alone: that is how SQLite itself tells whether others have the file open.
async fn remove_sqlite(options: &Options, path: &Path) -> Result<bool> {
    if !path.exists() {
        return Ok(false);
    }
    let connection = connect::single(options).await?;
    let left = connection.execute_unprepared("PRAGMA journal_mode = DELETE").await;
    connection.close().await?;
    left.map_err(|_| in_use())?;
    for suffix in ["", "-wal", "-shm", "-journal"] {
        let mut name = path.to_owned().into_os_string();
        name.push(suffix);
        remove_file(Path::new(&name))?;
    }
    Ok(true)
}

fn remove_file(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Error::Schema(format!("{} cannot be removed: {error}.", path.display())))
        }
        _ => Ok(()),
    }
}

fn in_use() -> Error {
    Error::Schema("The database is in use: stop every server and command that has it open, then try again.".to_owned())
}

async fn maintenance(options: &Options, url: &Secret) -> Result<DatabaseConnection> {
    let mut other = Url::parse(url.expose()).map_err(|_| Error::Schema("database.url is not a URL.".to_owned()))?;
    other.set_path(MAINTENANCE);
    let location = Location::Postgres(Secret::from(String::from(other)));
    connect::single(&Options { location, ..options.clone() }).await
}

async fn exists(maintenance: &DatabaseConnection, name: &str) -> std::result::Result<bool, sea_orm::DbErr> {
    let sql = "SELECT 1 FROM pg_database WHERE datname = $1";
    let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, [name.into()]);
    Ok(maintenance.query_one_raw(statement).await?.is_some())
}

fn required_name(url: &Secret) -> Result<String> {
    postgres_name(url).ok_or_else(|| Error::Schema("database.url names no database.".to_owned()))
}

fn postgres_name(url: &Secret) -> Option<String> {
    let url = Url::parse(url.expose()).ok()?;
    let name = percent_encoding::percent_decode_str(url.path().trim_matches('/')).decode_utf8().ok()?;
    Some(name.into_owned()).filter(|name| !name.is_empty())
}

/// An identifier that means nothing but itself (PostgreSQL, section 4.1.1).
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[derive(FromQueryResult)]
struct Instant {
    at: Option<i64>,
}

impl Db {
    /// What the database server's own clock says; none for SQLite, which has no other clock than ours.
    ///
    /// # Errors
    /// The database's.
    pub async fn server_time(&self) -> Result<Option<Timestamp>> {
        if self.backend() != DbBackend::Postgres {
            return Ok(None);
        }
        let sql = "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS at";
        Ok(self.one::<Instant>(sql, []).await?.and_then(|row| row.at).map(Timestamp::from_millis))
    }

    /// When the newest event happened.
    ///
    /// # Errors
    /// The database's.
    pub async fn newest_event(&self) -> Result<Option<Timestamp>> {
        let row = self.one::<Instant>("SELECT MAX(at) AS at FROM events", []).await?;
        Ok(row.and_then(|row| row.at).map(Timestamp::from_millis))
    }
}
