//! Deleting a client looks for its grants by the client; counting registrations that wait reads nothing but its index.

use sea_orm_migration::prelude::*;

use crate::statements;

/// The last two columns say what the condition says already: SQLite would read each row to see them.
const UP: &str = "
CREATE INDEX grants_by_client ON grants (client_id)
;
DROP INDEX clients_unused
;
CREATE INDEX clients_unused ON clients (realm_id, created_at, used_at, registrant)
WHERE used_at IS NULL AND registrant = 'client'
";

const DOWN: &str = "
DROP INDEX clients_unused
;
CREATE INDEX clients_unused ON clients (realm_id, created_at) WHERE used_at IS NULL AND registrant = 'client'
;
DROP INDEX grants_by_client
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
