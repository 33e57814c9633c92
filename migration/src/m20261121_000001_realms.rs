//! Realms, their keys, and what keeps caches and keyrings honest.

use sea_orm_migration::prelude::*;

use crate::statements;

const TABLES: &str = "
CREATE TABLE realms (
    id {uuid} PRIMARY KEY NOT NULL,
    slug TEXT NOT NULL UNIQUE,
    host TEXT UNIQUE,
    name TEXT NOT NULL,
    settings {json} NOT NULL,
    not_before {int} NOT NULL,
    created_at {int} NOT NULL,
    updated_at {int} NOT NULL
) {strict}
;
CREATE TABLE signing_keys (
    id {uuid} PRIMARY KEY NOT NULL,
    realm_id {uuid} NOT NULL REFERENCES realms (id) ON DELETE CASCADE,
    kid TEXT NOT NULL,
    alg TEXT NOT NULL,
    public_jwk {json} NOT NULL,
    private_sealed {bytes} NOT NULL,
    signs_from {int} NOT NULL,
    signs_until {int},
    published_until {int},
    created_at {int} NOT NULL,
    UNIQUE (realm_id, kid)
) {strict}
;
CREATE TABLE refresh_keys (
    realm_id {uuid} NOT NULL REFERENCES realms (id) ON DELETE CASCADE,
    number {int} NOT NULL,
    id {uuid} NOT NULL UNIQUE,
    sealed {bytes} NOT NULL,
    retired_at {int},
    created_at {int} NOT NULL,
    PRIMARY KEY (realm_id, number)
) {strict}
;
CREATE TABLE keyring_canaries (
    key_id TEXT PRIMARY KEY NOT NULL,
    sealed {bytes} NOT NULL,
    created_at {int} NOT NULL
) {strict}
;
CREATE TABLE cache_epochs (
    kind TEXT PRIMARY KEY NOT NULL,
    n {int} NOT NULL
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
        statements::drop(manager, &["cache_epochs", "keyring_canaries", "refresh_keys", "signing_keys", "realms"]).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
