//! `[server]`: addresses, proxies, time-outs.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;

use ipnet::IpNet;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::{Host, Url};

use super::values::{Period, Size, written_as_text};

/// Where the server listens, what it is called from outside, and how long it waits.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Server {
    /// The address of the server as browsers and applications see it; also the issuer of the default realm. It must be https,
    /// except on this machine (localhost, `*.localhost`, 127.0.0.1, `[::1]`). A base path works: `https://example.com/id`.
    pub public_url: PublicUrl,
    /// The address and port to listen on: for plain http, or with a certificate in `tls` for https. In a container: "0.0.0.0:8080".
    #[schemars(extend("examples" = ["127.0.0.1:8080"]))]
    pub listen: SocketAddr,
    /// Number of worker threads; 0 takes one per core.
    pub workers: usize,
    /// The addresses of the proxies in front, as networks ("10.0.0.0/8") or single addresses. Only from them is the forwarded
    /// address of a client believed.
    pub trusted_proxies: Vec<Network>,
    /// The header in which those proxies name the client: "x-forwarded-for" or "forwarded" (RFC 7239).
    pub forwarded_header: ForwardedHeader,
    /// The largest body of a request, in bytes or with a unit.
    pub max_body: Size,
    /// How long a client may take to send the head of a request, and before it for the handshake of TLS.
    pub request_timeout: Period,
    /// How long a client may take to send the body of a request.
    pub body_timeout: Period,
    /// How long the server goes on taking requests once it is told to stop, while /readyz says that no more should come: as long as
    /// the load balancer needs to notice.
    pub shutdown_delay: Period,
    /// How long requests in flight may go on after that.
    pub shutdown_timeout: Period,
    /// Where SQLite's databases and the keyring are kept. Made at the first start; readable by its owner only.
    pub data_dir: PathBuf,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            public_url: PublicUrl::default(),
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            workers: 0,
            trusted_proxies: Vec::new(),
            forwarded_header: ForwardedHeader::default(),
            max_body: Size::from_bytes(64 * 1024),
            request_timeout: Period::seconds(10),
            body_timeout: Period::seconds(10),
            shutdown_delay: Period::seconds(0),
            shutdown_timeout: Period::seconds(30),
            data_dir: PathBuf::from("./data"),
        }
    }
}

/// The header in which a trusted proxy names the client's address.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub enum ForwardedHeader {
    /// X-Forwarded-For.
    #[default]
    XForwardedFor,
    /// Forwarded (RFC 7239).
    Forwarded,
}

/// The server's address from outside: http or https, a host, perhaps a base path; no query, fragment or user name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl(Url);

impl PublicUrl {
    /// The URL without a slash at its end: the default realm's issuer, and the stem of every address.
    pub fn as_str(&self) -> &str {
        self.0.as_str().trim_end_matches('/')
    }

    /// https at this machine's own name.
    ///
    /// # Panics
    /// Never: a port has no other form.
    pub fn localhost_over_tls(port: u16) -> Self {
        Self(Url::parse(&format!("https://localhost:{port}")).expect("a host and a port"))
    }

    /// The URL, parsed.
    pub const fn url(&self) -> &Url {
        &self.0
    }

    /// The issuer of the realm with this slug (empty for the default realm) or host name, without a slash at its end. A realm
    /// with a host name of its own keeps scheme, port and base path.
    pub fn issuer(&self, slug: &str, host: Option<&str>) -> String {
        match (host, self.0.port()) {
            (Some(host), Some(port)) => format!("{}://{host}:{port}{}", self.0.scheme(), self.base_path()),
            (Some(host), None) => format!("{}://{host}{}", self.0.scheme(), self.base_path()),
            (None, _) if slug.is_empty() => self.as_str().to_owned(),
            (None, _) => format!("{}/r/{slug}", self.as_str()),
        }
    }

    /// The origin as a browser writes it in the header Origin: scheme, host, and the port unless it is the scheme's own.
    pub fn origin(&self) -> String {
        self.0.origin().ascii_serialization()
    }

    /// The base path without a slash at its end: empty at the root of the host.
    pub fn base_path(&self) -> &str {
        self.0.path().trim_end_matches('/')
    }

    /// Whether browsers reach the server over TLS.
    pub fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// Whether the host is this machine: a loopback address, `localhost` or a name under it (RFC 6761 §6.3).
    pub fn is_loopback(&self) -> bool {
        match self.0.host() {
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            None => false,
        }
    }
}

impl Default for PublicUrl {
    fn default() -> Self {
        Self(Url::parse("http://localhost:8080").expect("a constant URL"))
    }
}

impl FromStr for PublicUrl {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let url = Url::parse(text)
            .map_err(|_| "a public URL begins with https:// (or http:// on this machine) and a host")?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err("a public URL begins with https:// (or http:// on this machine)");
        }
        if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
            return Err("a public URL has a host and perhaps a path, but no user name, query or fragment");
        }
        Ok(Self(url))
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

written_as_text!(PublicUrl, "https://id.example.com");

/// A range of IP addresses: "10.0.0.0/8", or a single address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network(IpNet);

impl Network {
    /// Whether an address lies in the range. An IPv4 address mapped into IPv6 counts as the IPv4 address that it is.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.contains(&address.to_canonical())
    }
}

impl FromStr for Network {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let single = text.parse::<IpAddr>().map(IpNet::from);
        let network = single.or_else(|_| text.parse::<IpNet>());
        network
            .map(|network| Self(network.trunc()))
            .map_err(|_| "a network is written as in \"10.0.0.0/8\" or \"fd00::/8\"")
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

written_as_text!(Network, "10.0.0.0/8");
