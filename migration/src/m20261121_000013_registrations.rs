//! Clients that register themselves.

use sea_orm_migration::prelude::*;

use crate::statements;

const UP: &str = "
ALTER TABLE clients ADD COLUMN used_at {int}
;
ALTER TABLE clients ADD COLUMN registration_hash {bytes}
;
CREATE INDEX clients_unused ON clients (realm_id, created_at) WHERE used_at IS NULL AND registrant = 'client'
;
CREATE TABLE initial_access_tokens (
    id {uuid} PRIMARY KEY NOT NULL,
    realm_id {uuid} NOT NULL REFERENCES realms (id) ON DELETE CASCADE,
    note TEXT NOT NULL,
    hash {bytes} NOT NULL UNIQUE,
    uses_left {int} NOT NULL,
    expires_at {int} NOT NULL,
    created_at {int} NOT NULL
) {strict}
;
CREATE INDEX initial_access_tokens_over ON initial_access_tokens (expires_at)
";

const DOWN: &str = "
DROP TABLE initial_access_tokens
;
DROP INDEX clients_unused
;
ALTER TABLE clients DROP COLUMN registration_hash
;
ALTER TABLE clients DROP COLUMN used_at
";

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        statements::run(manager, UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        statements::run(manager, DOWN).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
