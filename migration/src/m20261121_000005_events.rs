//! What happened. No foreign keys: an event outlives everyone in it.

use sea_orm_migration::prelude::*;

use crate::statements;

const TABLES: &str = "
CREATE TABLE events (
    id {uuid} PRIMARY KEY NOT NULL,
    realm_id {uuid} NOT NULL,
    version {int} NOT NULL,
    type TEXT NOT NULL,
    at {int} NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id {uuid},
    subject_id {uuid},
    client_id {uuid},
    session_id {uuid},
    request_id TEXT,
    ip TEXT,
    user_agent TEXT,
    outcome TEXT NOT NULL,
    reason TEXT,
    data {json} NOT NULL
) {strict}
;
CREATE INDEX events_by_time ON events (realm_id, at)
;
CREATE INDEX events_by_subject ON events (subject_id, at) WHERE subject_id IS NOT NULL
";

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        statements::run(manager, TABLES).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        statements::drop(manager, &["events"]).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
