//! What a user has allowed at each resource server: a scope that two of them know was allowed at one of them, perhaps.

use sea_orm_migration::prelude::*;

use crate::statements;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        statements::run(manager, "ALTER TABLE grants ADD COLUMN resource_scopes {json}").await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        statements::run(manager, "ALTER TABLE grants DROP COLUMN resource_scopes").await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
