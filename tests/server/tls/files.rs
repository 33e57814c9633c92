//! Files that are wrong or doubtful, and what is said of them.

use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use tempfile::TempDir;
use tessera::clock::{Clock, Timestamp};
use tessera::config::{Config, Severity};
use tessera::server::tls::{Tls, findings};
use tokio::process::Command;

use super::authority::{Authority, HOST, Issued, files};
use crate::faults::site::bare;
use crate::support::database::SetUp;

/// A folder with a right pair in it, and a configuration that names it.
fn place() -> (TempDir, Config, Authority) {
    let (folder, authority) = (tempfile::tempdir().unwrap(), Authority::new());
    authority.issue().write(folder.path());
    let mut config = Config::default();
    config.server.public_url = format!("https://{HOST}").parse().unwrap();
    let (chain, key) = files(folder.path());
    use_mode(&key, 0o640);
    (config.tls.certificate_file, config.tls.key_file) = (Some(chain), Some(key));
    (folder, config, authority)
}

fn use_mode(path: &std::path::Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

fn now() -> Timestamp {
    Clock::system().now()
}

/// The key of the configuration and what is said of it; the server does not start with it.
#[track_caller]
fn refused(config: &Config, key: &str, says: &str) {
    let finding = Tls::open(config, now()).map(|_| ()).unwrap_err();
    assert_eq!((finding.severity, finding.key), (Severity::Error, key), "{}", finding.message);
    assert!(finding.message.contains(says), "{}", finding.message);
    assert_eq!(findings(config, now()), [finding], "`config check` and `doctor` say the same");
}

#[track_caller]
fn doubted(config: &Config, key: &str, says: &str) {
    assert!(Tls::open(config, now()).is_ok());
    let found = findings(config, now());
    let [finding] = &found[..] else { panic!("{found:?}") };
    assert_eq!((finding.severity, finding.key), (Severity::Warning, key));
    assert!(finding.message.contains(says), "{}", finding.message);
}

#[test]
fn a_right_pair_has_nothing_wrong() {
    let (_folder, config, _) = place();
    assert_eq!(findings(&config, now()), []);
    let tls = Tls::open(&config, now()).unwrap().expect("it is on");
    assert_eq!(tls.pair().not_after(), Timestamp::from_seconds(date_time_ymd(2100, 1, 1).unix_timestamp()));
    assert!(Tls::open(&Config::default(), now()).unwrap().is_none(), "nobody asked for TLS");
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let (folder, mut config, _) = place();
    let missing = folder.path().join("missing.pem");
    config.tls.certificate_file = Some(missing.clone());
    refused(&config, "tls.certificate_file", "missing.pem cannot be read: No such file");
    let (_folder, mut config, _) = place();
    config.tls.key_file = Some(missing);
    refused(&config, "tls.key_file", "missing.pem cannot be read: No such file");
    config.tls.key_file = Some(folder.path().to_owned());
    refused(&config, "tls.key_file", "cannot be read");
}

#[test]
fn what_is_no_certificate_or_no_key_is_said_to_be_none() {
    for (text, says) in [
        ("", "holds no certificate"),
        ("not a certificate", "holds no certificate"),
        ("-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n", "broken PEM"),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "is none of X.509"),
    ] {
        let (folder, config, _) = place();
        std::fs::write(files(folder.path()).0, text).unwrap();
        refused(&config, "tls.certificate_file", says);
    }
    for (text, says) in [
        ("", "holds no private key"),
        ("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "is no key that TLS can use"),
        ("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n", "passphrase"),
    ] {
        let (folder, config, _) = place();
        std::fs::write(files(folder.path()).1, text).unwrap();
        refused(&config, "tls.key_file", says);
    }
}

#[test]
fn a_key_of_another_certificate_is_refused() {
    let (folder, config, authority) = place();
    std::fs::write(files(folder.path()).1, authority.issue().key).unwrap();
    refused(&config, "tls.key_file", "is not that of the first certificate");
    let (folder, config, authority) = place();
    let issued = authority.issue();
    let swapped = Issued { chain: authority.pem() + &issued.chain, key: issued.key };
    swapped.write(folder.path());
    refused(&config, "tls.key_file", "the server's own certificate stands first");
}

fn with(edit: impl FnOnce(&mut CertificateParams)) -> (TempDir, Config) {
    let (folder, config, authority) = place();
    authority.issue_with(&KeyPair::generate().unwrap(), edit).write(folder.path());
    (folder, config)
}

#[test]
fn a_certificate_out_of_its_time_is_refused() {
    let (_folder, config) = with(|parameters| parameters.not_after = date_time_ymd(2021, 1, 1));
    refused(&config, "tls.certificate_file", "ended on");
    let (_folder, config) = with(|parameters| parameters.not_before = date_time_ymd(2099, 1, 1));
    refused(&config, "tls.certificate_file", "begins on");
}

#[test]
fn a_certificate_that_ends_soon_or_is_for_another_is_doubted() {
    let soon = time::OffsetDateTime::from_unix_timestamp(now().seconds() + 13 * 86_400).unwrap();
    let (_folder, config) = with(|parameters| parameters.not_after = soon);
    doubted(&config, "tls.certificate_file", "ends in 12 day(s)");
    let (_folder, mut config, _) = place();
    config.server.public_url = "https://other.example.test".parse().unwrap();
    doubted(&config, "tls.certificate_file", "is not for other.example.test");
    let (folder, config, _) = place();
    use_mode(&files(folder.path()).1, 0o644);
    doubted(&config, "tls.key_file", "chmod o=");
}

/// PKCS#8, and what older tools write: PKCS#1 of RSA, SEC1 of elliptic curves.
#[tokio::test]
async fn keys_are_read_in_every_usual_form() {
    for make in [
        "openssl genrsa -traditional -out privkey.pem 2048",
        "openssl genrsa -out privkey.pem 2048",
        "openssl ecparam -name prime256v1 -genkey -noout -out privkey.pem",
        "openssl ecparam -name secp384r1 -genkey -noout -out privkey.pem",
        "openssl genpkey -algorithm ed25519 -out privkey.pem",
    ] {
        let (folder, config, _) = place();
        let issue = format!(
            "{make} && openssl req -x509 -key privkey.pem -days 30 -subj /CN=x -addext subjectAltName=DNS:{HOST} \
             -addext basicConstraints=CA:FALSE -out fullchain.pem"
        );
        let output = Command::new("sh").args(["-c", &issue]).current_dir(folder.path()).output().await.unwrap();
        assert!(output.status.success(), "{make}: {}", String::from_utf8_lossy(&output.stderr));
        assert!(Tls::open(&config, now()).is_ok(), "{make}: {:?}", findings(&config, now()));
    }
}

/// `config check`, `doctor` and the start see the files too.
#[tokio::test]
async fn commands_and_the_start_name_the_file() {
    let installation = bare(SetUp::Sqlite).await.with("server.public_url", "https://id.example.test");
    let folder = installation.folder();
    let (chain, key) = files(&folder);
    let installation = installation.with("tls.certificate_file", &chain.display().to_string());
    let installation = installation.with("tls.key_file", &key.display().to_string());
    for command in [&["config", "check"][..], &["serve"]] {
        let (code, answer) = installation.refused(command).await;
        assert_eq!(code, 3, "{answer}");
        let detail = &answer["error"]["details"][0];
        assert_eq!(detail["at"], "tls.certificate_file", "{answer}");
        assert!(detail["message"].as_str().unwrap().contains("fullchain.pem cannot be read"), "{answer}");
    }
    Authority::new().issue_with(&KeyPair::generate().unwrap(), |_| {}).write(&folder);
    use_mode(&key, 0o600);
    let found = installation.command(&["config", "check"]).await;
    assert!(!found.to_string().contains("tls."), "{found}");
}
