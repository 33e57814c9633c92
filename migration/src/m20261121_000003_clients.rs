//! Clients with their secrets, and resource servers.

use sea_orm_migration::prelude::*;

use crate::statements;

const TABLES: &str = "
CREATE TABLE clients (
    id {uuid} PRIMARY KEY NOT NULL,
    realm_id {uuid} NOT NULL REFERENCES realms (id) ON DELETE CASCADE,
    client_id TEXT NOT NULL,
    owner_id {uuid} REFERENCES users (id) ON DELETE SET NULL,
    metadata {json} NOT NULL,
    first_party {bool} NOT NULL,
    settings {json} NOT NULL,
    disabled {bool} NOT NULL,
    not_before {int} NOT NULL,
    created_at {int} NOT NULL,
    updated_at {int} NOT NULL,
    UNIQUE (realm_id, client_id)
) {strict}
;
CREATE INDEX clients_by_owner ON clients (owner_id)
;
CREATE TABLE client_secrets (
    id {uuid} PRIMARY KEY NOT NULL,
    realm_id {uuid} NOT NULL,
    client_id {uuid} NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    hash {bytes} NOT NULL,
    expires_at {int},
    created_at {int} NOT NULL
) {strict}
;
CREATE INDEX client_secrets_by_client ON client_secrets (client_id)
;
CREATE TABLE resource_servers (
    id {uuid} PRIMARY KEY NOT NULL,
    realm_id {uuid} NOT NULL REFERENCES realms (id) ON DELETE CASCADE,
    identifier TEXT NOT NULL,
    name TEXT NOT NULL,
    issuer TEXT,
    signing_alg TEXT NOT NULL,
    access_token_seconds {int},
    scopes {json} NOT NULL,
    client_id {uuid} REFERENCES clients (id) ON DELETE SET NULL,
    created_at {int} NOT NULL,
    updated_at {int} NOT NULL,
    UNIQUE (realm_id, identifier)
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
        statements::drop(manager, &["resource_servers", "client_secrets", "clients"]).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
