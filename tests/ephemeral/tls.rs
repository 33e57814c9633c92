//! Redis over TLS, with a certificate authority of its own.

use std::path::Path;
use std::time::Duration;

use tempfile::TempDir;
use tessera::ephemeral::Home as _;
use tessera::ephemeral::redis::{Options, Redis};
use tokio::process::Command;

use crate::support::redis::{Server, options};

/// Runs the openssl program in `folder`.
async fn openssl(folder: &Path, arguments: &str) {
    let output = Command::new("openssl").current_dir(folder).args(arguments.split(' ')).output().await;
    let output = output.expect("the program openssl, to make a certificate authority for the test");
    assert!(output.status.success(), "openssl {arguments}: {}", String::from_utf8_lossy(&output.stderr));
}

/// `ca.pem`, and `server.pem` with `server.key` for localhost, signed by it.
pub(crate) async fn certificates() -> TempDir {
    const KEY: &str = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2";
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    openssl(path, &format!("req -x509 {KEY} -subj /CN=authority -keyout ca.key -out ca.pem")).await;
    let server = "-subj /CN=localhost -addext subjectAltName=DNS:localhost -addext basicConstraints=critical,CA:FALSE";
    openssl(path, &format!("req -x509 {KEY} {server} -CA ca.pem -CAkey ca.key -keyout server.key -out server.pem"))
        .await;
    folder
}

fn over_tls(server: &Server, host: &str, ca_pem: Option<Vec<u8>>) -> Options {
    let plain = options(&format!("rediss://{host}:{}/", server.port()));
    Options { ca_pem, connect_timeout: Duration::from_secs(5), response_timeout: Duration::from_secs(5), ..plain }
}

#[tokio::test]
async fn a_redis_is_reached_over_tls_by_the_authority_given_and_by_no_other() {
    let folder = certificates().await;
    let authority = std::fs::read(folder.path().join("ca.pem")).unwrap();
    let stranger = std::fs::read(certificates().await.path().join("ca.pem")).unwrap();
    let server = Server::start_with_tls(folder).await;
    let reaches = async |options: &Options| Redis::new(options).unwrap().ping().await;

    reaches(&over_tls(&server, "localhost", Some(authority.clone()))).await.unwrap();
    assert!(reaches(&over_tls(&server, "localhost", None)).await.is_err(), "the system's authorities did not sign it");
    assert!(reaches(&over_tls(&server, "localhost", Some(stranger))).await.is_err(), "nor did another one");
    let other_name = over_tls(&server, "127.0.0.1", Some(authority.clone()));
    assert!(reaches(&other_name).await.is_err(), "it is localhost's certificate");
    assert!(reaches(&server.options()).await.is_err(), "it does not speak without TLS");
}

#[tokio::test]
async fn what_is_no_certificate_is_a_fault() {
    let mut options = options("rediss://localhost:1/");
    options.ca_pem = Some(b"no certificate".to_vec());
    let made = Redis::new(&options);
    let reached = async { made?.ping().await };
    assert!(reached.await.is_err());
}
