//! Secrets that clients never show, and who registered a client.

use sea_orm_migration::prelude::*;

use crate::statements;

const UP: &str = "
ALTER TABLE client_secrets ADD COLUMN sealed {bytes}
;
ALTER TABLE clients ADD COLUMN registrant TEXT NOT NULL DEFAULT 'operator'
;
UPDATE clients SET registrant = 'user' WHERE owner_id IS NOT NULL
";

const DOWN: &str = "
ALTER TABLE clients DROP COLUMN registrant
;
ALTER TABLE client_secrets DROP COLUMN sealed
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
