//! What the access tokens of a resource server are like.

use sea_orm_migration::prelude::*;

use crate::statements;

const UP: &str = "
ALTER TABLE resource_servers ADD COLUMN token_format TEXT NOT NULL DEFAULT 'jwt'
;
ALTER TABLE resource_servers ADD COLUMN claim_set TEXT NOT NULL DEFAULT 'rfc9068'
;
ALTER TABLE resource_servers ADD COLUMN secret_sealed {bytes}
";

const DOWN: &str = "
ALTER TABLE resource_servers DROP COLUMN secret_sealed
;
ALTER TABLE resource_servers DROP COLUMN claim_set
;
ALTER TABLE resource_servers DROP COLUMN token_format
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
