//! The one door for writes.
//!
//! A thread of its own polls every write to its end, so that one that began finishes though its caller is gone. On SQLite
//! what is queued shares one COMMIT; on PostgreSQL transactions run side by side and are run again on a serialization failure.

mod door;
mod job;

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use sea_orm::{DbBackend, DbErr, QueryResult, Value};
use tokio::sync::{Semaphore, mpsc, oneshot};

use self::door::Door;
pub(super) use self::door::Told;
use self::job::{Job, One, Work};
use super::{Error, Options, Result, Tx, connect};

/// Writes that may wait before another is refused.
const QUEUE: usize = 4096;
/// Writes that may share one COMMIT on SQLite.
const BATCH: usize = 128;
/// A transaction that others are in the way of is run again after pauses that double: about half a second together.
const FIRST_PAUSE: Duration = Duration::from_millis(2);
const LAST_PAUSE: Duration = Duration::from_millis(512);

/// The writer thread's mailbox.
#[derive(Debug)]
pub(super) struct Writer {
    queue: mpsc::Sender<Message>,
}

enum Message {
    Write(Box<dyn Job>),
    Close(oneshot::Sender<()>),
}

impl Writer {
    /// Starts the thread, with connections of its own.
    pub(super) async fn start(options: Options, told: Told) -> Result<Self> {
        let (queue, messages) = mpsc::channel(QUEUE);
        let (ready, started) = oneshot::channel();
        std::thread::Builder::new()
            .name("tessera-writer".to_owned())
            .spawn(move || serve(&options, told, messages, ready))
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
        let job = Box::new(Work::new(work, caller));
        self.queue.try_send(Message::Write(job)).map_err(|error| refused(&error))?;
        outcome.await.map_err(|_| stopped())?
    }

    /// Hands one whole statement over and waits for its first row.
    pub(super) async fn submit_one(&self, sql: String, values: Vec<Value>) -> Result<Option<QueryResult>> {
        let (caller, outcome) = oneshot::channel();
        let one = Box::new(One::new(sql, values, caller));
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
fn serve(options: &Options, told: Told, messages: mpsc::Receiver<Message>, ready: oneshot::Sender<Result<()>>) {
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
                let door = Door { connection, told };
                match door.connection.get_database_backend() {
                    DbBackend::Sqlite => in_batches(door, messages).await,
                    _ => side_by_side(door, options.max_connections, messages).await,
                }
            }
            Err(error) => drop(ready.send(Err(error))),
        }
    });
}

/// SQLite: one connection; what is queued shares a COMMIT.
async fn in_batches(door: Door, mut messages: mpsc::Receiver<Message>) {
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
        commit_together(&door, jobs).await;
    }
    finish(door, closing).await;
}

async fn commit_together(door: &Door, mut jobs: Vec<Box<dyn Job>>) {
    match together(door, &mut jobs).await {
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
                let error = job.run_alone(door).await.err();
                job.answer(error);
            }
        }
    }
}

async fn together(door: &Door, jobs: &mut [Box<dyn Job>]) -> Result<()> {
    if jobs.is_empty() {
        return Ok(());
    }
    let tx = door.begin().await?;
    let mut outcome = Ok(());
    for job in jobs {
        outcome = job.run(&tx).await;
        if outcome.is_err() {
            break;
        }
    }
    door.end(tx, outcome).await
}

/// PostgreSQL: as many transactions at once as there are connections.
async fn side_by_side(door: Door, connections: u32, mut messages: mpsc::Receiver<Message>) {
    let door = Rc::new(door);
    let permits = Arc::new(Semaphore::new(connections as usize));
    let mut closing = None;
    let mut number = 0;
    tokio::task::LocalSet::new()
        .run_until(async {
            while let Some(Message::Write(job)) = received(&mut messages, &mut closing).await {
                let permit = Arc::clone(&permits).acquire_owned().await;
                let door = Rc::clone(&door);
                number += 1;
                tokio::task::spawn_local(async move {
                    alone(&door, job, number).await;
                    drop(permit);
                });
            }
            drop(permits.acquire_many(connections).await);
        })
        .await;
    if let Some(door) = Rc::into_inner(door) {
        finish(door, closing).await;
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
async fn alone(door: &Door, mut job: Box<dyn Job>, number: u64) {
    let mut pause = FIRST_PAUSE;
    let error = loop {
        match job.run_alone(door).await {
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

async fn finish(door: Door, closing: Option<oneshot::Sender<()>>) {
    if let Err(error) = door.connection.close().await {
        tracing::warn!(%error, "the writer's connections did not close cleanly");
    }
    if let Some(done) = closing {
        let _ = done.send(());
    }
}
