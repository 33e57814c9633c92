//! `[redis]`.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

use super::database::without_password;
use super::values::{Period, written_as_text};
use crate::secret::Secret;

/// Redis, optional: the home of short-lived records and of rate limits when several nodes share the work.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Redis {
    /// "redis://host:6379/0", or "rediss://…" for TLS. Without it, everything lives in the database.
    #[schemars(extend("writeOnly" = true))]
    pub url: Option<RedisUrl>,
    /// A file that holds the URL, so that its password need not stand here.
    pub url_file: Option<PathBuf>,
    /// The user name, where Redis has users (ACL) and the URL does not name one.
    pub username: Option<String>,
    /// The password, where the URL does not hold it.
    pub password: Option<Secret>,
    /// A file that holds the password.
    pub password_file: Option<PathBuf>,
    /// A PEM file of the authorities that may have signed Redis's certificate; without it, the system's.
    pub ca_file: Option<PathBuf>,
    /// What every key of ours begins with, so that a Redis can be shared.
    pub key_prefix: String,
    /// How long to wait for a connection.
    pub connect_timeout: Period,
    /// How long to wait for an answer. Redis answers in well under a millisecond: one that takes longer than this is down, and
    /// a login is better told so (503) than kept waiting. A pause for a snapshot on a busy machine stays below it.
    pub response_timeout: Period,
}

impl Default for Redis {
    fn default() -> Self {
        Self {
            url: None,
            url_file: None,
            username: None,
            password: None,
            password_file: None,
            ca_file: None,
            key_prefix: "tessera:".to_owned(),
            connect_timeout: Period::seconds(2),
            response_timeout: Period::millis(500),
        }
    }
}

/// Where Redis is. Shown without its password.
#[derive(Clone, PartialEq, Eq)]
pub struct RedisUrl(Secret);

impl RedisUrl {
    /// The URL as it was given, its password included: for the client library alone.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// Whether the connection is encrypted.
    pub fn is_tls(&self) -> bool {
        self.expose().starts_with("rediss:")
    }
}

impl FromStr for RedisUrl {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const FORM: &str = "Redis is \"redis://host:6379/0\", or \"rediss://host:6379/0\" for TLS";
        let url = Url::parse(text).map_err(|_| FORM)?;
        let known = matches!(url.scheme(), "redis" | "rediss") && url.host_str().is_some_and(|host| !host.is_empty());
        if known { Ok(Self(Secret::from(text))) } else { Err(FORM) }
    }
}

impl fmt::Display for RedisUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&without_password(&self.0))
    }
}

impl fmt::Debug for RedisUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

written_as_text!(RedisUrl, "rediss://redis.example.com:6379/0");
