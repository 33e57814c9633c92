//! Ephemeral records in a SQLite file of their own, which never waits for the main writer.
//!
//! One thread has the file and does what it is asked in turn: a statement takes some microseconds, far less than a way to another thread
//! and back. What has come meanwhile shares one COMMIT.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior};
use tokio::sync::{mpsc, oneshot};

use crate::clock::Timestamp;

use super::used::{self, Used};
use super::{Answer, Error, Home, Key, Result, sql};

/// The file's name.
const FILE: &str = "ephemeral.db";
/// How the names of the files begin that hold what was used once.
const USED: &str = "ephemeral.db-used-";
/// Calls that may wait before another is refused.
const QUEUE: usize = 4096;
/// Calls that may share one COMMIT.
const BATCH: usize = 128;
/// Another process that writes to the file is waited for so long.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Something to do with the file, and who waits for its outcome.
trait Call: Send {
    /// Does it.
    fn run(&mut self, file: &Connection);
    /// Says how it went, where it could be committed.
    fn answer(self: Box<Self>, committed: Result<()>);
}

struct Asked<T, F> {
    work: Option<F>,
    outcome: Option<rusqlite::Result<T>>,
    caller: oneshot::Sender<Result<T>>,
}

impl<T: Send, F: FnOnce(&Connection) -> rusqlite::Result<T> + Send> Call for Asked<T, F> {
    fn run(&mut self, file: &Connection) {
        self.outcome = self.work.take().map(|work| work(file));
    }

    fn answer(self: Box<Self>, committed: Result<()>) {
        let outcome = match self.outcome {
            Some(outcome) => committed.and(outcome.map_err(|error| unavailable(&error))),
            None => committed.and(Err(stopped())),
        };
        // A caller that is gone does not mind.
        let _ = self.caller.send(outcome);
    }
}

/// Ephemeral records in a file, and what was used once in files beside it.
#[derive(Debug)]
pub struct Sqlite {
    queue: mpsc::Sender<Box<dyn Call>>,
    used: Mutex<Used>,
}

impl Sqlite {
    /// Opens the files beside the database at `database`, making what is missing. They survive the end of the process, not always that
    /// of the machine: what is in them may be lost, never wrong.
    ///
    /// # Errors
    /// [`Error::Unavailable`] where a file cannot be opened.
    pub async fn beside(database: &Path) -> Result<Self> {
        let used = Used::open(database.with_file_name(USED)).map_err(|error| not_kept(&error))?;
        let path = database.with_file_name(FILE);
        let (queue, calls) = mpsc::channel(QUEUE);
        let (ready, opened) = oneshot::channel();
        let thread = std::thread::Builder::new().name("tessera-ephemeral".to_owned());
        let started = thread.spawn(move || match connect(&path) {
            Ok(file) => {
                let _ = ready.send(Ok(()));
                serve(&file, calls);
            }
            Err(error) => drop(ready.send(Err(unavailable(&error)))),
        });
        started.map_err(|error| Error::Unavailable(format!("the file's thread did not start: {error}")))?;
        opened.await.map_err(|_| stopped())??;
        Ok(Self { queue, used: Mutex::new(used) })
    }

    /// Removes the files beside the database at `database`, which nobody may have open.
    ///
    /// # Errors
    /// The operating system's.
    pub fn remove_beside(database: &Path) -> std::io::Result<()> {
        // SQLite's own further files are called so too.
        for path in used::files(&database.with_file_name(FILE))? {
            used::remove(&path)?;
        }
        Ok(())
    }

    fn used(&self) -> MutexGuard<'_, Used> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has `work` done and waits for its outcome. Once it is handed over it is done, though nobody waits any more.
    async fn call<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T> {
        let (caller, outcome) = oneshot::channel();
        let call = Asked { work: Some(work), outcome: None, caller };
        self.queue.try_send(Box::new(call)).map_err(|_| stopped())?;
        outcome.await.map_err(|_| stopped())?
    }
}

impl Home for Sqlite {
    fn put<'a>(&'a self, key: &'a Key, value: &'a [u8], _now: Timestamp, expires_at: Timestamp) -> Answer<'a, ()> {
        let (key, value) = (key.text(), value.to_vec());
        Box::pin(
            self.call(move |file| {
                file.prepare_cached(sql::PUT)?.execute((key, value, expires_at.millis())).map(|_| ())
            }),
        )
    }

    fn get<'a>(&'a self, key: &'a Key, now: Timestamp) -> Answer<'a, Option<Vec<u8>>> {
        let key = key.text();
        Box::pin(self.call(move |file| {
            file.prepare_cached(sql::GET)?.query_row((key, now.millis()), |row| row.get(0)).optional()
        }))
    }

    fn take<'a>(&'a self, key: &'a Key, now: Timestamp) -> Answer<'a, Option<Vec<u8>>> {
        let key = key.text();
        Box::pin(self.call(move |file| {
            file.prepare_cached(sql::TAKE)?.query_row((key, now.millis()), |row| row.get(0)).optional()
        }))
    }

    fn use_once<'a>(&'a self, key: &'a Key, _now: Timestamp, expires_at: Timestamp) -> Answer<'a, bool> {
        // Not handed over: a few bytes for the operating system to keep take less time than that.
        Box::pin(async move { self.used().use_once(key, expires_at).map_err(|error| not_kept(&error)) })
    }

    fn add<'a>(&'a self, key: &'a Key, by: i64, _now: Timestamp, expires_at: Timestamp) -> Answer<'a, i64> {
        let key = key.text();
        Box::pin(self.call(move |file| {
            file.prepare_cached(sql::ADD)?.query_row((key, by, expires_at.millis()), |row| row.get(0))
        }))
    }

    fn purge(&self, now: Timestamp, limit: u32) -> Answer<'_, u64> {
        Box::pin(async move {
            let forgotten = self.used().purge(now).map_err(|error| not_kept(&error))?;
            let rows = self.call(move |file| {
                let mut purged = 0;
                for sql in sql::PURGES {
                    purged += file.prepare_cached(sql)?.execute((now.millis(), limit))?;
                }
                Ok(purged as u64)
            });
            Ok(forgotten + rows.await?)
        })
    }

    fn ping(&self) -> Answer<'_, ()> {
        Box::pin(self.call(|file| file.prepare_cached("SELECT 1")?.query_row((), |_| Ok(()))))
    }
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let file = Connection::open(path)?;
    file.busy_timeout(BUSY_TIMEOUT)?;
    file.pragma_update(None, "journal_mode", "WAL")?;
    file.pragma_update(None, "synchronous", "NORMAL")?;
    // Pages that are written again and again reach the file itself, and the disk, a quarter as often as by default.
    file.pragma_update(None, "wal_autocheckpoint", 4000)?;
    for statement in migration::ephemeral_tables() {
        file.execute_batch(&statement)?;
    }
    Ok(file)
}

/// The thread's body: until nobody is left who could call.
fn serve(file: &Connection, mut calls: mpsc::Receiver<Box<dyn Call>>) {
    while let Some(call) = calls.blocking_recv() {
        let mut batch = vec![call];
        while batch.len() < BATCH
            && let Ok(call) = calls.try_recv()
        {
            batch.push(call);
        }
        let committed = together(file, &mut batch).map_err(|error| unavailable(&error));
        for call in batch {
            call.answer(committed.clone());
        }
    }
}

/// Does all of them, or none. A statement that fails takes nothing with it.
fn together(file: &Connection, batch: &mut [Box<dyn Call>]) -> rusqlite::Result<()> {
    if let [alone] = batch {
        // A transaction of its own.
        alone.run(file);
        return Ok(());
    }
    // Begun as a writer: one that reads first and then writes fails where another process wrote in between.
    let transaction = Transaction::new_unchecked(file, TransactionBehavior::Immediate)?;
    for call in batch.iter_mut() {
        call.run(file);
    }
    transaction.commit()
}

/// Every failure of a statement here is one of the store: nothing in it depends on what a caller sent.
fn unavailable(error: &rusqlite::Error) -> Error {
    Error::Unavailable(error.to_string())
}

fn not_kept(error: &std::io::Error) -> Error {
    Error::Unavailable(format!("what was used once cannot be kept in mind: {error}"))
}

fn stopped() -> Error {
    Error::Unavailable("the ephemeral file's thread is busy or has stopped".to_owned())
}
