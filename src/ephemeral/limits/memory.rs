//! The counters of one node, in bounds: strangers may fill the room of one action, but not that of another, and whoever has reached a
//! limit does not begin anew before its window is over.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::clock::Timestamp;

use super::super::Key;
use super::{Action, Counted};

/// The most counters of an action, beside the 256 of each realm that are shared.
const ROOM: usize = 50_000;

/// How many of them are free again once room was made; else it is not tried again before the next one is over.
const WORTH_IT: usize = ROOM / 8;

#[derive(Debug, Clone, Copy)]
struct Counter {
    count: i64,
    limit: i64,
    window_end: Timestamp,
}

impl Counter {
    const fn new(attempt: &Counted) -> Self {
        Self { count: 0, limit: attempt.limit, window_end: attempt.window_end }
    }

    const fn is_at_its_limit(self) -> bool {
        self.count >= self.limit
    }

    /// Those that are over first are given up first; of them, those that have counted the least.
    const fn worth(self) -> (Timestamp, i64) {
        (self.window_end, self.count)
    }
}

/// The counters of one action.
#[derive(Debug, Default)]
struct Counters {
    by_key: HashMap<Key, Counter>,
    /// No room can be made before.
    full_until: Option<Timestamp>,
}

/// The counters of every action.
#[derive(Debug, Default)]
pub(super) struct Memory([Mutex<Counters>; Action::COUNT]);

impl Memory {
    /// Counts one attempt; says how many there were.
    pub(super) fn count(&self, attempt: &Counted, now: Timestamp) -> i64 {
        self.of(attempt).count(attempt, now)
    }

    /// Takes one back.
    pub(super) fn forgive(&self, attempt: &Counted) {
        self.of(attempt).forgive(attempt);
    }

    fn of(&self, attempt: &Counted) -> MutexGuard<'_, Counters> {
        self.0[attempt.action as usize].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counters {
    fn count(&mut self, attempt: &Counted, now: Timestamp) -> i64 {
        if let Some(counter) = self.by_key.get_mut(&attempt.key) {
            counter.count += 1;
            return counter.count;
        }
        if self.by_key.len() >= ROOM {
            self.make_room(now);
        }
        let key = if self.by_key.len() < ROOM { attempt.key.clone() } else { shared(&attempt.key) };
        let counter = self.by_key.entry(key).or_insert(Counter::new(attempt));
        // Only a shared one outlives its window.
        if counter.window_end != attempt.window_end {
            *counter = Counter::new(attempt);
        }
        counter.count += 1;
        counter.count
    }

    fn forgive(&mut self, attempt: &Counted) {
        let own = self.by_key.contains_key(&attempt.key);
        let key = if own { attempt.key.clone() } else { shared(&attempt.key) };
        if let Some(counter) = self.by_key.get_mut(&key).filter(|counter| counter.window_end == attempt.window_end) {
            counter.count = (counter.count - 1).max(0);
        }
    }

    /// Forgets what is over; where that is not enough, the lesser half of what has not reached its limit.
    fn make_room(&mut self, now: Timestamp) {
        if self.full_until.is_some_and(|until| now < until) {
            return;
        }
        self.by_key.retain(|_, counter| counter.window_end > now);
        if self.by_key.len() > ROOM - WORTH_IT {
            self.forget_lesser_half();
        }
        let is_full = self.by_key.len() > ROOM - WORTH_IT;
        self.full_until = self.by_key.values().map(|counter| counter.window_end).min().filter(|_| is_full);
    }

    fn forget_lesser_half(&mut self) {
        let open = self.by_key.values().filter(|counter| !counter.is_at_its_limit());
        let mut worths: Vec<_> = open.map(|counter| counter.worth()).collect();
        if worths.is_empty() {
            return;
        }
        let middle = worths.len() / 2;
        let (_, &mut middle, _) = worths.select_nth_unstable(middle);
        self.by_key.retain(|_, counter| counter.is_at_its_limit() || counter.worth() > middle);
    }
}

/// The counter that a subject without one of its own shares with a 256th of all others: nobody goes uncounted.
fn shared(key: &Key) -> Key {
    Key { name: [key.name[0]; 32], ..key.clone() }
}
