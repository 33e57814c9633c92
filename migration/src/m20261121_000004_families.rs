//! What users have allowed, and the tokens that came of it.

use sea_orm_migration::prelude::*;

use crate::statements;

const TABLES: &str = "
CREATE TABLE grants (
    id {uuid} PRIMARY KEY NOT NULL,
    realm_id {uuid} NOT NULL,
    user_id {uuid} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    client_id {uuid} NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    scope TEXT NOT NULL,
    resources {json} NOT NULL,
    created_at {int} NOT NULL,
    updated_at {int} NOT NULL,
    UNIQUE (user_id, client_id)
) {strict}
;
CREATE TABLE families (
    id {uuid} PRIMARY KEY NOT NULL,
    realm_id {uuid} NOT NULL,
    client_id {uuid} NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    user_id {uuid} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    session_id {uuid},
    scope TEXT NOT NULL,
    resources {json} NOT NULL,
    sub TEXT NOT NULL,
    auth_time {int} NOT NULL,
    acr TEXT NOT NULL,
    amr {json} NOT NULL,
    sid TEXT,
    origin_hash {bytes} NOT NULL UNIQUE,
    origin_proof {bytes} NOT NULL,
    refresh_key {int},
    secret_hash {bytes},
    counter {int} NOT NULL,
    rotated_at {int} NOT NULL,
    revoked_at {int},
    idle_expires_at {int} NOT NULL,
    expires_at {int} NOT NULL,
    created_at {int} NOT NULL
) {strict}
;
CREATE INDEX families_by_user ON families (user_id, client_id)
;
CREATE INDEX families_by_session ON families (session_id) WHERE session_id IS NOT NULL
;
CREATE INDEX families_by_client ON families (client_id)
;
CREATE INDEX families_by_end ON families (expires_at)
;
CREATE TABLE revoked_tokens (
    jti_hash {bytes} PRIMARY KEY NOT NULL,
    realm_id {uuid} NOT NULL,
    expires_at {int} NOT NULL
) {strict}
;
CREATE INDEX revoked_tokens_by_end ON revoked_tokens (expires_at)
";

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        statements::run(manager, TABLES).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        statements::drop(manager, &["revoked_tokens", "families", "grants"]).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
