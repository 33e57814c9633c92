//! What was ended by this process of late: families, sessions, users and single tokens. Whoever remembers that a token was alive asks
//! here whether that still holds.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use moka::notification::RemovalCause;
use moka::sync::Cache;
use uuid::Uuid;

use super::{Db, Tx};

/// How long it is known: no answer may be remembered for longer.
pub const KNOWN_FOR: Duration = Duration::from_mins(5);
/// How much of it is known; beyond that, nothing that was remembered is believed.
const CAPACITY: u64 = 100_000;

/// The ids of what was ended.
pub(super) struct Ended {
    ids: Cache<Uuid, ()>,
    /// How often something was ended.
    times: AtomicU64,
    /// How often something was forgotten for want of room.
    forgotten: Arc<AtomicU64>,
}

/// A moment in what this process has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    times: u64,
    forgotten: u64,
}

impl Default for Ended {
    fn default() -> Self {
        let forgotten = Arc::new(AtomicU64::new(0));
        let lost = Arc::clone(&forgotten);
        let ids =
            Cache::builder().max_capacity(CAPACITY).time_to_live(KNOWN_FOR).eviction_listener(move |_, (), cause| {
                if cause == RemovalCause::Size {
                    lost.fetch_add(1, Ordering::AcqRel);
                }
            });
        Self { ids: ids.build(), times: AtomicU64::new(0), forgotten }
    }
}

impl Ended {
    /// Notes what a commit has ended.
    pub(super) fn note(&self, id: Uuid) {
        self.ids.insert(id, ());
        self.times.fetch_add(1, Ordering::AcqRel);
    }
}

impl fmt::Debug for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ended({})", self.ids.entry_count())
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
        now.times != moment.times && ids.into_iter().any(|id| self.0.caches.ended.ids.contains_key(&id))
    }
}

/// The id under which a single access token is noted, by its hashed `jti`.
pub fn token_id(jti_hash: &[u8; 32]) -> Uuid {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&jti_hash[..16]);
    Uuid::from_bytes(bytes)
}
