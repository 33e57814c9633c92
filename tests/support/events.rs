//! The record of what happened, as tests look at it.

use sea_orm::{ConnectionTrait as _, Statement};
use serde_json::Value;

use super::database::Database;

/// One row: its type, its outcome, its actor's kind, and all of it as text, to look for what must not be there.
#[derive(Debug, Clone)]
pub(crate) struct Recorded {
    pub(crate) event_type: String,
    pub(crate) outcome: String,
    pub(crate) actor_kind: String,
    pub(crate) data: Value,
}

/// Everything that was recorded, by its time.
pub(crate) async fn events(database: &Database) -> Vec<Recorded> {
    let connection = database.past_the_store().await;
    let sql = "SELECT type, outcome, actor_kind, data FROM events ORDER BY at, id";
    let rows = connection.query_all_raw(Statement::from_string(connection.get_database_backend(), sql)).await.unwrap();
    let read = |row: &sea_orm::QueryResult| Recorded {
        event_type: row.try_get_by_index(0).unwrap(),
        outcome: row.try_get_by_index(1).unwrap(),
        actor_kind: row.try_get_by_index(2).unwrap(),
        data: row.try_get_by_index(3).unwrap(),
    };
    rows.iter().map(read).collect()
}

/// The types alone, by the alphabet: events of one instant have no order.
pub(crate) async fn event_types(database: &Database) -> Vec<String> {
    let mut types: Vec<_> = events(database).await.into_iter().map(|event| event.event_type).collect();
    types.sort();
    types
}
