//! What this process remembers of records that every request reads. Dropped by `epochs`, and by the door after a commit.

use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use uuid::Uuid;

use super::clients::Client;
use super::ended::Ended;
use super::epochs::Cached;
use super::realms::Realm;
use super::resource_servers::ResourceServer;

/// Absent records are remembered too, so that a wrong id does not cost a statement each time; the bound, with that of
/// [`may_be_there`], keeps strangers from filling the memory with wrong ids.
const CAPACITY: usize = 10_000;

/// Whether a row can have this text of a request as its id. One that is longer than any row's, in bytes, or holds a control character
/// names nobody: it is neither looked for, as PostgreSQL takes no NUL, nor remembered, as strangers would fill the memory.
pub(super) fn may_be_there(id: &str, longest: usize) -> bool {
    id.len() <= longest && !id.bytes().any(|byte| byte.is_ascii_control())
}

/// How a realm is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum RealmAddress {
    Slug(String),
    Host(String),
    Id(Uuid),
}

/// Records by key, each with the generation of its kind before it was read: a read that raced a change was begun in an older
/// generation, and what it brings is never found. (To compare before the insertion would leave a gap between the two.)
#[derive(Debug)]
pub(super) struct Cache<K, V>(quick_cache::sync::Cache<K, (u64, V)>);

impl<K: Hash + Eq, V: Clone> Default for Cache<K, V> {
    fn default() -> Self {
        Self(quick_cache::sync::Cache::new(CAPACITY))
    }
}

impl<K: Hash + Eq, V: Clone> Cache<K, V> {
    /// What is remembered under `key`, if nothing of its kind changed up to `generation`.
    pub(super) fn get(&self, key: &K, generation: u64) -> Option<V> {
        self.0.get(key).filter(|(read_in, _)| *read_in == generation).map(|(_, value)| value)
    }

    /// Remembers `value`, which was read after `generation` was asked for.
    pub(super) fn insert(&self, key: K, generation: u64, value: V) {
        self.0.insert(key, (generation, value));
    }
}

/// Everything that is remembered.
#[derive(Debug, Default)]
pub(super) struct Caches {
    pub(super) realms: Cache<RealmAddress, Option<Arc<Realm>>>,
    pub(super) clients: Cache<(Uuid, String), Option<Arc<Client>>>,
    pub(super) resource_servers: Cache<(Uuid, String), Option<Arc<ResourceServer>>>,
    pub(super) ended: Ended,
    generations: [AtomicU64; Cached::ALL.len()],
}

impl Caches {
    /// Drops what is remembered of `kind`, and what is being read of it now.
    pub(super) fn forget(&self, kind: Cached) {
        self.generations[kind as usize].fetch_add(1, Ordering::AcqRel);
        // Only to free the memory: what has another generation is not found any more.
        match kind {
            Cached::Realms => self.realms.0.clear(),
            Cached::Clients => self.clients.0.clear(),
            Cached::ResourceServers => self.resource_servers.0.clear(),
            Cached::Keys => {}
        }
    }

    /// Drops one client alone.
    pub(super) fn forget_client(&self, client: &Client) {
        self.clients.0.remove(&(client.realm_id, client.client_id.clone()));
    }

    /// A number that moves whenever `kind` is dropped.
    pub(super) fn generation(&self, kind: Cached) -> u64 {
        self.generations[kind as usize].load(Ordering::Acquire)
    }
}
