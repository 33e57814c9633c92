//! The store: every aggregate, on SQLite and on PostgreSQL.

mod absent;
mod clients;
mod credentials;
mod ended;
mod epochs;
mod events;
mod families;
mod grants;
mod one_time;
mod outbox;
mod realms;
mod records;
mod schema;
mod sessions;
mod users;
mod write;
