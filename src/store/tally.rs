//! How many events of each kind this process has committed: for metrics, without asking the database.

use std::sync::atomic::{AtomicU64, Ordering};

use super::events::{Event, EventType};

/// Counts by type, successes and failures.
#[derive(Debug, Default)]
pub(super) struct Tally([[AtomicU64; 2]; EventType::ALL.len()]);

/// An event's type, and whether it is a failure.
pub(super) type Happened = (EventType, bool);

/// What is counted of an event.
pub(super) const fn of(event: &Event) -> Happened {
    (event.event_type, event.failure.is_some())
}

impl Tally {
    /// Counts what was committed.
    pub(super) fn count(&self, (event_type, failed): Happened) {
        self.0[event_type as usize][usize::from(failed)].fetch_add(1, Ordering::Relaxed);
    }

    /// Everything that was committed at least once, with how often.
    pub(super) fn counts(&self) -> impl Iterator<Item = (Happened, u64)> {
        let kinds = EventType::ALL.iter().flat_map(|event_type| [(*event_type, false), (*event_type, true)]);
        let count =
            |(event_type, failed): Happened| self.0[event_type as usize][usize::from(failed)].load(Ordering::Relaxed);
        kinds.map(move |kind| (kind, count(kind))).filter(|(_, count)| *count > 0)
    }
}
