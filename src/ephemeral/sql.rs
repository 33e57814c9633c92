//! The statements of both SQL homes. Parameters stand in the order of their numbers, as SQLite takes them in the order in which it meets
//! them.

pub(super) const PUT: &str = "INSERT INTO ephemeral (key, value, expires_at) VALUES ($1, $2, $3) \
                              ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at";

pub(super) const GET: &str = "SELECT value FROM ephemeral WHERE key = $1 AND expires_at > $2";

pub(super) const TAKE: &str = "DELETE FROM ephemeral WHERE key = $1 AND expires_at > $2 RETURNING value";

pub(super) const ADD: &str = "INSERT INTO ephemeral_counters (key, n, expires_at) VALUES ($1, $2, $3) \
                              ON CONFLICT (key) DO UPDATE SET n = ephemeral_counters.n + $2 RETURNING n";

/// Of each table: `$1` is now, `$2` how many rows at most.
pub(super) const PURGES: [&str; 2] = [
    "DELETE FROM ephemeral WHERE key IN (SELECT key FROM ephemeral WHERE expires_at <= $1 LIMIT $2)",
    "DELETE FROM ephemeral_counters WHERE key IN (SELECT key FROM ephemeral_counters WHERE expires_at <= $1 LIMIT $2)",
];
