//! What this process remembers of records that every request reads. Dropped by `epochs`.

use std::sync::Arc;

use moka::sync::Cache;
use uuid::Uuid;

use super::clients::Client;
use super::epochs::Cached;
use super::realms::Realm;
use super::resource_servers::ResourceServer;

/// Absent records are remembered too, so that a wrong id does not cost a statement each time; the bound keeps strangers from
/// filling the memory with wrong ids.
const CAPACITY: u64 = 10_000;

/// How a realm is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum RealmAddress {
    Slug(String),
    Host(String),
    Id(Uuid),
}

#[derive(Debug)]
pub(super) struct Caches {
    pub(super) realms: Cache<RealmAddress, Option<Arc<Realm>>>,
    pub(super) clients: Cache<(Uuid, String), Option<Arc<Client>>>,
    pub(super) resource_servers: Cache<(Uuid, String), Option<Arc<ResourceServer>>>,
}

impl Default for Caches {
    fn default() -> Self {
        Self { realms: Cache::new(CAPACITY), clients: Cache::new(CAPACITY), resource_servers: Cache::new(CAPACITY) }
    }
}

impl Caches {
    pub(super) fn forget(&self, kind: Cached) {
        match kind {
            Cached::Realms => self.realms.invalidate_all(),
            Cached::Clients => self.clients.invalidate_all(),
            Cached::ResourceServers => self.resource_servers.invalidate_all(),
            Cached::Keys => {}
        }
    }
}
