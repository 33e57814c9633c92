//! Tessera's tables, one file each: columns and relations, no behaviour.
//!
//! Instants are milliseconds since the Unix epoch; ids are UUIDv7.

pub mod attempt;
pub mod cache_epoch;
pub mod client;
pub mod client_logo;
pub mod client_secret;
pub mod encryption_key;
pub mod event;
pub mod family;
pub mod grant;
pub mod identifier;
pub mod keyring_canary;
pub mod one_time;
pub mod outbox;
pub mod pairwise_subject;
pub mod password;
pub mod realm;
pub mod refresh_key;
pub mod resource_server;
pub mod revoked_token;
pub mod session;
pub mod session_client;
pub mod signing_key;
pub mod user;
