//! Ephemeral records in a SQLite file of their own, which never waits for the main writer.
//!
//! A statement costs what it does mostly on its way to the file and back: so those that come while one is under way go together, one
//! statement for all of a kind. Each is still atomic and whole, and of those that want the same record one has it.

mod batch;

use std::path::Path;

use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement};
use tokio::sync::{mpsc, oneshot};

use crate::clock::Timestamp;

use self::batch::{Add, Caller, Purge, Put, PutIfAbsent, Row, Take, Write};
use super::sql::{ACQUIRE_TIMEOUT, common, first_column, unavailable};
use super::{Answer, Error, Home, Key, Result};

const READERS: u32 = 4;
/// Writes that may wait before another is refused.
const QUEUE: usize = 4096;

/// Ephemeral records in a file.
#[derive(Debug)]
pub struct Sqlite {
    readers: DatabaseConnection,
    queue: mpsc::Sender<Write>,
}

impl Sqlite {
    /// Opens the file at `path`, making it where it is missing. It survives the end of the process, not always that of the machine:
    /// what is in it may be lost, never wrong.
    ///
    /// # Errors
    /// [`Error::Unavailable`] where the file cannot be opened.
    pub async fn open(path: &Path) -> Result<Self> {
        let file = Database::connect(options(path, 1)).await.map_err(|error| unavailable(&error))?;
        for statement in migration::ephemeral_tables(DbBackend::Sqlite) {
            file.execute_unprepared(&statement).await.map_err(|error| unavailable(&error))?;
        }
        let readers = Database::connect(options(path, READERS)).await.map_err(|error| unavailable(&error))?;
        let (queue, writes) = mpsc::channel(QUEUE);
        // It ends when the last handle is dropped.
        tokio::spawn(batch::serve(file, writes));
        Ok(Self { readers, queue })
    }

    /// Hands a write over and waits for its outcome. Once it is handed over it is done, though nobody waits any more.
    async fn write<T>(&self, write: impl FnOnce(Caller<T>) -> Write) -> Result<T> {
        let (caller, outcome) = oneshot::channel();
        self.queue.try_send(write(caller)).map_err(|_| busy())?;
        outcome.await.map_err(|_| busy())?
    }
}

fn busy() -> Error {
    Error::Unavailable("the file's writer is busy or has stopped".to_owned())
}

impl Home for Sqlite {
    fn put<'a>(&'a self, key: &'a Key, value: &'a [u8], _now: Timestamp, expires_at: Timestamp) -> Answer<'a, ()> {
        let row = Row::new(key, value, expires_at);
        Box::pin(self.write(|caller| Write::Put(Put { row, caller })))
    }

    fn get<'a>(&'a self, key: &'a Key, now: Timestamp) -> Answer<'a, Option<Vec<u8>>> {
        let sql = "SELECT value FROM ephemeral WHERE key = $1 AND expires_at > $2";
        let values = [key.as_str().into(), now.millis().into()];
        let statement = Statement::from_sql_and_values(DbBackend::Sqlite, sql, values);
        Box::pin(async move {
            let row = self.readers.query_one_raw(statement).await.map_err(|error| unavailable(&error))?;
            row.map(|row| first_column(&row)).transpose()
        })
    }

    fn take<'a>(&'a self, key: &'a Key, now: Timestamp) -> Answer<'a, Option<Vec<u8>>> {
        let key = key.as_str().to_owned();
        Box::pin(self.write(move |caller| Write::Take(Take { key, now, caller })))
    }

    fn put_if_absent<'a>(
        &'a self,
        key: &'a Key,
        value: &'a [u8],
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Answer<'a, bool> {
        let row = Row::new(key, value, expires_at);
        Box::pin(self.write(move |caller| Write::PutIfAbsent(PutIfAbsent { row, now, caller })))
    }

    fn add<'a>(&'a self, key: &'a Key, by: i64, _now: Timestamp, expires_at: Timestamp) -> Answer<'a, i64> {
        let key = key.as_str().to_owned();
        Box::pin(self.write(move |caller| Write::Add(Add { key, by, expires_at, caller })))
    }

    fn purge(&self, now: Timestamp, limit: u32) -> Answer<'_, u64> {
        Box::pin(self.write(move |caller| Write::Purge(Purge { now, limit, caller })))
    }

    fn ping(&self) -> Answer<'_, ()> {
        Box::pin(async {
            self.readers.execute_unprepared("SELECT 1").await.map(|_| ()).map_err(|error| unavailable(&error))
        })
    }
}

fn options(path: &Path, connections: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new(format!("sqlite://{}", path.display()));
    common(&mut options, connections);
    options.map_sqlx_sqlite_opts(|sqlite| {
        sqlite
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            // Pages that are written again and again reach the file itself, and the disk, a quarter as often as by default.
            .pragma("wal_autocheckpoint", "4000")
            .busy_timeout(ACQUIRE_TIMEOUT)
    });
    options
}
