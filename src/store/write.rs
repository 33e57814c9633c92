//! The one door for writes.
//!
//! A thread of its own polls every write to its end, so that one that began finishes though its caller is gone. On SQLite
//! what is queued shares one COMMIT; on PostgreSQL transactions run side by side and are run again on a serialization failure.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, DbErr, QueryResult, SqliteTransactionMode, Statement,
    TransactionOptions, TransactionTrait as _, Value,
};
use tokio::sync::{Semaphore, mpsc, oneshot};

use super::{Error, Options, Result, Tx, connect};

/// Writes that may wait before another is refused.
const QUEUE: usize = 4096;
/// Writes that may share one COMMIT on SQLite.
const BATCH: usize = 128;
/// A transaction that others are in the way of is run again after pauses that double: about half a second together.
const FIRST_PAUSE: Duration = Duration::from_millis(2);
const LAST_PAUSE: Duration = Duration::from_millis(512);

type Local<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// The writer thread's mailbox.
#[derive(Debug)]
pub(super) struct Writer {
    queue: mpsc::Sender<Message>,
}

enum Message {
    Write(Box<dyn Job>),
    Close(oneshot::Sender<()>),
}

/// One piece of work with the place for its outcome, without the type of either.
trait Job: Send {
    /// Runs the work once and keeps its value.
    fn run<'a>(&'a mut self, tx: &'a Tx) -> Local<'a, Result<()>>;
    /// Runs the work in a transaction that it shares with no other.
    fn run_alone<'a>(&'a mut self, connection: &'a DatabaseConnection) -> Local<'a, Result<()>>;
    /// Tells the caller how it ended: with the value kept, or with `error`.
    fn answer(self: Box<Self>, error: Option<Error>);
}

struct Work<F, T> {
    closure: F,
    value: Option<T>,
    caller: oneshot::Sender<Result<T>>,
}

impl<F, T> Job for Work<F, T>
where
    T: Send + 'static,
    F: AsyncFn(&Tx) -> Result<T> + Send + 'static,
{
    fn run<'a>(&'a mut self, tx: &'a Tx) -> Local<'a, Result<()>> {
        Box::pin(async move {
            self.value = None;
            self.value = Some(caught((self.closure)(tx)).await?);
            Ok(())
        })
    }

    fn run_alone<'a>(&'a mut self, connection: &'a DatabaseConnection) -> Local<'a, Result<()>> {
        Box::pin(async move {
            let tx = begin(connection).await?;
            let outcome = self.run(&tx).await;
            end(tx, outcome).await
        })
    }

    fn answer(self: Box<Self>, error: Option<Error>) {
        let outcome = match (error, self.value) {
            (None, Some(value)) => Ok(value),
            (Some(error), _) => Err(error),
            (None, None) => Err(Error::Fault(DbErr::Custom("a write ended without a value".to_owned()))),
        };
        // A caller that is gone does not mind.
        let _ = self.caller.send(outcome);
    }
}

/// A single statement that is whole in itself.
struct One {
    sql: String,
    values: Vec<Value>,
    row: Option<QueryResult>,
    caller: oneshot::Sender<Result<Option<QueryResult>>>,
}

impl One {
    async fn query(&mut self, connection: &impl ConnectionTrait) -> Result<()> {
        let backend = connection.get_database_backend();
        let statement = Statement::from_sql_and_values(backend, &self.sql, self.values.clone());
        self.row = connection.query_one_raw(statement).await?;
        Ok(())
    }
}

impl Job for One {
    fn run<'a>(&'a mut self, tx: &'a Tx) -> Local<'a, Result<()>> {
        Box::pin(self.query(&tx.0))
    }

    /// PostgreSQL makes a single statement a transaction of its own, which saves two round trips.
    fn run_alone<'a>(&'a mut self, connection: &'a DatabaseConnection) -> Local<'a, Result<()>> {
        Box::pin(self.query(connection))
    }

    fn answer(self: Box<Self>, error: Option<Error>) {
        // A caller that is gone does not mind.
        let _ = self.caller.send(error.map_or(Ok(self.row), Err));
    }
}

impl Writer {
    /// Starts the thread, with connections of its own.
    pub(super) async fn start(options: Options) -> Result<Self> {
        let (queue, messages) = mpsc::channel(QUEUE);
        let (ready, started) = oneshot::channel();
        std::thread::Builder::new()
            .name("tessera-writer".to_owned())
            .spawn(move || serve(&options, messages, ready))
            .map_err(|error| Error::Fault(DbErr::Custom(format!("the writer thread did not start: {error}"))))?;
        started.await.map_err(|_| stopped())??;
        Ok(Self { queue })
    }

    /// Hands `work` over and waits for its outcome.
    pub(super) async fn submit<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: AsyncFn(&Tx) -> Result<T> + Send + 'static,
    {
        let (caller, outcome) = oneshot::channel();
        let job = Box::new(Work { closure: work, value: None, caller });
        self.queue.try_send(Message::Write(job)).map_err(|error| refused(&error))?;
        outcome.await.map_err(|_| stopped())?
    }

    /// Hands one whole statement over and waits for its first row.
    pub(super) async fn submit_one(&self, sql: String, values: Vec<Value>) -> Result<Option<QueryResult>> {
        let (caller, outcome) = oneshot::channel();
        let one = Box::new(One { sql, values, row: None, caller });
        self.queue.try_send(Message::Write(one)).map_err(|error| refused(&error))?;
        outcome.await.map_err(|_| stopped())?
    }

    /// Waits until all that was handed over is done, and ends the thread.
    pub(super) async fn close(&self) {
        let (done, closed) = oneshot::channel();
        if self.queue.send(Message::Close(done)).await.is_ok() {
            let _ = closed.await;
        }
    }
}

fn refused(error: &mpsc::error::TrySendError<Message>) -> Error {
    match error {
        mpsc::error::TrySendError::Full(_) => Error::Busy,
        mpsc::error::TrySendError::Closed(_) => stopped(),
    }
}

fn stopped() -> Error {
    Error::Unavailable(DbErr::Custom("the writer has stopped".to_owned()))
}

/// The thread's body.
fn serve(options: &Options, messages: mpsc::Receiver<Message>, ready: oneshot::Sender<Result<()>>) {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            let _ = ready.send(Err(Error::Fault(DbErr::Custom(format!("the writer has no runtime: {error}")))));
            return;
        }
    };
    runtime.block_on(async {
        match connect::writers(options).await {
            Ok(connection) => {
                let _ = ready.send(Ok(()));
                match connection.get_database_backend() {
                    DbBackend::Sqlite => in_batches(connection, messages).await,
                    _ => side_by_side(connection, options.max_connections, messages).await,
                }
            }
            Err(error) => drop(ready.send(Err(error))),
        }
    });
}

/// SQLite: one connection; what is queued shares a COMMIT.
async fn in_batches(connection: DatabaseConnection, mut messages: mpsc::Receiver<Message>) {
    let mut waiting = Vec::with_capacity(BATCH);
    let mut closing = None;
    while closing.is_none() && messages.recv_many(&mut waiting, BATCH).await > 0 {
        let mut jobs = Vec::with_capacity(waiting.len());
        for message in waiting.drain(..) {
            match message {
                Message::Write(job) => jobs.push(job),
                Message::Close(done) => closing = Some(done),
            }
        }
        commit_together(&connection, jobs).await;
    }
    finish(connection, closing).await;
}

async fn commit_together(connection: &DatabaseConnection, mut jobs: Vec<Box<dyn Job>>) {
    match together(connection, &mut jobs).await {
        Ok(()) => jobs.into_iter().for_each(|job| job.answer(None)),
        Err(error) if error.is_temporary() => {
            let reason = error.to_string();
            for job in jobs {
                job.answer(Some(Error::Unavailable(DbErr::Custom(reason.clone()))));
            }
        }
        // One of them failed and took the others' changes with it: each has a transaction of its own now.
        Err(_) => {
            for mut job in jobs {
                let error = job.run_alone(connection).await.err();
                job.answer(error);
            }
        }
    }
}

async fn together(connection: &DatabaseConnection, jobs: &mut [Box<dyn Job>]) -> Result<()> {
    if jobs.is_empty() {
        return Ok(());
    }
    let tx = begin(connection).await?;
    let mut outcome = Ok(());
    for job in jobs {
        outcome = job.run(&tx).await;
        if outcome.is_err() {
            break;
        }
    }
    end(tx, outcome).await
}

/// PostgreSQL: as many transactions at once as there are connections.
async fn side_by_side(connection: DatabaseConnection, connections: u32, mut messages: mpsc::Receiver<Message>) {
    let connection = Rc::new(connection);
    let permits = Arc::new(Semaphore::new(connections as usize));
    let mut closing = None;
    let mut number = 0;
    tokio::task::LocalSet::new()
        .run_until(async {
            while let Some(Message::Write(job)) = received(&mut messages, &mut closing).await {
                let permit = Arc::clone(&permits).acquire_owned().await;
                let connection = Rc::clone(&connection);
                number += 1;
                tokio::task::spawn_local(async move {
                    alone(&connection, job, number).await;
                    drop(permit);
                });
            }
            drop(permits.acquire_many(connections).await);
        })
        .await;
    if let Some(connection) = Rc::into_inner(connection) {
        finish(connection, closing).await;
    }
}

/// The next write; none once the door is closing.
async fn received(
    messages: &mut mpsc::Receiver<Message>,
    closing: &mut Option<oneshot::Sender<()>>,
) -> Option<Message> {
    match messages.recv().await? {
        Message::Close(done) => {
            *closing = Some(done);
            None
        }
        write @ Message::Write(_) => Some(write),
    }
}

/// One transaction for one job, run again while others are in its way.
async fn alone(connection: &DatabaseConnection, mut job: Box<dyn Job>, number: u64) {
    let mut pause = FIRST_PAUSE;
    let error = loop {
        match job.run_alone(connection).await {
            Ok(()) => break None,
            Err(error) if error.is_contention() && pause < LAST_PAUSE => {
                // Jobs that collided must not collide again: their numbers differ.
                let jitter = Duration::from_micros(number.wrapping_mul(977) % 2_000);
                tokio::time::sleep(pause + jitter).await;
                pause *= 2;
            }
            Err(error) => break Some(error),
        }
    };
    job.answer(error);
}

async fn begin(connection: &DatabaseConnection) -> Result<Tx> {
    // SQLite: a deferred transaction that reads and then writes fails when another wrote in between.
    let options = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    Ok(Tx(connection.begin_with_options(options).await?))
}

async fn end(tx: Tx, outcome: Result<()>) -> Result<()> {
    match outcome {
        Ok(()) => Ok(tx.0.commit().await?),
        Err(error) => {
            if let Err(error) = tx.0.rollback().await {
                tracing::warn!(%error, "a transaction did not roll back; its connection is given up");
            }
            Err(error)
        }
    }
}

async fn finish(connection: DatabaseConnection, closing: Option<oneshot::Sender<()>>) {
    if let Err(error) = connection.close().await {
        tracing::warn!(%error, "the writer's connections did not close cleanly");
    }
    if let Some(done) = closing {
        let _ = done.send(());
    }
}

/// Runs a job's future; a panic in it is its own error, not its neighbours'.
async fn caught<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    AssertUnwindSafe(work).catch_unwind().await.unwrap_or_else(|panic| Err(panicked(panic.as_ref())))
}

fn panicked(panic: &(dyn Any + Send)) -> Error {
    let message = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    Error::Fault(DbErr::Custom(format!("a write panicked: {}", message.unwrap_or("without a message"))))
}
