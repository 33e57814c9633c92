//! An ephemeral store that a test can take away, and that counts what is kept there.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tessera::clock::Timestamp;
use tessera::ephemeral::{Answer, Ephemeral, Error, Home, Key};

/// A store that can be taken away.
#[derive(Debug)]
pub(crate) struct Away {
    home: Ephemeral,
    gone: Arc<AtomicBool>,
    kept: Arc<AtomicU64>,
}

impl Away {
    pub(crate) fn new(home: Ephemeral, gone: Arc<AtomicBool>, kept: Arc<AtomicU64>) -> Self {
        Self { home, gone, kept }
    }

    fn or<'a, T: 'a>(&'a self, answer: Answer<'a, T>) -> Answer<'a, T> {
        let gone = self.gone.load(Ordering::Relaxed);
        Box::pin(async move { if gone { Err(Error::Unavailable("taken away".to_owned())) } else { answer.await } })
    }
}

impl Home for Away {
    fn put<'a>(&'a self, key: &'a Key, value: &'a [u8], now: Timestamp, expires_at: Timestamp) -> Answer<'a, ()> {
        self.kept.fetch_add(1, Ordering::Relaxed);
        self.or(self.home.home().put(key, value, now, expires_at))
    }

    fn get<'a>(&'a self, key: &'a Key, now: Timestamp) -> Answer<'a, Option<Vec<u8>>> {
        self.or(self.home.home().get(key, now))
    }

    fn take<'a>(&'a self, key: &'a Key, now: Timestamp) -> Answer<'a, Option<Vec<u8>>> {
        self.or(self.home.home().take(key, now))
    }

    fn use_once<'a>(&'a self, key: &'a Key, now: Timestamp, expires_at: Timestamp) -> Answer<'a, bool> {
        self.or(self.home.home().use_once(key, now, expires_at))
    }

    fn add<'a>(&'a self, key: &'a Key, by: i64, now: Timestamp, expires_at: Timestamp) -> Answer<'a, i64> {
        self.or(self.home.home().add(key, by, now, expires_at))
    }

    fn purge(&self, now: Timestamp, limit: u32) -> Answer<'_, u64> {
        self.or(self.home.home().purge(now, limit))
    }

    fn ping(&self) -> Answer<'_, ()> {
        self.or(self.home.home().ping())
    }
}
