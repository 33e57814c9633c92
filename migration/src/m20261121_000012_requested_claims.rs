//! The claims that an authorization request asked for by name.

use sea_orm_migration::prelude::*;

use crate::statements;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        statements::run(manager, "ALTER TABLE families ADD COLUMN claims {json}").await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        statements::run(manager, "ALTER TABLE families DROP COLUMN claims").await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
