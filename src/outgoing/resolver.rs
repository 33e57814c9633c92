//! From a host's name to its addresses: once for each request.

use std::fmt;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;

use tokio::sync::Semaphore;

use super::OnBehalf;

/// Look-ups at a time on behalf of one kind of client. The system's ones run in threads that cannot be stopped: they keep their place
/// until they end, also when nobody waits for them any more.
const LOOKUPS: usize = 16;

/// Who knows the addresses of names: the system, or a table that a test gives.
#[derive(Clone)]
pub struct Resolver(Source);

type Table = dyn Fn(&str) -> io::Result<Vec<IpAddr>> + Send + Sync;

#[derive(Clone)]
enum Source {
    System([Arc<Semaphore>; OnBehalf::COUNT]),
    Table(Arc<Table>),
}

impl Resolver {
    /// The operating system's.
    pub fn system() -> Self {
        Self(Source::System(std::array::from_fn(|_| Arc::new(Semaphore::new(LOOKUPS)))))
    }

    /// One that answers as `table` does. For tests.
    pub fn table(table: impl Fn(&str) -> io::Result<Vec<IpAddr>> + Send + Sync + 'static) -> Self {
        Self(Source::Table(Arc::new(table)))
    }

    /// The addresses of `name`, the preferred one first.
    pub(super) async fn addresses(&self, name: &str, on_behalf: OnBehalf) -> io::Result<Vec<IpAddr>> {
        match &self.0 {
            Source::Table(table) => table(name),
            Source::System(places) => {
                let place = Arc::clone(&places[on_behalf as usize]).acquire_owned().await.map_err(io::Error::other)?;
                let name = name.to_owned();
                let lookup = tokio::spawn(async move {
                    let found = tokio::net::lookup_host((name, 0)).await.map(|found| found.map(|at| at.ip()).collect());
                    drop(place);
                    found
                });
                lookup.await.map_err(io::Error::other)?
            }
        }
    }
}

impl fmt::Debug for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Source::System(_) => "Resolver::System",
            Source::Table(_) => "Resolver::Table",
        })
    }
}
