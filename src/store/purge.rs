//! Clearing away rows that are over, a batch at a time, each by an index.

use std::time::Duration;

use crate::clock::Timestamp;

use super::{Db, Result};

/// A family or session is kept for a while after its end, so that a late replay is still known for what it is.
const KEPT_AFTER_END: Duration = Duration::from_hours(24 * 7);

impl Db {
    /// Deletes up to `limit` rows of each kind that were over before `now`; says how many.
    ///
    /// # Errors
    /// The database's.
    pub async fn purge(&self, now: Timestamp, limit: u32) -> Result<u64> {
        let long_over = (now - KEPT_AFTER_END).millis();
        let (over, limit) = (now.millis(), i64::from(limit));
        self.write(async move |tx| {
            let mut deleted = 0;
            for (table, key, before) in [
                ("revoked_tokens", "jti_hash", over),
                ("families", "id", long_over),
                ("sessions", "id", long_over),
                ("one_time", "id", long_over),
            ] {
                let sql = format!(
                    "DELETE FROM {table} WHERE {key} IN (SELECT {key} FROM {table} WHERE expires_at <= $1 LIMIT $2)"
                );
                deleted += tx.change(&sql, [before.into(), limit.into()]).await?;
            }
            Ok(deleted)
        })
        .await
    }
}
