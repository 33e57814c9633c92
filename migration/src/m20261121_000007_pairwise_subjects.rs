//! The subjects by which clients know users that they must not recognise together.

use sea_orm_migration::prelude::*;

use crate::statements;

const TABLES: &str = "
CREATE TABLE pairwise_subjects (
    user_id {uuid} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    sector TEXT NOT NULL,
    realm_id {uuid} NOT NULL,
    sub TEXT NOT NULL,
    created_at {int} NOT NULL,
    PRIMARY KEY (user_id, sector),
    UNIQUE (realm_id, sub)
) {strict}
";

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        statements::run(manager, TABLES).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        statements::drop(manager, &["pairwise_subjects"]).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
