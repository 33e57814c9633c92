//! Statements written by hand, the same text for both databases (`$1`, `$2`, …) unless one names its backend.

use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, Statement, Value};

use super::{Db, Result, Tx};

/// What runs a statement: the readers, or an open transaction.
pub(super) trait Run {
    /// Its connection.
    fn connection(&self) -> &impl ConnectionTrait;

    /// Which database it is.
    fn backend(&self) -> DbBackend {
        self.connection().get_database_backend()
    }

    /// The row that `sql` answers with, if any.
    async fn one<M: FromQueryResult>(&self, sql: &str, values: impl IntoIterator<Item = Value>) -> Result<Option<M>> {
        let statement = Statement::from_sql_and_values(self.backend(), sql, values);
        let row = self.connection().query_one_raw(statement).await?;
        Ok(row.map(|row| M::from_query_result(&row, "")).transpose()?)
    }

    /// The rows that `sql` answers with.
    async fn all<M: FromQueryResult>(&self, sql: &str, values: impl IntoIterator<Item = Value>) -> Result<Vec<M>> {
        let statement = Statement::from_sql_and_values(self.backend(), sql, values);
        let rows = self.connection().query_all_raw(statement).await?;
        rows.iter().map(|row| Ok(M::from_query_result(row, "")?)).collect()
    }

    /// Whether `sql` answers with a row.
    async fn any(&self, sql: &str, values: impl IntoIterator<Item = Value>) -> Result<bool> {
        let statement = Statement::from_sql_and_values(self.backend(), sql, values);
        Ok(self.connection().query_one_raw(statement).await?.is_some())
    }
}

impl Run for Db {
    fn connection(&self) -> &impl ConnectionTrait {
        self.reader()
    }
}

impl Run for Tx {
    fn connection(&self) -> &impl ConnectionTrait {
        &self.transaction
    }
}

impl Tx {
    /// Runs `sql` and returns how many rows it changed.
    pub(super) async fn change(&self, sql: &str, values: impl IntoIterator<Item = Value>) -> Result<u64> {
        let statement = Statement::from_sql_and_values(self.backend(), sql, values);
        Ok(self.transaction.execute_raw(statement).await?.rows_affected())
    }
}
