//! How many requests go out at a time: as a whole and to one host, so that a slow receiver holds up only what is meant for it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

use super::OnBehalf;
use super::guard::Target;

/// Requests at a time on behalf of one kind of client: those who registered themselves cannot take the others' places.
const AT_ONCE: usize = 64;

/// Of them, to one host.
const AT_ONCE_TO_A_HOST: usize = 4;

/// Hosts that are remembered before those that nobody asks are forgotten.
const HOSTS: usize = 1_000;

type Hosts = HashMap<(OnBehalf, String), Arc<Semaphore>>;

/// The places that there are.
pub(super) struct Turns {
    all: [Arc<Semaphore>; OnBehalf::COUNT],
    hosts: Mutex<Hosts>,
}

/// A place among the requests that are going out; given back when dropped.
pub(super) struct Turn {
    _host: OwnedSemaphorePermit,
    _all: OwnedSemaphorePermit,
}

impl Turns {
    pub(super) fn new() -> Self {
        Self { all: std::array::from_fn(|_| Arc::new(Semaphore::new(AT_ONCE))), hosts: Mutex::default() }
    }

    /// Waits for a place: first at the host, where waiting takes nobody else's.
    pub(super) async fn take(&self, target: &Target) -> Result<Turn, AcquireError> {
        let host = self.host(target).acquire_owned().await?;
        let all = Arc::clone(&self.all[target.on_behalf as usize]).acquire_owned().await?;
        Ok(Turn { _host: host, _all: all })
    }

    fn host(&self, target: &Target) -> Arc<Semaphore> {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        if hosts.len() >= HOSTS {
            hosts.retain(|_, places| Arc::strong_count(places) > 1);
        }
        let places = hosts.entry((target.on_behalf, target.host.to_string()));
        Arc::clone(places.or_insert_with(|| Arc::new(Semaphore::new(AT_ONCE_TO_A_HOST))))
    }
}
