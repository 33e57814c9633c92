//! Requests that the server makes itself, against real servers on the loopback, which `outgoing.allow` opens (row B8).

mod addresses;
mod answers;
mod at_once;
mod targets;
mod tls;

use tessera::config::{self, Period};
use tessera::outgoing::{Fetched, Get, OnBehalf, Outgoing, OutgoingError, Resolver};
use url::Url;

const JSON: &[&str] = &["application/json"];

/// The most bytes of a document in these tests.
const MAX_BYTES: usize = 1_000;

/// The configuration that opens these places.
fn opened(allow: &[&str]) -> config::Outgoing {
    let allow = allow.iter().map(|opening| opening.parse().unwrap()).collect();
    let (timeout, connect_timeout) = (Period::seconds(30), Period::seconds(10));
    config::Outgoing { allow, allow_strangers: false, timeout, connect_timeout, ca_file: None }
}

/// A client that reaches these places too.
pub(crate) fn outgoing(allow: &[&str]) -> Outgoing {
    Outgoing::new(&opened(allow), Resolver::system()).unwrap()
}

/// What the client says to a GET of JSON.
async fn get(outgoing: &Outgoing, url: &str, on_behalf: OnBehalf) -> Result<Fetched, OutgoingError> {
    let url = Url::parse(url).unwrap();
    outgoing.get(&Get { url: &url, on_behalf, accept: JSON, max_bytes: MAX_BYTES }).await
}
