//! What was ended by this process of late: families, sessions, users and single tokens. Whoever remembers that a token was alive asks
//! here whether that still holds.

use std::collections::HashSet;
use std::mem;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};
use std::time::{Duration, Instant};

use uuid::Uuid;

use super::{Db, Tx};

/// How long it is known at the least: no answer may be remembered for longer.
pub const KNOWN_FOR: Duration = Duration::from_mins(5);
/// How much of it is known; beyond that, nothing that was remembered is believed.
pub const CAPACITY: usize = 100_000;

/// The ids of what was ended.
#[derive(Debug, Default)]
pub(super) struct Ended {
    ids: RwLock<Ids>,
    /// How often something was ended.
    times: AtomicU64,
    /// How often something was forgotten for want of room.
    forgotten: AtomicU64,
}

/// Ids by age: each stays for a whole [`KNOWN_FOR`] at the least, and nobody has to look when it came.
#[derive(Debug, Default)]
pub struct Ids {
    young: HashSet<Uuid>,
    old: HashSet<Uuid>,
    /// When the first of the young ones came.
    since: Option<Instant>,
}

/// A moment in what this process has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    times: u64,
    forgotten: u64,
}

impl Ids {
    /// Adds one; says whether others had to go before their time.
    pub fn add(&mut self, id: Uuid, now: Instant) -> bool {
        let age = self.since.map(|since| now.saturating_duration_since(since));
        let is_over = age.is_none_or(|age| age >= KNOWN_FOR);
        let mut lost = false;
        if is_over || self.young.len() >= CAPACITY / 2 {
            lost = !is_over && !self.old.is_empty();
            self.old = mem::take(&mut self.young);
            self.since = Some(now);
        }
        self.young.insert(id);
        lost
    }

    /// Whether it is known.
    pub fn hold(&self, id: &Uuid) -> bool {
        self.young.contains(id) || self.old.contains(id)
    }
}

impl Ended {
    /// Notes what a commit has ended.
    #[expect(clippy::disallowed_methods, reason = "how long it is known is a duration, whatever time the clock says")]
    pub(super) fn note(&self, id: Uuid) {
        if self.ids.write().unwrap_or_else(PoisonError::into_inner).add(id, Instant::now()) {
            self.forgotten.fetch_add(1, Ordering::AcqRel);
        }
        self.times.fetch_add(1, Ordering::AcqRel);
    }

    fn holds_any(&self, ids: impl IntoIterator<Item = Uuid>) -> bool {
        let known = self.ids.read().unwrap_or_else(PoisonError::into_inner);
        ids.into_iter().any(|id| known.hold(&id))
    }
}

impl Tx {
    /// Notes that this transaction ends what has this id.
    pub(super) fn ends(&self, id: Uuid) {
        self.ended.borrow_mut().push(id);
    }
}

impl Db {
    /// The present moment: ask for it before what is to be remembered is read.
    pub fn moment(&self) -> Moment {
        let ended = &self.0.caches.ended;
        Moment { times: ended.times.load(Ordering::Acquire), forgotten: ended.forgotten.load(Ordering::Acquire) }
    }

    /// Whether this process has ended any of these since `moment`, or can no longer tell.
    pub fn ended_since(&self, moment: Moment, ids: impl IntoIterator<Item = Uuid>) -> bool {
        let now = self.moment();
        if now.forgotten != moment.forgotten {
            return true;
        }
        now.times != moment.times && self.0.caches.ended.holds_any(ids)
    }
}

/// The id under which a single access token is noted, by its hashed `jti`.
pub fn token_id(jti_hash: &[u8; 32]) -> Uuid {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&jti_hash[..16]);
    Uuid::from_bytes(bytes)
}
