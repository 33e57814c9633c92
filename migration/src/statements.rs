//! One text for both databases: each statement is written once, with the column types that differ as `{placeholders}`.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

/// Runs `text`'s statements, which a line that holds only `;` parts.
///
/// # Errors
/// The database's, naming the statement that it refused.
pub(crate) async fn run(manager: &SchemaManager<'_>, text: &str) -> Result<(), DbErr> {
    let backend = manager.get_database_backend();
    for statement in each(text) {
        manager.get_connection().execute_unprepared(&for_backend(backend, statement)).await?;
    }
    Ok(())
}

/// Drops `tables` in the order given.
///
/// # Errors
/// The database's.
pub(crate) async fn drop(manager: &SchemaManager<'_>, tables: &[&str]) -> Result<(), DbErr> {
    for table in tables {
        manager.get_connection().execute_unprepared(&format!("DROP TABLE {table}")).await?;
    }
    Ok(())
}

/// The statements of `text`.
pub(crate) fn each(text: &str) -> impl Iterator<Item = &str> {
    text.split("\n;").map(str::trim).filter(|statement| !statement.is_empty())
}

/// `statement` with `backend`'s column types.
pub(crate) fn for_backend(backend: DbBackend, statement: &str) -> String {
    let (uuid, bytes, int, json, bool, strict, by_key) = match backend {
        DbBackend::Sqlite => ("BLOB", "BLOB", "INTEGER", "TEXT", "INTEGER", "STRICT", "STRICT, WITHOUT ROWID"),
        _ => ("UUID", "BYTEA", "BIGINT", "JSONB", "BOOLEAN", "", ""),
    };
    statement
        .replace("{uuid}", uuid)
        .replace("{bytes}", bytes)
        .replace("{int}", int)
        .replace("{json}", json)
        .replace("{bool}", bool)
        .replace("{strict}", strict)
        .replace("{by_key}", by_key)
}
