//! Tessera's schema, one migration a file. A released migration never changes, and none imports `entity`: old
//! migrations must keep their meaning.

mod m20261121_000001_realms;
mod m20261121_000002_users;
mod m20261121_000003_clients;
mod m20261121_000004_families;
mod m20261121_000005_events;
mod m20261121_000006_ephemeral;
mod m20261121_000007_pairwise_subjects;
mod m20261121_000008_encryption_keys;
mod m20261121_000009_outbox;
mod m20261121_000010_access_token_forms;
mod m20261121_000011_client_assertions;
mod m20261121_000012_requested_claims;
mod m20261121_000013_registrations;
mod m20261121_000014_logos;
mod m20261121_000015_client_indexes;
mod m20261122_000016_grant_scopes;
mod statements;

pub use sea_orm_migration::MigratorTrait;
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

/// Every migration, oldest first.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261121_000001_realms::Migration),
            Box::new(m20261121_000002_users::Migration),
            Box::new(m20261121_000003_clients::Migration),
            Box::new(m20261121_000004_families::Migration),
            Box::new(m20261121_000005_events::Migration),
            Box::new(m20261121_000006_ephemeral::Migration),
            Box::new(m20261121_000007_pairwise_subjects::Migration),
            Box::new(m20261121_000008_encryption_keys::Migration),
            Box::new(m20261121_000009_outbox::Migration),
            Box::new(m20261121_000010_access_token_forms::Migration),
            Box::new(m20261121_000011_client_assertions::Migration),
            Box::new(m20261121_000012_requested_claims::Migration),
            Box::new(m20261121_000013_registrations::Migration),
            Box::new(m20261121_000014_logos::Migration),
            Box::new(m20261121_000015_client_indexes::Migration),
            Box::new(m20261122_000016_grant_scopes::Migration),
        ]
    }
}

/// The number of this binary's schema: how many migrations it knows.
pub fn schema_number() -> i64 {
    Migrator::migrations().iter().map(|_| 1).sum()
}

/// The statements that make the tables of ephemeral records where they are missing: for the SQLite file that holds nothing else.
pub fn ephemeral_tables() -> Vec<String> {
    let tables = statements::each(m20261121_000006_ephemeral::TABLES);
    tables.map(|text| statements::for_backend(DbBackend::Sqlite, text)).collect()
}
