//! Ephemeral records, where they live in PostgreSQL. Beside SQLite they have a file of their own, made from the same text, whose rows lie
//! in the tree of their keys: one tree less to write for each.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::statements;

pub(crate) const TABLES: &str = "
CREATE TABLE IF NOT EXISTS ephemeral (
    key TEXT PRIMARY KEY NOT NULL,
    value {bytes} NOT NULL,
    expires_at {int} NOT NULL
) {by_key}
;
CREATE INDEX IF NOT EXISTS ephemeral_by_end ON ephemeral (expires_at)
;
CREATE TABLE IF NOT EXISTS ephemeral_counters (
    key TEXT PRIMARY KEY NOT NULL,
    n {int} NOT NULL,
    expires_at {int} NOT NULL
) {by_key}
;
CREATE INDEX IF NOT EXISTS ephemeral_counters_by_end ON ephemeral_counters (expires_at)
";

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DbBackend::Sqlite {
            return Ok(());
        }
        statements::run(manager, TABLES).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DbBackend::Sqlite {
            return Ok(());
        }
        statements::drop(manager, &["ephemeral_counters", "ephemeral"]).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
