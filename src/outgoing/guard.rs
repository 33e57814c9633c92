//! Which URL and which address a request may go to.

use std::fmt;
use std::net::IpAddr;

use url::{Host, Position, Url};

use crate::config::{OpenPlace, Opening};

use super::address::Reach;
use super::{OnBehalf, OutgoingError};

/// The longest URL that is asked for, in bytes.
const MAX_URL: usize = 2048;

/// The rules, with what the operator has opened.
pub(super) struct Guard {
    openings: Vec<Opening>,
    /// Whether they are open to those who registered themselves too.
    open_to_all: bool,
}

/// A URL that may be asked for, if an address of its host may.
pub(super) struct Target {
    /// Whether it is plain http.
    pub(super) plain: bool,
    pub(super) host: Host<String>,
    pub(super) port: u16,
    /// Path and query, as the request line has them (RFC 9112 §3.2.1).
    pub(super) path: String,
    pub(super) on_behalf: OnBehalf,
}

impl Target {
    /// The `Host` of the request (RFC 9110 §7.2): the port only where it is not the scheme's.
    pub(super) fn authority(&self) -> String {
        let usual = if self.plain { 80 } else { 443 };
        if self.port == usual { self.host.to_string() } else { format!("{}:{}", self.host, self.port) }
    }

    /// The host's name without a dot at its end; none where it is an address.
    fn name(&self) -> Option<&str> {
        match &self.host {
            Host::Domain(name) => Some(name.strip_suffix('.').unwrap_or(name)),
            Host::Ipv4(_) | Host::Ipv6(_) => None,
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.authority())
    }
}

impl Guard {
    pub(super) const fn new(openings: Vec<Opening>, open_to_all: bool) -> Self {
        Self { openings, open_to_all }
    }

    /// Judges a URL before anything is looked up.
    pub(super) fn target(&self, url: &Url, on_behalf: OnBehalf) -> Result<Target, OutgoingError> {
        let target = parts(url, on_behalf).ok_or(OutgoingError::Url)?;
        let usual = !target.plain && target.port == 443;
        let opened = || {
            let mut fitting = self.openings_for(&target);
            fitting.any(|opening| match &opening.place {
                OpenPlace::Host(name) => target.name() == Some(name),
                OpenPlace::Network(_) => true,
            })
        };
        if usual || opened() { Ok(target) } else { Err(OutgoingError::Port { host: target.to_string() }) }
    }

    /// Of the addresses that a host has, those that may be connected to.
    pub(super) fn permitted(&self, target: &Target, addresses: &[IpAddr]) -> Result<Vec<IpAddr>, OutgoingError> {
        let permitted: Vec<_> = addresses.iter().copied().filter(|address| self.permits(target, *address)).collect();
        if permitted.is_empty() { Err(OutgoingError::Address { host: target.to_string() }) } else { Ok(permitted) }
    }

    fn permits(&self, target: &Target, address: IpAddr) -> bool {
        let reach = Reach::of(address);
        let usual = !target.plain && target.port == 443 && reach == Reach::Public;
        usual
            || self.openings_for(target).any(|opening| match &opening.place {
                OpenPlace::Network(network) => network.contains(&address),
                OpenPlace::Host(name) => target.name() == Some(name) && reach != Reach::Special,
            })
    }

    /// What the operator has opened for this scheme and port: nothing for those who registered themselves, unless for a test.
    fn openings_for(&self, target: &Target) -> impl Iterator<Item = &Opening> {
        let openings = match target.on_behalf {
            OnBehalf::Operator => self.openings.as_slice(),
            OnBehalf::SelfRegistered if self.open_to_all => self.openings.as_slice(),
            OnBehalf::SelfRegistered => &[],
        };
        let (plain, port) = (target.plain, target.port);
        openings.iter().filter(move |opening| opening.plain == plain && opening.port.is_none_or(|open| open == port))
    }
}

/// The parts of an http or https URL without user name and password. The `url` crate has put every spelling of an address
/// ("127.1", "0x7f000001", full-width digits) into one.
fn parts(url: &Url, on_behalf: OnBehalf) -> Option<Target> {
    let plain = match url.scheme() {
        "https" => false,
        "http" => true,
        _ => return None,
    };
    let sound = url.as_str().len() <= MAX_URL && url.username().is_empty() && url.password().is_none();
    let path = url[Position::BeforePath..Position::AfterQuery].to_owned();
    let (host, port) = (url.host()?.to_owned(), url.port_or_known_default()?);
    (sound && port != 0).then_some(Target { plain, host, port, path, on_behalf })
}
