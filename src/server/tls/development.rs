//! A certificate for this machine alone: made at the start, and again before it ends.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rcgen::{
    CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P256_SHA256,
};
use time::OffsetDateTime;
use zeroize::Zeroizing;

use super::pair;
use crate::clock::Timestamp;
use crate::config::{Config, Finding};

const DAY: Duration = Duration::from_hours(24);
const LIFETIME: Duration = Duration::from_hours(30 * 24);
/// With less than this left another is made.
const LEFT: Duration = Duration::from_hours(7 * 24);
/// Its names beside that of the public URL.
const NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// Where certificate and key are.
pub(super) fn files(config: &Config) -> (PathBuf, PathBuf) {
    let folder = &config.server.data_dir;
    (folder.join("dev-certificate.pem"), folder.join("dev-key.pem"))
}

/// Makes a certificate where there is none that is right for the public URL and for another week.
///
/// # Errors
/// The data directory cannot be written.
pub(super) fn ensure(config: &Config, now: Timestamp) -> Result<(), Finding> {
    let host = config.server.public_url.url().host_str().unwrap_or_default().trim_matches(['[', ']']);
    let known = pair::read(config, now).ok();
    if known.is_some_and(|(pair, _)| pair.names(host) && pair.not_after().since(now) > LEFT) {
        return Ok(());
    }
    let folder = &config.server.data_dir;
    make(config, host, now).map_err(|cause| {
        let message = format!("no certificate can be made in {}: {cause}", folder.display());
        pair::error("server.data_dir", message)
    })
}

fn make(config: &Config, host: &str, now: Timestamp) -> io::Result<()> {
    let (certificate, key) = files(config);
    let (chain, private) = issue(host, now).map_err(io::Error::other)?;
    DirBuilder::new().recursive(true).mode(0o700).create(&config.server.data_dir)?;
    // A key without its certificate is not used; the other way round, the next start makes both again.
    write(&key, &private, 0o600)?;
    write(&certificate, &chain, 0o644)
}

/// The certificate and its private key, in PEM.
fn issue(host: &str, now: Timestamp) -> Result<(String, Zeroizing<String>), rcgen::Error> {
    let mut names: Vec<_> = NAMES.map(str::to_owned).to_vec();
    if !names.iter().any(|name| name == host) {
        names.insert(0, host.to_owned());
    }
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
    let mut parameters = CertificateParams::new(names)?;
    parameters.distinguished_name = DistinguishedName::new();
    parameters.distinguished_name.push(DnType::CommonName, "Tessera, for this machine alone");
    // It signs nothing but its own handshakes: whoever trusts it trusts no other certificate by it.
    parameters.is_ca = IsCa::ExplicitNoCa;
    parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    parameters.not_before = moment(now - DAY);
    parameters.not_after = moment(now + LIFETIME);
    Ok((parameters.self_signed(&key)?.pem(), Zeroizing::new(key.serialize_pem())))
}

fn moment(at: Timestamp) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(at.seconds()).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// Whole or not at all.
fn write(path: &Path, text: &str, mode: u32) -> io::Result<()> {
    let unfinished = path.with_extension("new");
    // One that an interrupted start left keeps neither its contents nor its mode.
    match fs::remove_file(&unfinished) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&unfinished)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&unfinished, path)
}
