//! Ephemeral records in a table in PostgreSQL whose commits do not wait for the disk.

use std::time::Duration;

use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, DbErr, QueryResult, Statement, Value,
};

use crate::clock::Timestamp;
use crate::secret::Secret;

use super::{Answer, Error, Home, Key, Result, sql};

/// How long a connection may take, and a statement.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// `$3` is now.
const USE_ONCE: &str = "INSERT INTO ephemeral (key, value, expires_at) VALUES ($1, '', $2) \
     ON CONFLICT (key) DO UPDATE SET expires_at = excluded.expires_at WHERE ephemeral.expires_at <= $3";

/// Ephemeral records in PostgreSQL.
#[derive(Debug)]
pub struct Postgres {
    pool: DatabaseConnection,
}

impl Postgres {
    /// Uses the tables in the PostgreSQL database at `url`, which the migrations have made, by at most `connections`.
    ///
    /// # Errors
    /// [`Error::Unavailable`] where the server does not answer.
    pub async fn connect(url: &Secret, connections: u32) -> Result<Self> {
        let mut options = ConnectOptions::new(url.expose());
        options
            .max_connections(connections)
            .min_connections(0)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .connect_timeout(ACQUIRE_TIMEOUT)
            .sqlx_logging(false)
            .record_stmt_in_spans(false)
            .test_before_acquire_if_idle_for(Duration::from_secs(1));
        options.set_application_name("tessera-ephemeral").statement_timeout(ACQUIRE_TIMEOUT);
        options.map_sqlx_postgres_opts(|postgres| postgres.options([("synchronous_commit", "off")]));
        let pool = Database::connect(options).await.map_err(|error| unavailable(&error))?;
        Ok(Self { pool })
    }

    async fn execute(&self, statement: Statement) -> Result<u64> {
        Ok(self.pool.execute_raw(statement).await.map_err(|error| unavailable(&error))?.rows_affected())
    }

    async fn value(&self, statement: Statement) -> Result<Option<Vec<u8>>> {
        let row = self.pool.query_one_raw(statement).await.map_err(|error| unavailable(&error))?;
        row.map(|row| first_column(&row)).transpose()
    }
}

impl Home for Postgres {
    fn put<'a>(&'a self, key: &'a Key, value: &'a [u8], _now: Timestamp, expires_at: Timestamp) -> Answer<'a, ()> {
        let statement = statement(sql::PUT, [key.text().into(), value.to_vec().into(), expires_at.millis().into()]);
        Box::pin(async move { self.execute(statement).await.map(|_| ()) })
    }

    fn get<'a>(&'a self, key: &'a Key, now: Timestamp) -> Answer<'a, Option<Vec<u8>>> {
        let statement = statement(sql::GET, [key.text().into(), now.millis().into()]);
        Box::pin(self.value(statement))
    }

    fn take<'a>(&'a self, key: &'a Key, now: Timestamp) -> Answer<'a, Option<Vec<u8>>> {
        let statement = statement(sql::TAKE, [key.text().into(), now.millis().into()]);
        Box::pin(self.value(statement))
    }

    fn use_once<'a>(&'a self, key: &'a Key, now: Timestamp, expires_at: Timestamp) -> Answer<'a, bool> {
        let statement = statement(USE_ONCE, [key.text().into(), expires_at.millis().into(), now.millis().into()]);
        Box::pin(async move { Ok(self.execute(statement).await? == 1) })
    }

    fn add<'a>(&'a self, key: &'a Key, by: i64, _now: Timestamp, expires_at: Timestamp) -> Answer<'a, i64> {
        let statement = statement(sql::ADD, [key.text().into(), by.into(), expires_at.millis().into()]);
        Box::pin(async move {
            let row = self.pool.query_one_raw(statement).await.map_err(|error| unavailable(&error))?;
            let row = row.ok_or_else(|| Error::Fault("a counter returned no row".to_owned()))?;
            row.try_get_by_index(0).map_err(|error| fault(&error))
        })
    }

    fn purge(&self, now: Timestamp, limit: u32) -> Answer<'_, u64> {
        let statements = sql::PURGES.map(|sql| statement(sql, [now.millis().into(), i64::from(limit).into()]));
        Box::pin(async move {
            let mut purged = 0;
            for statement in statements {
                purged += self.execute(statement).await?;
            }
            Ok(purged)
        })
    }

    fn ping(&self) -> Answer<'_, ()> {
        Box::pin(async {
            self.pool.execute_unprepared("SELECT 1").await.map(|_| ()).map_err(|error| unavailable(&error))
        })
    }
}

fn statement<const N: usize>(sql: &str, values: [Value; N]) -> Statement {
    Statement::from_sql_and_values(DbBackend::Postgres, sql, values)
}

fn first_column(row: &QueryResult) -> Result<Vec<u8>> {
    row.try_get_by_index(0).map_err(|error| fault(&error))
}

fn fault(error: &DbErr) -> Error {
    Error::Fault(error.to_string())
}

/// Every failure of a single statement here is one of the store: nothing in it depends on what a caller sent.
fn unavailable(error: &DbErr) -> Error {
    Error::Unavailable(error.to_string())
}
