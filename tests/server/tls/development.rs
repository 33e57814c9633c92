//! `--dev-tls`: a certificate for this machine alone.

use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use tempfile::TempDir;
use tessera::clock::Clock;
use tessera::config::{Config, Sources};
use tessera::server::tls::Tls;

use super::site::SOON;
use crate::faults::site::bare;
use crate::support::database::SetUp;
use crate::support::eventually;
use crate::support::server::free_port;

fn configured(flags: &[&str]) -> Config {
    let flags = flags.iter().map(|flag| (*flag).to_owned()).collect();
    Config::load(&Sources { flags, ..Sources::default() }).unwrap()
}

/// Zero configuration stays plain http on 8080; with the switch it is https, on a port of its own unless one is named.
#[test]
fn it_has_an_address_of_its_own_unless_one_is_set() {
    let addresses = |flags: &[&str]| {
        let config = configured(flags);
        (config.server.listen.to_string(), config.server.public_url.to_string())
    };
    let both = |listen: &str, url: &str| (listen.to_owned(), url.to_owned());
    let on = "tls.development=true";
    assert_eq!(addresses(&[]), both("127.0.0.1:8080", "http://localhost:8080"));
    assert_eq!(addresses(&[on]), both("127.0.0.1:8443", "https://localhost:8443"));
    assert_eq!(addresses(&[on, "server.listen=0.0.0.0:9000"]), both("0.0.0.0:9000", "https://localhost:9000"));
    let url = "server.public_url=https://id.localhost:9000/base";
    assert_eq!(addresses(&[on, url]), both("127.0.0.1:8443", "https://id.localhost:9000/base"));
}

fn in_folder(folder: &TempDir, url: &str) -> Config {
    let mut config = configured(&["tls.development=true", &format!("server.public_url={url}")]);
    config.server.data_dir = folder.path().join("data");
    config
}

/// It stays the same from start to start, so that who trusts it need not do so again, until it is near its end or for another.
#[test]
fn it_is_made_once_and_again_before_it_ends_or_for_another_name() {
    let folder = tempfile::tempdir().unwrap();
    let (day, now) = (Duration::from_hours(24), Clock::system().now());
    let made = |url: &str, now| Tls::open(&in_folder(&folder, url), now).unwrap().unwrap().pair().fingerprint();
    let first = made("https://localhost:8443", now);
    for same in ["https://localhost:8443", "https://127.0.0.1:8443", "https://[::1]:8443"] {
        assert_eq!(made(same, now + 20 * day), first, "{same}");
    }
    let second = made("https://localhost:8443", now + 24 * day);
    assert_ne!(second, first);
    let third = made("https://id.localhost", now + 24 * day);
    assert_ne!(third, second);
    assert_eq!(made("https://localhost:8443", now + 24 * day), third);
    let key = std::fs::metadata(folder.path().join("data/dev-key.pem")).unwrap();
    assert_eq!(key.permissions().mode() & 0o777, 0o600);
}

#[tokio::test]
async fn it_is_refused_where_others_come() {
    let installation = bare(SetUp::Sqlite).await.with("server.public_url", "https://id.example.com");
    let (code, answer) = installation.refused(&["serve", "--dev-tls"]).await;
    assert_eq!((code, &answer["error"]["details"][0]["at"]), (3, &"tls.development".into()), "{answer}");
    assert!(!installation.folder().join("data/dev-key.pem").exists());
}

/// The start tells it, clients that are given the file trust it, and healthcheck and doctor find the server well.
#[tokio::test]
async fn it_serves_this_machine() {
    let port = free_port();
    let url = format!("https://localhost:{port}");
    let installation = bare(SetUp::Sqlite).await.with("server.public_url", &url);
    let mut server = installation.spawn(port, &[("tls.development", "true")]);
    server.told().await;
    let certificate = std::fs::read(installation.folder().join("data/dev-certificate.pem")).unwrap();
    let told = &server.announced()["certificate"];
    assert_eq!(told["file"], "./data/dev-certificate.pem");
    assert_eq!(told["sha256"].as_str().unwrap().len(), 32 * 3 - 1);
    let own = reqwest::Certificate::from_pem(&certificate).unwrap();
    let http = reqwest::Client::builder().use_rustls_tls().add_root_certificate(own).no_proxy().build().unwrap();
    let ready = async || http.get(format!("{url}/readyz")).send().await.ok().filter(|answer| answer.status() == 200);
    let answer = eventually(SOON, ready).await;
    assert!(!answer.headers().contains_key("strict-transport-security"), "localhost is not ours alone");
    let listen = format!("server.listen=127.0.0.1:{port}");
    installation.command(&["healthcheck", "--ready", "--dev-tls", "--set", &listen]).await;
    let doctor = installation.command(&["doctor", "--dev-tls", "--set", &listen]).await;
    for name in ["certificate", "public URL"] {
        let check = doctor["checks"].as_array().unwrap().iter().find(|check| check["name"] == name).unwrap();
        assert_eq!(check["state"], "ok", "{check}");
    }
}
