//! Requests that the server makes itself, by the one client that does: SSRF-safe, bounded, alone with its connection.
//!
//! Owns which addresses may be reached (security.md "Outgoing requests"), name resolution, TLS to others, the bounds of an answer,
//! and how many requests go out at a time. A URL's host is looked up once, every address is checked, and the connection goes to
//! one that passed; no redirect is followed, no proxy of the environment is used, nothing is kept open. What the answers mean is
//! for who asks.

mod address;
mod connect;
mod exchange;
mod guard;
mod resolver;
mod turns;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{ACCEPT, CONNECTION, CONTENT_TYPE, HOST, USER_AGENT};
use hyper::{Method, Request, http};
use tokio::time::timeout;
use url::{Host, Url};

use crate::config;

pub use address::Reach;
pub use resolver::Resolver;

use connect::Tls;
use exchange::Wanted;
use guard::{Guard, Target};
use turns::Turns;

/// What we call ourselves.
const AGENT: &str = "Tessera";

/// For whom a request is made: `outgoing.allow` opens nothing to those who registered themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OnBehalf {
    /// A client that the operator registered, or the operator.
    Operator,
    /// A client that registered itself, or is its own registration (a client id metadata document).
    SelfRegistered,
}

impl OnBehalf {
    /// How many kinds there are: each has its own share of what is bounded.
    pub(crate) const COUNT: usize = 2;
}

/// Why a request was not made, or its answer not taken. For the log, and for the operator: to a client from outside only
/// [`OutgoingError::advice`] is told, as the rest would show what lies behind the firewall. Neither holds a path or a query.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutgoingError {
    /// Not an https URL with a host, without user name and password.
    #[error(
        "the URL is not asked for: it must be https, with a host, without user name and password, of 2048 bytes at most"
    )]
    Url,
    /// Plain http, or a port other than 443, that is not opened.
    #[error(
        "{host} is not asked: it is plain http or its port is not 443; outgoing.allow opens it for clients that you registered"
    )]
    Port {
        /// The host and port.
        host: String,
    },
    /// The name has no address.
    #[error("the name of {host} has no address: {cause}")]
    Name {
        /// The host and port.
        host: String,
        /// What the resolver said.
        cause: String,
    },
    /// No address of the host may be connected to.
    #[error(
        "{host} is not asked: it has no public address; outgoing.allow opens its address for clients that you registered"
    )]
    Address {
        /// The host and port.
        host: String,
    },
    /// Too many requests are going out, to this host or in all.
    #[error("{host} is not asked: too many requests are waiting for it or for others")]
    Busy {
        /// The host and port.
        host: String,
    },
    /// Nobody answers there.
    #[error("no connection to {host}: {cause}")]
    Connect {
        /// The host and port.
        host: String,
        /// What the operating system said.
        cause: io::ErrorKind,
    },
    /// The certificate is not believed, or TLS fails otherwise.
    #[error("no TLS with {host}: {cause}; outgoing.ca_file names authorities of your own")]
    Tls {
        /// The host and port.
        host: String,
        /// What the library said.
        cause: String,
    },
    /// It did not end within `outgoing.timeout`.
    #[error("{host} did not answer within {} ms (outgoing.timeout)", within.as_millis())]
    TimedOut {
        /// The host and port.
        host: String,
        /// How long it had.
        within: Duration,
    },
    /// A redirect, which is not followed.
    #[error("{host} answers with a redirect, which is not followed: register the URL that it leads to")]
    Redirect {
        /// The host and port.
        host: String,
    },
    /// A status that is not taken.
    #[error("{host} answers with status {status}")]
    Status {
        /// The host and port.
        host: String,
        /// The status.
        status: u16,
    },
    /// The answer is of another media type.
    #[error("{host} answers with another media type than was asked for")]
    MediaType {
        /// The host and port.
        host: String,
    },
    /// The answer is larger than what is read.
    #[error("the answer of {host} is too large")]
    TooLarge {
        /// The host and port.
        host: String,
    },
    /// What came is not HTTP, or ended too early.
    #[error("the answer of {host} is broken: {cause}")]
    Broken {
        /// The host and port.
        host: String,
        /// What the library said.
        cause: String,
    },
}

impl OutgoingError {
    /// Whether the URL, or what stands there, has to change before another try could end otherwise.
    pub const fn is_final(&self) -> bool {
        match self {
            Self::Url | Self::Port { .. } | Self::Redirect { .. } | Self::MediaType { .. } | Self::TooLarge { .. } => {
                true
            }
            // Not those that ask for patience (RFC 9110 §15.5.9, RFC 8470 §5.2, RFC 6585 §4).
            Self::Status { status, .. } => matches!(status, 400..=499) && !matches!(status, 408 | 425 | 429),
            Self::Name { .. }
            | Self::Address { .. }
            | Self::Busy { .. }
            | Self::Connect { .. }
            | Self::Tls { .. }
            | Self::TimedOut { .. }
            | Self::Broken { .. } => false,
        }
    }

    /// What a developer outside may be told. A host inside and one that does not exist get the same words.
    pub const fn advice(&self) -> &'static str {
        match self {
            Self::Url => "the URL must be https, with a host, without user name and password",
            Self::Port { .. } => "the URL must be https on port 443",
            Self::Name { .. } | Self::Address { .. } => "the URL's host has no public address",
            Self::Busy { .. } | Self::Connect { .. } | Self::TimedOut { .. } | Self::Broken { .. } => {
                "the URL's host did not answer in time"
            }
            Self::Tls { .. } => "the certificate of the URL's host is not trusted",
            Self::Redirect { .. } => "the URL answers with a redirect, which is not followed",
            Self::Status { .. } => "the URL does not answer with status 200",
            Self::MediaType { .. } => "the URL answers with another media type than is needed",
            Self::TooLarge { .. } => "the URL's document is too large",
        }
    }
}

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// `outgoing.ca_file` cannot be read.
    #[error("outgoing.ca_file {} cannot be read: {cause}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// `outgoing.ca_file` holds something else.
    #[error("outgoing.ca_file must hold certificates of authorities in PEM: {0}")]
    Authority(String),
}

/// A document to fetch.
#[derive(Debug, Clone, Copy)]
pub struct Get<'a> {
    /// Where it is.
    pub url: &'a Url,
    /// For whom it is fetched.
    pub on_behalf: OnBehalf,
    /// The media types that are taken, in lower case; the first is preferred.
    pub accept: &'a [&'a str],
    /// The most bytes of the document.
    pub max_bytes: usize,
}

/// Something to send.
#[derive(Debug, Clone)]
pub struct Post<'a> {
    /// Where to.
    pub url: &'a Url,
    /// For whom it is sent.
    pub on_behalf: OnBehalf,
    /// The media type of the body.
    pub content_type: &'a str,
    /// The body.
    pub body: Bytes,
}

impl<'a> Post<'a> {
    /// A form (`application/x-www-form-urlencoded`).
    pub fn form(url: &'a Url, on_behalf: OnBehalf, fields: &[(&str, &str)]) -> Self {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        Self { url, on_behalf, content_type: "application/x-www-form-urlencoded", body: body.into() }
    }
}

/// An answer that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// Its status: 200 for a document, any 2xx for what was sent.
    pub status: u16,
    /// Its media type, in lower case, without parameters.
    pub media_type: String,
    /// How long it says that it is fresh (RFC 9111 §5.2.2); none where it does not say.
    pub fresh_for: Option<Duration>,
    /// The document; nothing of an answer to [`Outgoing::post`].
    pub body: Bytes,
}

/// The client. Clones share its bounds.
#[derive(Clone)]
pub struct Outgoing(Arc<Shared>);

struct Shared {
    guard: Guard,
    resolver: Resolver,
    tls: Tls,
    turns: Turns,
    connect_timeout: Duration,
    timeout: Duration,
}

impl Outgoing {
    /// The client that the configuration wants, with the names that `resolver` knows.
    ///
    /// # Errors
    /// [`StartError`], where the file of authorities is no such file.
    pub fn new(config: &config::Outgoing, resolver: Resolver) -> Result<Self, StartError> {
        let pem = config
            .ca_file
            .as_ref()
            .map(|path| std::fs::read(path).map_err(|cause| StartError::File { path: path.clone(), cause }));
        Ok(Self(Arc::new(Shared {
            guard: Guard::new(config.allow.clone(), config.allow_strangers),
            resolver,
            tls: Tls::new(pem.transpose()?.as_deref())?,
            turns: Turns::new(),
            connect_timeout: config.connect_timeout.duration(),
            timeout: config.timeout.duration(),
        })))
    }

    /// Fetches a document: an answer 200 of a media type that is accepted.
    ///
    /// # Errors
    /// [`OutgoingError`].
    pub async fn get(&self, get: &Get<'_>) -> Result<Fetched, OutgoingError> {
        let target = self.0.guard.target(get.url, get.on_behalf)?;
        let request = request(&target, Method::GET).header(ACCEPT, get.accept.join(", "));
        let wanted = Wanted::Document { accept: get.accept, max_bytes: get.max_bytes };
        self.send(&target, request.body(Full::default()), &wanted).await
    }

    /// Sends something; any answer 2xx takes it.
    ///
    /// # Errors
    /// [`OutgoingError`].
    pub async fn post(&self, post: Post<'_>) -> Result<Fetched, OutgoingError> {
        let target = self.0.guard.target(post.url, post.on_behalf)?;
        let request = request(&target, Method::POST).header(CONTENT_TYPE, post.content_type);
        self.send(&target, request.body(Full::new(post.body)), &Wanted::Success).await
    }

    async fn send(
        &self,
        target: &Target,
        request: http::Result<Request<Full<Bytes>>>,
        wanted: &Wanted<'_>,
    ) -> Result<Fetched, OutgoingError> {
        let shared = &*self.0;
        let request = request.map_err(|_| OutgoingError::Url)?;
        let turn = timeout(shared.connect_timeout, shared.turns.take(target)).await;
        let Ok(Ok(_turn)) = turn else { return Err(OutgoingError::Busy { host: target.to_string() }) };
        let work = async {
            let addresses = shared.addresses(target).await?;
            let stream = connect::connect(target, &addresses, shared.connect_timeout, wanted.max_bytes()).await?;
            let stream = shared.tls.wrap(target, stream).await?;
            exchange::exchange(target, stream, request, wanted).await
        };
        let timed_out = |_| Err(OutgoingError::TimedOut { host: target.to_string(), within: shared.timeout });
        timeout(shared.timeout, work).await.unwrap_or_else(timed_out)
    }
}

impl Shared {
    /// The addresses to connect to: looked up once, each checked.
    async fn addresses(&self, target: &Target) -> Result<Vec<std::net::IpAddr>, OutgoingError> {
        let known = match &target.host {
            Host::Ipv4(address) => Ok(vec![(*address).into()]),
            Host::Ipv6(address) => Ok(vec![(*address).into()]),
            Host::Domain(name) => self.resolver.addresses(name, target.on_behalf).await,
        };
        let addresses =
            known.map_err(|error| OutgoingError::Name { host: target.to_string(), cause: error.to_string() })?;
        self.guard.permitted(target, &addresses)
    }
}

/// A request line and the header fields that every request of ours has.
fn request(target: &Target, method: Method) -> http::request::Builder {
    let request = Request::builder().method(method).uri(&target.path).header(HOST, target.authority());
    request.header(USER_AGENT, AGENT).header(CONNECTION, "close")
}

impl std::fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (resolver, timeout) = (&self.0.resolver, self.0.timeout);
        f.debug_struct("Outgoing").field("resolver", resolver).field("timeout", &timeout).finish_non_exhaustive()
    }
}
