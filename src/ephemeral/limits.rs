//! Rate limits: counted in Redis for all nodes where there is one, else by each node in its memory. Where Redis is away each
//! node counts for itself: a limit may be lost, a sign-in not.

mod memory;

use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use crate::clock::Timestamp;
use crate::config::Limit;

use super::{Ephemeral, Key, Kind};
use memory::Memory;

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

impl Action {
    /// How many there are.
    const COUNT: usize = Self::TokenFailure as usize + 1;
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
    action: Action,
    key: Key,
    /// How many are let through.
    limit: i64,
    window_end: Timestamp,
}

/// Counts attempts.
#[derive(Debug, Clone)]
pub struct Limiter {
    shared: Option<Ephemeral>,
    memory: Arc<Memory>,
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
        let counted = window(realm, action, subject, limit, now);
        let count = match self.add_to_shared(&counted, 1, now).await {
            Some(count) => count,
            None => self.memory.count(&counted, now),
        };
        if count > counted.limit {
            return Err(Limited { retry_after: counted.window_end.since(now) });
        }
        Ok(counted)
    }

    /// Takes an attempt back that was none: a right password does not count against the wrong ones.
    pub async fn forgive(&self, counted: &Counted, now: Timestamp) {
        if self.add_to_shared(counted, -1, now).await.is_none() {
            self.memory.forgive(counted);
        }
    }

    /// The sum where every node counts; none where this one counts for itself.
    async fn add_to_shared(&self, counted: &Counted, by: i64, now: Timestamp) -> Option<i64> {
        let added = self.shared.as_ref()?.home().add(&counted.key, by, now, counted.window_end).await;
        added.inspect_err(|error| tracing::debug!(%error, "rate limits are counted by this node alone")).ok()
    }
}

/// The counter's key ends in the number of its window, so that it never needs resetting.
fn window(realm: Uuid, action: Action, subject: &str, limit: Limit, now: Timestamp) -> Counted {
    let length = i64::try_from(limit.per.duration().as_millis()).unwrap_or(i64::MAX).max(1);
    let number = now.millis().div_euclid(length);
    let key = Key::new(Kind::Limit, realm, &format!("{action:?} {number} {subject}"));
    let window_end = Timestamp::from_millis(number.saturating_add(1).saturating_mul(length));
    Counted { action, key, limit: i64::from(limit.requests), window_end }
}
