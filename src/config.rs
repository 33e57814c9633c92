//! The configuration: one struct per section, and everything that is made from those structs (the commented
//! `config/default.toml`, the JSON schema, the names of the environment variables, the redacted print).
//!
//! It reads the files that it is told to read and nothing else; it logs nothing, and opens no database and no socket.
//! What a setting means at run time belongs to the module that uses it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

mod accounts;
mod bootstrap;
mod check;
mod database;
mod keys;
mod lifetimes;
mod limits;
mod load;
mod logout;
mod nearest;
mod operations;
mod outgoing;
mod problem;
mod redis;
mod registration;
mod render;
mod schema;
mod server;
mod source;
mod tls;
mod values;

pub use accounts::{Acr, Applications, Passwords, SignIn, SignUp};
pub use bootstrap::{Administrator, Bootstrap, FirstClient};
pub use check::{Finding, Severity};
pub use database::{Database, DatabaseUrl};
pub use keys::Keys;
pub use lifetimes::{Lifetimes, Tokens};
pub use limits::{Limit, Limits};
pub use logout::Logout;
pub use operations::{Locale, Log, LogFilter, LogFormat, Metrics};
pub use outgoing::{OpenPlace, Opening, Outgoing};
pub use problem::{Place, Problem, Problems};
pub use redis::{Redis, RedisUrl};
pub use registration::{Registration, StatementIssuer};
pub use render::{default_toml, example_toml};
pub use schema::json_schema;
pub use server::{ForwardedHeader, Network, PublicUrl, Server};
pub use source::Sources;
pub use tls::Tls;
pub use values::{Language, Period, Size};

/// The whole configuration. Every key has a default: an empty file is a working server on SQLite.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where the server listens, what it is called from outside, and how long it waits.
    pub server: Server,
    /// https by Tessera itself. Without it `server.listen` speaks plain http: for this machine, or for a proxy that ends TLS.
    pub tls: Tls,
    /// The database: SQLite in the data directory, or PostgreSQL.
    pub database: Database,
    /// Redis, optional: the home of short-lived records and of rate limits when several nodes share the work.
    pub redis: Redis,
    /// The keyring that seals what is stored, and the keys that sign tokens.
    pub keys: Keys,
    /// How long things live. Clients and resource servers may have values of their own.
    pub lifetimes: Lifetimes,
    /// How tokens are renewed and checked.
    pub tokens: Tokens,
    /// What a password must be, and what its hash costs.
    pub passwords: Passwords,
    /// Whether strangers may make an account.
    pub sign_up: SignUp,
    /// What happens after wrong passwords.
    pub sign_in: SignIn,
    /// Rate limits, as "REQUESTS per PERIOD". Above them the answer is 429 with Retry-After.
    pub limits: Limits,
    /// Who may register applications.
    pub applications: Applications,
    /// Applications that register themselves.
    pub registration: Registration,
    /// How applications hear that a user has signed out. Back-channel and front-channel logout are always there, for those that
    /// register an address for it.
    pub logout: Logout,
    /// Requests that the server makes itself: keys and documents that applications name by their URL, notices of a logout. They go
    /// to public addresses by https on port 443 only; none follows a redirect or uses a proxy.
    pub outgoing: Outgoing,
    /// The names of the authentication levels in the claim `acr`.
    pub acr: Acr,
    /// The language of pages.
    pub locale: Locale,
    /// The log, written to standard error.
    pub log: Log,
    /// The Prometheus metrics at /metrics.
    pub metrics: Metrics,
    /// The first administrator of an unattended start. Without it, the start prints a one-time link.
    pub administrator: Administrator,
    /// What an unattended start registers. Starting again changes nothing.
    pub bootstrap: Bootstrap,
}

impl Config {
    /// The database to open: the one configured, or `tessera.db` in the data directory.
    pub fn database_url(&self) -> DatabaseUrl {
        self.database.url.clone().unwrap_or_else(|| DatabaseUrl::Sqlite(self.server.data_dir.join("tessera.db")))
    }
}
