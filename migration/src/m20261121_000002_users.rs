//! Users, how they are named, how they prove it, and their sessions.

use sea_orm_migration::prelude::*;

use crate::statements;

const TABLES: &str = "
CREATE TABLE users (
    id {uuid} PRIMARY KEY NOT NULL,
    realm_id {uuid} NOT NULL REFERENCES realms (id) ON DELETE CASCADE,
    sub TEXT NOT NULL,
    status TEXT NOT NULL,
    administrator {bool} NOT NULL,
    claims {json} NOT NULL,
    attributes {json} NOT NULL,
    admin_attributes {json} NOT NULL,
    not_before {int} NOT NULL,
    created_at {int} NOT NULL,
    updated_at {int} NOT NULL,
    deleted_at {int},
    UNIQUE (realm_id, sub)
) {strict}
;
CREATE INDEX users_by_age ON users (realm_id, id)
;
CREATE INDEX users_administrators ON users (realm_id) WHERE administrator
;
CREATE TABLE identifiers (
    id {uuid} PRIMARY KEY NOT NULL,
    realm_id {uuid} NOT NULL,
    user_id {uuid} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    display TEXT NOT NULL,
    is_primary {bool} NOT NULL,
    verified_at {int},
    created_at {int} NOT NULL,
    UNIQUE (realm_id, kind, value)
) {strict}
;
CREATE INDEX identifiers_by_user ON identifiers (user_id)
;
CREATE TABLE passwords (
    user_id {uuid} PRIMARY KEY NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    realm_id {uuid} NOT NULL,
    phc TEXT NOT NULL,
    temporary {bool} NOT NULL,
    changed_at {int} NOT NULL
) {strict}
;
CREATE TABLE attempts (
    user_id {uuid} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    factor TEXT NOT NULL,
    realm_id {uuid} NOT NULL,
    failures {int} NOT NULL,
    locked_until {int} NOT NULL,
    updated_at {int} NOT NULL,
    PRIMARY KEY (user_id, factor)
) {strict}
;
CREATE TABLE sessions (
    id {uuid} PRIMARY KEY NOT NULL,
    realm_id {uuid} NOT NULL,
    user_id {uuid} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    secret_hash {bytes} NOT NULL UNIQUE,
    factors {json} NOT NULL,
    remember {bool} NOT NULL,
    auth_time {int} NOT NULL,
    seen_at {int} NOT NULL,
    idle_expires_at {int} NOT NULL,
    expires_at {int} NOT NULL,
    ended_at {int},
    ip TEXT,
    user_agent TEXT,
    created_at {int} NOT NULL
) {strict}
;
CREATE INDEX sessions_by_user ON sessions (user_id)
;
CREATE INDEX sessions_by_end ON sessions (expires_at)
;
CREATE TABLE one_time (
    id {uuid} PRIMARY KEY NOT NULL,
    realm_id {uuid} NOT NULL,
    kind TEXT NOT NULL,
    token_hash {bytes} NOT NULL UNIQUE,
    user_id {uuid} REFERENCES users (id) ON DELETE CASCADE,
    data {json} NOT NULL,
    expires_at {int} NOT NULL,
    used_at {int},
    created_at {int} NOT NULL
) {strict}
;
CREATE INDEX one_time_by_user ON one_time (user_id, kind)
;
CREATE UNIQUE INDEX one_time_administrator ON one_time (realm_id) WHERE kind = 'administrator'
;
CREATE INDEX one_time_by_end ON one_time (expires_at)
";

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        statements::run(manager, TABLES).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        statements::drop(manager, &["one_time", "sessions", "attempts", "passwords", "identifiers", "users"]).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
