//! What waits at the door: a closure or a single statement, with the place for its outcome.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;

use futures_util::FutureExt as _;
use sea_orm::{ConnectionTrait, DbErr, QueryResult, Statement, Value};
use tokio::sync::oneshot;

use super::door::Door;
use crate::store::{Error, Result, Tx};

pub(super) type Local<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// One piece of work with the place for its outcome, without the type of either.
pub(super) trait Job: Send {
    /// Runs the work once and keeps its value.
    fn run<'a>(&'a mut self, tx: &'a Tx) -> Local<'a, Result<()>>;
    /// Runs the work in a transaction that it shares with no other.
    fn run_alone<'a>(&'a mut self, door: &'a Door) -> Local<'a, Result<()>>;
    /// Tells the caller how it ended: with the value kept, or with `error`.
    fn answer(self: Box<Self>, error: Option<Error>);
}

pub(super) struct Work<F, T> {
    closure: F,
    value: Option<T>,
    caller: oneshot::Sender<Result<T>>,
}

impl<F, T> Work<F, T> {
    pub(super) fn new(closure: F, caller: oneshot::Sender<Result<T>>) -> Self {
        Self { closure, value: None, caller }
    }
}

impl<F, T> Job for Work<F, T>
where
    T: Send + 'static,
    F: AsyncFn(&Tx) -> Result<T> + Send + 'static,
{
    fn run<'a>(&'a mut self, tx: &'a Tx) -> Local<'a, Result<()>> {
        Box::pin(async move {
            self.value = None;
            // The call itself may panic too.
            self.value = Some(caught(async { (self.closure)(tx).await }).await?);
            Ok(())
        })
    }

    fn run_alone<'a>(&'a mut self, door: &'a Door) -> Local<'a, Result<()>> {
        Box::pin(async move {
            let tx = door.begin().await?;
            let outcome = self.run(&tx).await;
            door.end(tx, outcome).await
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
pub(super) struct One {
    sql: String,
    values: Vec<Value>,
    row: Option<QueryResult>,
    caller: oneshot::Sender<Result<Option<QueryResult>>>,
}

impl One {
    pub(super) fn new(sql: String, values: Vec<Value>, caller: oneshot::Sender<Result<Option<QueryResult>>>) -> Self {
        Self { sql, values, row: None, caller }
    }

    async fn query(&mut self, connection: &impl ConnectionTrait) -> Result<()> {
        let backend = connection.get_database_backend();
        let statement = Statement::from_sql_and_values(backend, &self.sql, self.values.clone());
        self.row = connection.query_one_raw(statement).await?;
        Ok(())
    }
}

impl Job for One {
    fn run<'a>(&'a mut self, tx: &'a Tx) -> Local<'a, Result<()>> {
        Box::pin(self.query(&tx.transaction))
    }

    /// PostgreSQL makes a single statement a transaction of its own, which saves two round trips.
    fn run_alone<'a>(&'a mut self, door: &'a Door) -> Local<'a, Result<()>> {
        Box::pin(self.query(&door.connection))
    }

    fn answer(self: Box<Self>, error: Option<Error>) {
        // A caller that is gone does not mind.
        let _ = self.caller.send(error.map_or(Ok(self.row), Err));
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
