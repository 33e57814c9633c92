//! The certificate of https and what TLS is spoken with it.
//!
//! Owns: reading and judging the files, the certificate made for this machine alone, exchanging one for another while
//! connections go on. Does not own connections: those are `https`'s.

mod development;
mod pair;
mod watch;

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use rustls::crypto::CryptoProvider;
use rustls::crypto::ring::{self, cipher_suite};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{ServerConfig, SupportedCipherSuite, version};

use crate::clock::Timestamp;
use crate::config::{Config, Finding};

pub use pair::{Pair, findings};
use watch::Watch;

/// What is spoken: TLS 1.3, and of TLS 1.2 what keeps sessions secret should the key be lost, with AES-GCM (FAPI 2.0 §5.2.1,
/// which is RFC 9325 §4.2).
const SUITES: [SupportedCipherSuite; 7] = [
    cipher_suite::TLS13_AES_256_GCM_SHA384,
    cipher_suite::TLS13_AES_128_GCM_SHA256,
    cipher_suite::TLS13_CHACHA20_POLY1305_SHA256,
    cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    cipher_suite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    cipher_suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
];

/// The protocol names of RFC 7301, the preferred one first.
pub(super) const HTTP2: &[u8] = b"h2";
const PROTOCOLS: [&[u8]; 2] = [HTTP2, b"http/1.1"];

/// Where the configured certificate is, or the one that is made for this machine.
pub fn certificate_file(config: &Config) -> PathBuf {
    pair::files(config).0
}

/// The cryptography of TLS, for what asks a server too.
pub fn provider() -> Arc<CryptoProvider> {
    Arc::new(CryptoProvider { cipher_suites: SUITES.to_vec(), ..ring::default_provider() })
}

/// The certificate in use, and the way to the next one.
#[derive(Debug)]
pub struct Tls {
    current: Arc<Current>,
    watch: Watch,
    made_here: bool,
    pair: Pair,
}

impl Tls {
    /// The certificate that the configuration names, or one that is made now; none where it says nothing of TLS.
    ///
    /// # Errors
    /// The key of the configuration whose file is missing or wrong, and what to do.
    pub fn open(config: &Config, now: Timestamp) -> Result<Option<Self>, Finding> {
        if !config.tls.is_on() {
            return Ok(None);
        }
        if config.tls.development {
            development::ensure(config, now)?;
        }
        let (pair, digest) = pair::read(config, now)?;
        let current = Arc::new(Current(RwLock::new(pair.certified())));
        let watch = Watch::new(Arc::clone(&current), digest, pair.days_if_few(config, now));
        Ok(Some(Self { current, watch, made_here: config.tls.development, pair }))
    }

    /// The certificate as it was at the start.
    pub fn pair(&self) -> &Pair {
        &self.pair
    }

    /// Whether it was made for this machine alone.
    pub fn is_made_here(&self) -> bool {
        self.made_here
    }

    /// What to speak on the listener.
    ///
    /// # Panics
    /// Never: the suites are of the versions that are named.
    pub(super) fn server_config(&self) -> Arc<ServerConfig> {
        let versions = ServerConfig::builder_with_provider(provider())
            .with_protocol_versions(&[&version::TLS13, &version::TLS12])
            .expect("suites of both versions are in the list");
        let mut config = versions.with_no_client_auth().with_cert_resolver(Arc::clone(&self.current) as _);
        config.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).to_vec();
        // Without them a browser's next connection would cost a signature; their keys change every six hours.
        if let Ok(ticketer) = ring::Ticketer::new() {
            config.ticketer = ticketer;
        }
        Arc::new(config)
    }

    /// What looks for a change of the files.
    pub(super) fn into_watch(self) -> Watch {
        self.watch
    }
}

/// The certificate that the next handshake shows.
struct Current(RwLock<Arc<CertifiedKey>>);

impl Current {
    fn exchange(&self, next: Arc<CertifiedKey>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = next;
    }
}

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

impl fmt::Debug for Current {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Current")
    }
}
