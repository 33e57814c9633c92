//! A certificate with its private key: read from two files, and judged.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::ParsedCertificate;
use rustls::sign::{CertifiedKey, SigningKey};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer as _;
use zeroize::Zeroizing;

use super::development;
use crate::clock::Timestamp;
use crate::config::{Config, Finding, Severity};
use crate::secret::sha256;

/// The most bytes of a file that are read: a chain of the usual kind has less than ten thousand.
const LIMIT: u64 = 1024 * 1024;
/// A certificate that ends sooner is worth a word: what renews it has had its time.
const SOON: Duration = Duration::from_hours(14 * 24);

const CERTIFICATE: &str = "tls.certificate_file";
const KEY: &str = "tls.key_file";

/// A certificate that can be used, with its private key.
#[derive(Clone)]
pub struct Pair {
    certified: Arc<CertifiedKey>,
    not_after: Timestamp,
    file: PathBuf,
}

/// SHA-256 over both files, to know a change by.
pub(super) type Digest = [u8; 32];

impl Pair {
    /// What a handshake takes.
    pub(super) fn certified(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.certified)
    }

    /// The instant after which nobody trusts it.
    pub fn not_after(&self) -> Timestamp {
        self.not_after
    }

    /// Where the certificate is.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// The server's own certificate, without those above it.
    pub fn leaf(&self) -> &CertificateDer<'static> {
        // Of a chain that was read there is a first.
        &self.certified.cert[0]
    }

    /// SHA-256 of the server's own certificate, as browsers show it.
    pub fn fingerprint(&self) -> String {
        let pairs: Vec<_> = sha256(self.leaf()).iter().map(|byte| format!("{byte:02X}")).collect();
        pairs.join(":")
    }

    /// Whether it was made for this host name or address.
    pub(super) fn names(&self, host: &str) -> bool {
        let Ok(name) = ServerName::try_from(host.trim_matches(['[', ']'])) else { return false };
        let parsed = ParsedCertificate::try_from(self.leaf());
        parsed.is_ok_and(|parsed| rustls::client::verify_server_name(&parsed, &name).is_ok())
    }

    /// What works, and should be looked at.
    pub fn doubts(&self, config: &Config, now: Timestamp) -> Vec<Finding> {
        [self.ends_soon(config, now), self.is_for_another(config), is_open_to_all(config)]
            .into_iter()
            .flatten()
            .collect()
    }

    fn ends_soon(&self, config: &Config, now: Timestamp) -> Option<Finding> {
        let (path, days) = (self.file.display(), self.days_if_few(config, now)?);
        Some(warning(CERTIFICATE, format!("the certificate in {path} ends in {days} day(s): renew it")))
    }

    /// The days that are left, where they are few. One that is made for this machine is made again in time.
    pub(super) fn days_if_few(&self, config: &Config, now: Timestamp) -> Option<u64> {
        let left = self.not_after.since(now);
        if left >= SOON || config.tls.development { None } else { Some(left.as_secs() / 86_400) }
    }

    fn is_for_another(&self, config: &Config) -> Option<Finding> {
        let (path, host) = (self.file.display(), config.server.public_url.url().host_str().unwrap_or_default());
        let message = || format!("the certificate in {path} is not for {host}, the host of server.public_url");
        if self.names(host) { None } else { Some(warning(CERTIFICATE, message())) }
    }
}

fn is_open_to_all(config: &Config) -> Option<Finding> {
    let path = files(config).1;
    let open = fs::metadata(&path).is_ok_and(|metadata| metadata.permissions().mode() & 0o007 != 0);
    let message = || format!("{0} is open to everybody on this machine: run `chmod o= {0}`", path.display());
    if open { Some(warning(KEY, message())) } else { None }
}

impl fmt::Debug for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pair").field("file", &self.file).field("not_after", &self.not_after).finish_non_exhaustive()
    }
}

/// Where the configuration has certificate and key.
pub(super) fn files(config: &Config) -> (PathBuf, PathBuf) {
    if config.tls.development {
        return development::files(config);
    }
    let path = |path: &Option<PathBuf>| path.clone().unwrap_or_default();
    (path(&config.tls.certificate_file), path(&config.tls.key_file))
}

/// What is wrong or doubtful with the configured files: nothing where TLS is off, or where the certificate will be made.
pub fn findings(config: &Config, now: Timestamp) -> Vec<Finding> {
    if !config.tls.is_on() || (config.tls.development && !files(config).0.exists()) {
        return Vec::new();
    }
    match read(config, now) {
        Ok((pair, _)) => pair.doubts(config, now),
        Err(finding) => vec![finding],
    }
}

/// Reads and judges the configured pair.
///
/// # Errors
/// The key whose file is missing or wrong, and what to do.
pub(super) fn read(config: &Config, now: Timestamp) -> Result<(Pair, Digest), Finding> {
    let (certificate, key) = files(config);
    let chain = contents(&certificate).map_err(|error| unreadable(CERTIFICATE, &certificate, &error))?;
    let private = contents(&key).map_err(|error| unreadable(KEY, &key, &error))?;
    let digest = sha256(&[sha256(&chain), sha256(&private)].concat());
    let chain = parse_chain(&chain, &certificate)?;
    let signing = parse_key(&private, &key)?;
    let not_after = in_its_time(&chain[0], &certificate, now)?;
    let certified = CertifiedKey::new(chain, signing);
    if certified.keys_match().is_err() {
        let message = format!(
            "the key in {} is not that of the first certificate in {}: the server's own certificate stands first, and both files are \
             of one issue",
            key.display(),
            certificate.display()
        );
        return Err(error(KEY, message));
    }
    Ok((Pair { certified: Arc::new(certified), not_after, file: certificate }, digest))
}

fn contents(path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::new());
    File::open(path)?.take(LIMIT).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn unreadable(key: &'static str, path: &Path, cause: &io::Error) -> Finding {
    let advice = match cause.kind() {
        io::ErrorKind::NotFound => "write its path as the server sees it",
        io::ErrorKind::PermissionDenied => "let the user that the server runs as read it",
        _ => "name a file of PEM",
    };
    error(key, format!("{} cannot be read: {cause}; {advice}", path.display()))
}

fn parse_chain(bytes: &[u8], path: &Path) -> Result<Vec<CertificateDer<'static>>, Finding> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(bytes).collect();
    match chain {
        Ok(chain) if !chain.is_empty() => Ok(chain),
        Ok(_) => Err(error(
            CERTIFICATE,
            format!("{} holds no certificate: it must be PEM, `-----BEGIN CERTIFICATE-----`", path.display()),
        )),
        Err(cause) => Err(error(CERTIFICATE, format!("{} is broken PEM: {cause}", path.display()))),
    }
}

fn parse_key(bytes: &[u8], path: &Path) -> Result<Arc<dyn SigningKey>, Finding> {
    let wrong = |message: &str| error(KEY, format!("{} {message}", path.display()));
    if bytes.windows(ENCRYPTED.len()).any(|window| window == ENCRYPTED) {
        return Err(wrong("is locked by a passphrase, which nobody could type: take it off with `openssl pkey`"));
    }
    let key = PrivateKeyDer::from_pem_slice(bytes)
        .map_err(|_| wrong("holds no private key: it must be PEM, `-----BEGIN PRIVATE KEY-----` or the like"))?;
    any_supported_type(&key)
        .map_err(|_| wrong("is no key that TLS can use: make one of RSA (2048 bits or more), P-256, P-384 or Ed25519"))
}

const ENCRYPTED: &[u8] = b"ENCRYPTED";

/// The end of the certificate's time, where now lies within it.
fn in_its_time(leaf: &CertificateDer<'_>, path: &Path, now: Timestamp) -> Result<Timestamp, Finding> {
    let wrong = |message: String| error(CERTIFICATE, format!("the certificate in {} {message}", path.display()));
    let parsed = X509Certificate::from_der(leaf).map_err(|cause| wrong(format!("is none of X.509: {cause}")))?;
    ParsedCertificate::try_from(leaf).map_err(|cause| wrong(format!("is of no use for TLS: {cause}")))?;
    let validity = parsed.1.validity();
    if Timestamp::from_seconds(validity.not_before.timestamp()) > now {
        return Err(wrong(format!("begins on {}: wait, or set this machine's clock", validity.not_before)));
    }
    let not_after = Timestamp::from_seconds(validity.not_after.timestamp());
    if not_after < now {
        return Err(wrong(format!("ended on {}: renew it", validity.not_after)));
    }
    Ok(not_after)
}

pub(super) fn error(key: &'static str, message: String) -> Finding {
    Finding { severity: Severity::Error, key, message }
}

fn warning(key: &'static str, message: String) -> Finding {
    Finding { severity: Severity::Warning, key, message }
}
