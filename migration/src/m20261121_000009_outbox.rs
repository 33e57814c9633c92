//! What waits to be sent, and which clients have to hear of a session's end.

use sea_orm_migration::prelude::*;

use crate::statements;

const TABLES: &str = "
CREATE TABLE session_clients (
    id {uuid} PRIMARY KEY NOT NULL,
    realm_id {uuid} NOT NULL,
    session_id {uuid} NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    client_id {uuid} NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    sub TEXT NOT NULL,
    sid TEXT NOT NULL,
    created_at {int} NOT NULL,
    UNIQUE (session_id, client_id, sid)
) {strict}
;
CREATE INDEX session_clients_by_client ON session_clients (client_id)
;
CREATE TABLE outbox (
    id {uuid} PRIMARY KEY NOT NULL,
    realm_id {uuid} NOT NULL REFERENCES realms (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    receiver {uuid} NOT NULL,
    payload {bytes},
    attempts {int} NOT NULL,
    next_at {int} NOT NULL,
    expires_at {int} NOT NULL,
    created_at {int} NOT NULL
) {strict}
;
CREATE INDEX outbox_due ON outbox (next_at, receiver)
;
CREATE INDEX outbox_by_receiver ON outbox (receiver, next_at)
";

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        statements::run(manager, TABLES).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        statements::drop(manager, &["outbox", "session_clients"]).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
