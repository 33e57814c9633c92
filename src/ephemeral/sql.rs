//! What the SQL homes share: how they connect, and what their failures are.

use std::time::Duration;

use sea_orm::{ConnectOptions, DbErr, QueryResult};

use super::{Error, Result};

/// How long a connection may take, and a statement.
pub(super) const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// What holds for the connections of both homes.
pub(super) fn common(options: &mut ConnectOptions, connections: u32) {
    options
        .max_connections(connections)
        .min_connections(0)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .connect_timeout(ACQUIRE_TIMEOUT)
        .sqlx_logging(false)
        .record_stmt_in_spans(false)
        .test_before_acquire_if_idle_for(Duration::from_secs(1));
}

/// The bytes in a row's first column.
pub(super) fn first_column(row: &QueryResult) -> Result<Vec<u8>> {
    row.try_get_by_index(0).map_err(|error| fault(&error))
}

/// A row that cannot be read.
pub(super) fn fault(error: &DbErr) -> Error {
    Error::Fault(error.to_string())
}

/// Every failure of a single statement here is one of the store: nothing in it depends on what a caller sent.
pub(super) fn unavailable(error: &DbErr) -> Error {
    Error::Unavailable(error.to_string())
}
