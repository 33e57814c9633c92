//! Whose certificates are believed.

use std::net::SocketAddr;
use std::path::PathBuf;

use tessera::config;
use tessera::outgoing::{Fetched, OnBehalf, Outgoing, OutgoingError, Resolver, StartError};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::{get, opened};
use crate::ephemeral::tls::certificates;
use crate::support::receiver::{Receiver, json};

fn with_authority(ca_file: Option<PathBuf>) -> config::Outgoing {
    config::Outgoing { ca_file, ..opened(&["127.0.0.1:*"]) }
}

/// A GET over TLS, at 127.0.0.1 whatever the host's name.
async fn over_tls(address: SocketAddr, host: &str, ca_file: Option<PathBuf>) -> Result<Fetched, OutgoingError> {
    let resolver = Resolver::table(move |_| Ok(vec![address.ip()]));
    let outgoing = Outgoing::new(&with_authority(ca_file), resolver).unwrap();
    get(&outgoing, &format!("https://{host}:{}/", address.port()), OnBehalf::Operator).await
}

#[tokio::test]
async fn a_certificate_is_believed_of_an_authority_that_is_known_for_its_own_host() {
    let (folder, stranger) = (certificates().await, certificates().await);
    let receiver = Receiver::with_tls(folder.path(), json("{}")).await;
    let authority = Some(folder.path().join("ca.pem"));

    let fetched = over_tls(receiver.address, "localhost", authority.clone()).await.unwrap();
    assert_eq!(&fetched.body[..], b"{}");
    let refused = [
        ("the system's authorities did not sign it", over_tls(receiver.address, "localhost", None).await),
        ("nor did another one", over_tls(receiver.address, "localhost", Some(stranger.path().join("ca.pem"))).await),
        ("it is another host's", over_tls(receiver.address, "app.example.com", authority.clone()).await),
        ("nor is it the address's", over_tls(receiver.address, "127.0.0.1", authority).await),
    ];
    for (why, refused) in refused {
        assert!(matches!(refused, Err(OutgoingError::Tls { .. })), "{why}: {refused:?}");
    }
    assert_eq!(receiver.requests().len(), 1, "nothing was sent to whoever was not believed");
}

#[tokio::test]
async fn who_does_not_speak_tls_is_not_asked_in_plain() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let heard = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n{}").await.unwrap();
        let mut heard = Vec::new();
        // The other end may close it in any way.
        let _ = stream.read_to_end(&mut heard).await;
        heard
    });
    let refused = over_tls(address, "localhost", None).await;
    assert!(matches!(refused, Err(OutgoingError::Tls { .. })), "{refused:?}");
    assert!(!String::from_utf8_lossy(&heard.await.unwrap()).contains("GET"));
}

#[test]
fn a_file_of_authorities_that_is_none_is_told_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ca.pem");
    let start = || Outgoing::new(&with_authority(Some(path.clone())), Resolver::system()).unwrap_err();
    assert!(matches!(start(), StartError::File { .. }));
    for text in ["", "no certificate", "-----BEGIN CERTIFICATE-----\nbm8=\n-----END CERTIFICATE-----\n"] {
        std::fs::write(&path, text).unwrap();
        let said = start();
        assert!(matches!(said, StartError::Authority(_)), "{text}: {said}");
    }
}
