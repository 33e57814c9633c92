//! Keys that others encrypt to.

use sea_orm_migration::prelude::*;

use crate::statements;

const TABLES: &str = "
CREATE TABLE encryption_keys (
    id {uuid} PRIMARY KEY NOT NULL,
    realm_id {uuid} NOT NULL REFERENCES realms (id) ON DELETE CASCADE,
    kid TEXT NOT NULL,
    key_type TEXT NOT NULL,
    public_jwk {json} NOT NULL,
    private_sealed {bytes} NOT NULL,
    published_from {int} NOT NULL,
    published_until {int},
    decrypts_until {int},
    created_at {int} NOT NULL,
    UNIQUE (realm_id, kid)
) {strict}
;
CREATE UNIQUE INDEX encryption_keys_current ON encryption_keys (realm_id, key_type) WHERE published_until IS NULL
";

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        statements::run(manager, TABLES).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        statements::drop(manager, &["encryption_keys"]).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
