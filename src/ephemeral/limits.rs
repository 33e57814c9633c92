//! Rate limits: counted in Redis for all nodes where there is one, else by each node in its memory. Where Redis is away each
//! node counts for itself: a limit may be lost, a sign-in not.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use uuid::Uuid;

use crate::clock::Timestamp;
use crate::config::Limit;

use super::{Ephemeral, Key, Kind};

/// The most counters in memory. Beyond them the windows that are over are forgotten, then everything.
const MEMORY: usize = 100_000;

/// What is limited, for the counter's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Wrong attempts to sign in, by address and account.
    SignIn,
    /// Wrong attempts to sign in, by address.
    SignInAddress,
    /// New accounts, by address.
    SignUp,
    /// One-time links, by address.
    Link,
    /// Authorization requests that have to be kept, by address.
    Authorize,
    /// Applications that register themselves, by address.
    Registration,
    /// Failed client authentications, by address and client.
    TokenFailure,
}

/// Too much: when to come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limited {
    /// How long until the next window.
    pub retry_after: Duration,
}

impl Limited {
    /// Whole seconds until the next window, at least one: for `Retry-After`.
    pub fn seconds(self) -> u64 {
        u64::try_from(self.retry_after.as_millis().div_ceil(1000)).map_or(u64::MAX, |seconds| seconds.max(1))
    }
}

/// One attempt that was counted; it can be taken back when it turns out to be harmless.
#[derive(Debug, Clone)]
pub struct Counted {
    key: Key,
    window_end: Timestamp,
}

/// Counts attempts.
#[derive(Debug, Clone)]
pub struct Limiter {
    shared: Option<Ephemeral>,
    memory: Arc<Mutex<HashMap<Key, (i64, Timestamp)>>>,
}

impl Limiter {
    /// Counts in `shared`, where every node counts, or only here.
    pub fn new(shared: Option<Ephemeral>) -> Self {
        Self { shared, memory: Arc::default() }
    }

    /// Counts one attempt of `subject` at `action` before it is made: of any number at once, only so many pass.
    ///
    /// # Errors
    /// [`Limited`], with the rest of the window.
    pub async fn count(
        &self,
        realm: Uuid,
        action: Action,
        subject: &str,
        limit: Limit,
        now: Timestamp,
    ) -> Result<Counted, Limited> {
        let (key, window_end) = window(realm, action, subject, limit, now);
        if self.add(&key, 1, now, window_end).await > i64::from(limit.requests) {
            return Err(Limited { retry_after: window_end.since(now) });
        }
        Ok(Counted { key, window_end })
    }

    /// Takes an attempt back that was none: a right password does not count against the wrong ones.
    pub async fn forgive(&self, counted: &Counted, now: Timestamp) {
        self.add(&counted.key, -1, now, counted.window_end).await;
    }

    async fn add(&self, key: &Key, by: i64, now: Timestamp, window_end: Timestamp) -> i64 {
        if let Some(shared) = &self.shared {
            match shared.home().add(key, by, now, window_end).await {
                Ok(count) => return count,
                Err(error) => tracing::debug!(%error, "rate limits are counted by this node alone"),
            }
        }
        self.add_in_memory(key, by, now, window_end)
    }

    fn add_in_memory(&self, key: &Key, by: i64, now: Timestamp, window_end: Timestamp) -> i64 {
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        if memory.len() >= MEMORY {
            memory.retain(|_, (_, end)| *end > now);
            if memory.len() >= MEMORY {
                memory.clear();
            }
        }
        let (count, _) = memory.entry(key.clone()).or_insert((0, window_end));
        *count += by;
        *count
    }
}

/// The counter's key ends in the number of its window, so that it never needs resetting.
fn window(realm: Uuid, action: Action, subject: &str, limit: Limit, now: Timestamp) -> (Key, Timestamp) {
    let length = i64::try_from(limit.per.duration().as_millis()).unwrap_or(i64::MAX).max(1);
    let number = now.millis().div_euclid(length);
    let key = Key::new(Kind::Limit, realm, &format!("{action:?} {number} {subject}"));
    (key, Timestamp::from_millis(number.saturating_add(1).saturating_mul(length)))
}
