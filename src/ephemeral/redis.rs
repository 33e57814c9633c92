//! Ephemeral records in Redis: one connection that mends itself, shared by all requests.

use std::fmt;
use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, IntoConnectionInfo as _, RedisError, Script, TlsCertificates};

use crate::clock::Timestamp;
use crate::secret::Secret;

use super::{Answer, COLLECT_AFTER, Error, Home, Key, Result};

/// How to reach Redis.
#[derive(Debug, Clone)]
pub struct Options {
    /// `redis://` or `rediss://` (TLS), with user name and password where they are needed.
    pub url: Secret,
    /// The user name, where it is not in the URL.
    pub username: Option<String>,
    /// The password, where it is not in the URL.
    pub password: Option<Secret>,
    /// Put in front of every key.
    pub key_prefix: String,
    /// The certificate authority of the server's certificate as PEM, where it is not one of the system's.
    pub ca_pem: Option<Vec<u8>>,
    /// How long to wait for a connection.
    pub connect_timeout: Duration,
    /// How long to wait for an answer: a Redis that hangs must not hang a request.
    pub response_timeout: Duration,
}

/// Ephemeral records in Redis.
pub struct Redis {
    connection: ConnectionManager,
    prefix: String,
    add: Script,
}

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redis").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}

const ADD: &str = r"
local n = redis.call('INCRBY', KEYS[1], ARGV[1])
if redis.call('PTTL', KEYS[1]) < 0 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return n
";

impl Redis {
    /// Prepares a connection; it is made at the first use and again whenever it breaks.
    ///
    /// # Errors
    /// [`Error::Fault`] where the URL or the certificate authority cannot be used.
    pub fn new(options: &Options) -> Result<Self> {
        let info = connection_info(options)?;
        let client = match &options.ca_pem {
            None => Client::open(info),
            Some(pem) => {
                Client::build_with_tls(info, TlsCertificates { client_tls: None, root_cert: Some(pem.clone()) })
            }
        };
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(options.connect_timeout))
            .set_response_timeout(Some(options.response_timeout))
            .set_number_of_retries(RETRIES)
            .set_max_delay(MAX_DELAY);
        let connection = ConnectionManager::new_lazy_with_config(client.map_err(|error| fault(&error))?, config)
            .map_err(|error| fault(&error))?;
        Ok(Self { connection, prefix: options.key_prefix.clone(), add: Script::new(ADD) })
    }

    fn key(&self, key: &Key) -> String {
        format!("{}{}", self.prefix, key.text())
    }

    async fn value(&self, command: redis::Cmd, now: Timestamp) -> Result<Option<Vec<u8>>> {
        let held: Option<Vec<u8>> =
            command.query_async(&mut self.connection.clone()).await.map_err(|error| failure(&error))?;
        held.map_or(Ok(None), |held| alive(&held, now))
    }
}

/// A request does not wait for a Redis that is down: it is answered 503, and a later one finds the connection mended.
const RETRIES: usize = 1;
const MAX_DELAY: Duration = Duration::from_millis(100);

impl Home for Redis {
    fn put<'a>(&'a self, key: &'a Key, value: &'a [u8], now: Timestamp, expires_at: Timestamp) -> Answer<'a, ()> {
        let mut command = redis::cmd("SET");
        command.arg(self.key(key)).arg(held(value, expires_at)).arg("PX").arg(kept_for(now, expires_at));
        Box::pin(
            async move { command.query_async(&mut self.connection.clone()).await.map_err(|error| failure(&error)) },
        )
    }

    fn get<'a>(&'a self, key: &'a Key, now: Timestamp) -> Answer<'a, Option<Vec<u8>>> {
        let mut command = redis::cmd("GET");
        command.arg(self.key(key));
        Box::pin(self.value(command, now))
    }

    fn take<'a>(&'a self, key: &'a Key, now: Timestamp) -> Answer<'a, Option<Vec<u8>>> {
        let mut command = redis::cmd("GETDEL");
        command.arg(self.key(key));
        Box::pin(self.value(command, now))
    }

    fn use_once<'a>(&'a self, key: &'a Key, now: Timestamp, expires_at: Timestamp) -> Answer<'a, bool> {
        let mut command = redis::cmd("SET");
        command.arg(self.key(key)).arg("").arg("NX").arg("PX").arg(kept_for(now, expires_at));
        Box::pin(
            async move { command.query_async(&mut self.connection.clone()).await.map_err(|error| failure(&error)) },
        )
    }

    fn add<'a>(&'a self, key: &'a Key, by: i64, now: Timestamp, expires_at: Timestamp) -> Answer<'a, i64> {
        Box::pin(async move {
            let mut call = self.add.key(self.key(key));
            call.arg(by).arg(kept_for(now, expires_at));
            call.invoke_async(&mut self.connection.clone()).await.map_err(|error| failure(&error))
        })
    }

    fn purge(&self, _now: Timestamp, _limit: u32) -> Answer<'_, u64> {
        // Redis collects by itself.
        Box::pin(async { Ok(0) })
    }

    fn ping(&self) -> Answer<'_, ()> {
        Box::pin(async {
            let command = redis::cmd("PING");
            command.query_async(&mut self.connection.clone()).await.map_err(|error| failure(&error))
        })
    }
}

fn connection_info(options: &Options) -> Result<redis::ConnectionInfo> {
    let info = options.url.expose().into_connection_info().map_err(|error| fault(&error))?;
    let mut settings = info.redis_settings().clone();
    if let Some(username) = &options.username {
        settings = settings.set_username(username);
    }
    if let Some(password) = &options.password {
        settings = settings.set_password(password.expose());
    }
    Ok(info.set_redis_settings(settings))
}

/// A value is its end in decimal, a colon, and what was stored.
fn held(value: &[u8], expires_at: Timestamp) -> Vec<u8> {
    let mut held = format!("{}:", expires_at.millis()).into_bytes();
    held.extend_from_slice(value);
    held
}

fn alive(held: &[u8], now: Timestamp) -> Result<Option<Vec<u8>>> {
    let unreadable = || Error::Fault("a record in Redis does not begin with its end".to_owned());
    let colon = held.iter().position(|byte| *byte == b':').ok_or_else(unreadable)?;
    let end = std::str::from_utf8(&held[..colon]).ok().and_then(|end| end.parse().ok()).ok_or_else(unreadable)?;
    Ok((Timestamp::from_millis(end) > now).then(|| held[colon + 1..].to_vec()))
}

/// Redis's own expiry in milliseconds: it only collects.
fn kept_for(now: Timestamp, expires_at: Timestamp) -> u64 {
    u64::try_from((expires_at.since(now) + COLLECT_AFTER).as_millis()).unwrap_or(u64::MAX)
}

/// Every failure of a command is one of the store: nothing in it depends on what a caller sent. Redis's messages hold no values.
fn failure(error: &RedisError) -> Error {
    Error::Unavailable(error.to_string())
}

fn fault(error: &RedisError) -> Error {
    Error::Fault(error.to_string())
}
