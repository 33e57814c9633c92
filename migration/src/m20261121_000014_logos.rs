//! The logos of clients, fetched and drawn anew.

use sea_orm_migration::prelude::*;

use crate::statements;

/// The logos of clients that are there already are fetched too: the outbox tries each once.
const UP: &str = "
ALTER TABLE clients ADD COLUMN logo_hash {bytes}
;
CREATE TABLE client_logos (
    client_id {uuid} PRIMARY KEY NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    png {bytes} NOT NULL
) {strict}
;
INSERT INTO outbox (id, realm_id, kind, receiver, payload, attempts, next_at, expires_at, created_at)
SELECT id, realm_id, 'logo', id, NULL, 0, 0, created_at, created_at FROM clients WHERE metadata ->> 'logo_uri' IS NOT NULL
";

const DOWN: &str = "
DELETE FROM outbox WHERE kind = 'logo'
;
DROP TABLE client_logos
;
ALTER TABLE clients DROP COLUMN logo_hash
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
