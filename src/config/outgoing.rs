//! `[outgoing]`: requests that the server makes itself.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::str::FromStr;

use ipnet::IpNet;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Host;

use super::values::{Period, written_as_text};

/// Requests that the server makes itself: keys and documents that applications name by their URL, notices of a logout. They go to
/// public addresses by https on port 443 only; none follows a redirect or uses a proxy.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Outgoing {
    /// What else may be reached, for applications that you registered (never for those that register themselves): networks and
    /// host names, each with its port where that is not 443, or ":*" for every port; "http://" in front opens plain http instead,
    /// on port 80 or the one named. A host may lie on private addresses, but a link-local one needs its network. As in
    /// `10.1.0.0/16`, `[fd00:1::/32]:8443`, `app.internal:8443`, `http://app.internal`.
    pub allow: Vec<Opening>,
    /// Whether `allow` holds for applications that register themselves too: for tests on one machine, and never where strangers can
    /// reach the server, as they would reach through it what you opened for your own.
    pub allow_strangers: bool,
    /// How long to wait for a connection, and for other requests of the server to leave room for this one.
    pub connect_timeout: Period,
    /// How long one request may take as a whole: looking up the name, connecting, sending, and the last byte of the answer.
    pub timeout: Period,
    /// A PEM file of authorities that are believed besides the system's.
    pub ca_file: Option<PathBuf>,
}

impl Default for Outgoing {
    fn default() -> Self {
        Self {
            allow: Vec::new(),
            allow_strangers: false,
            connect_timeout: Period::seconds(2),
            timeout: Period::seconds(5),
            ca_file: None,
        }
    }
}

/// What may be reached besides public addresses by https on port 443.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// Whether it opens plain http, rather than https.
    pub plain: bool,
    /// Where.
    pub place: OpenPlace,
    /// The port; without it, every port.
    pub port: Option<u16>,
}

/// Where an [`Opening`] leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OpenPlace {
    /// Addresses.
    Network(IpNet),
    /// One host by its name: lower case, without a dot at its end.
    Host(String),
}

const FORM: &str = "an opening is a network or a host name, perhaps with a port, as in \"10.1.0.0/16\", \
\"[fd00:1::/32]:8443\", \"app.internal:8443\" or \"http://app.internal\"";

impl Opening {
    /// The port of its scheme, which is not written.
    const fn usual_port(plain: bool) -> u16 {
        if plain { 80 } else { 443 }
    }

    /// Whether it opens this address, whatever the port.
    pub fn contains(&self, address: IpAddr) -> bool {
        matches!(self.place, OpenPlace::Network(network) if network.contains(&address))
    }
}

impl FromStr for Opening {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let (plain, rest) = match text.strip_prefix("http://") {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix("https://").unwrap_or(text)),
        };
        let usual = Some(Self::usual_port(plain));
        // An IPv6 network has colons of its own.
        if let Some(network) = network(rest) {
            return Ok(Self { plain, place: OpenPlace::Network(network), port: usual });
        }
        let (place, port) = match rest.rsplit_once(':') {
            Some((place, port)) if !port.ends_with(']') => (place, parse_port(port)?),
            _ => (rest, usual),
        };
        Ok(Self { plain, place: parse_place(place)?, port })
    }
}

fn network(text: &str) -> Option<IpNet> {
    let single = text.parse::<IpAddr>().map(IpNet::from);
    single.or_else(|_| text.parse::<IpNet>()).ok().map(|network| network.trunc())
}

fn parse_port(text: &str) -> Result<Option<u16>, &'static str> {
    match text {
        "*" => Ok(None),
        text => text.parse().ok().filter(|port| *port != 0).map(Some).ok_or("a port is a number from 1 to 65535, or *"),
    }
}

fn parse_place(text: &str) -> Result<OpenPlace, &'static str> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    if let Some(network) = network(bare.unwrap_or(text)) {
        return Ok(OpenPlace::Network(network));
    }
    let plain_letters = |name: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
    match Host::parse(text) {
        Ok(Host::Domain(name)) if plain_letters(&name) => {
            Ok(OpenPlace::Host(name.strip_suffix('.').unwrap_or(&name).to_owned()))
        }
        _ => Err(FORM),
    }
}

impl fmt::Display for Opening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.plain { "http://" } else { "" })?;
        let usual = self.port == Some(Self::usual_port(self.plain));
        match &self.place {
            OpenPlace::Network(network @ IpNet::V6(_)) if !usual => write!(f, "[{network}]")?,
            OpenPlace::Network(network) => network.fmt(f)?,
            OpenPlace::Host(name) => f.write_str(name)?,
        }
        match self.port {
            _ if usual => Ok(()),
            Some(port) => write!(f, ":{port}"),
            None => f.write_str(":*"),
        }
    }
}

written_as_text!(Opening, "10.1.0.0/16");
