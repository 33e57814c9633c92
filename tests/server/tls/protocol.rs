//! What is agreed on: versions, suites, protocols; and who does not agree on anything.

use std::time::Duration;

use rustls::crypto::CryptoProvider;
use rustls::crypto::ring::{self, cipher_suite};
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, ProtocolVersion};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::site::{SOON, Site};

/// protocol.md, FAPI 2.0: TLS 1.2 only with ECDHE and AES-GCM; 1.3 preferred.
#[tokio::test]
async fn tls_1_3_is_preferred_and_1_2_has_aes_gcm_alone() {
    let site = Site::new(&[]).await;
    let version = async |versions| {
        let stream = site.tls(site.speaking(versions, &["h2"])).await.unwrap();
        stream.get_ref().1.protocol_version().unwrap()
    };
    assert_eq!(version(rustls::ALL_VERSIONS).await, ProtocolVersion::TLSv1_3);
    assert_eq!(version(&[&TLS12]).await, ProtocolVersion::TLSv1_2);
    let chacha = CryptoProvider {
        cipher_suites: vec![
            cipher_suite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
            cipher_suite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
        ],
        ..ring::default_provider()
    };
    let config = ClientConfig::builder_with_provider(chacha.into()).with_protocol_versions(&[&TLS12]).unwrap();
    let config = config.with_root_certificates(site.authority.roots()).with_no_client_auth();
    let refused = site.tls(config).await.unwrap_err();
    assert!(refused.to_string().contains("HandshakeFailure"), "{refused}");
}

/// RFC 8996: TLS 1.1 is over. The client's first message, by hand, as no library offers it any more.
#[tokio::test]
async fn tls_1_1_is_refused() {
    let site = Site::new(&[]).await;
    let mut hello = vec![3, 2];
    hello.extend([7; 32]);
    // No session; TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA and TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA; no compression.
    hello.extend([0, 0, 4, 0xc0, 0x09, 0xc0, 0x13, 1, 0]);
    // supported_groups: P-256; signature_algorithms: ecdsa_secp256r1_sha256.
    hello.extend([0, 16, 0, 10, 0, 4, 0, 2, 0, 23, 0, 13, 0, 4, 0, 2, 4, 3]);
    let length = u8::try_from(hello.len()).unwrap();
    let record = [&[22, 3, 1, 0, length + 4, 1, 0, 0, length], &hello[..]].concat();
    let mut stream = site.tcp().await;
    stream.write_all(&record).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    // An alert (21), fatal (2): protocol_version (70), RFC 8446 §6.
    assert_eq!((answer[0], &answer[5..]), (21, &[2, 70][..]), "{answer:?}");
}

/// RFC 7301: HTTP/2 where the client knows it, HTTP/1.1 where it does not or says nothing, and nobody else's protocol.
#[tokio::test]
async fn the_protocol_is_agreed_on() {
    let site = Site::new(&[]).await;
    for (offered, agreed) in [
        (&["h2", "http/1.1"][..], Some("h2")),
        (&["http/1.1", "h2"], Some("h2")),
        (&["http/1.1"], Some("http/1.1")),
        (&[], None),
    ] {
        let stream = site.tls(site.speaking(&[&TLS13], offered)).await.unwrap();
        let protocol = stream.get_ref().1.alpn_protocol().map(|name| String::from_utf8_lossy(name).into_owned());
        assert_eq!(protocol.as_deref(), agreed, "{offered:?}");
    }
    let refused = site.tls(site.speaking(&[&TLS13], &["acme-tls/1"])).await.unwrap_err();
    assert!(refused.to_string().contains("NoApplicationProtocol"), "{refused}");
    let mut old = site.tls(site.speaking(&[&TLS12], &[])).await.unwrap();
    let request = format!("GET /healthz HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n", site.host());
    old.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    old.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
}

/// More than any library lets shake hands at a time, on the only worker: others come in, and those are sent away.
#[tokio::test]
async fn half_open_handshakes_keep_nobody_out_and_end() {
    let site = Site::new(&[("server.workers", "1"), ("server.request_timeout", "3s")]).await;
    let mut half_open = Vec::new();
    for number in 0..600 {
        let mut stream = site.tcp().await;
        if number % 2 == 0 {
            // The head of a record that never comes.
            stream.write_all(&[22, 3, 1, 2, 0, 1]).await.unwrap();
        }
        half_open.push(stream);
    }
    let answer = site.http().get(site.url("/healthz")).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    for stream in &mut half_open {
        let read = tokio::time::timeout(SOON, stream.read(&mut [0])).await.expect("it is sent away");
        assert!(matches!(read, Ok(0) | Err(_)));
    }
}

/// Who types the address without its s gets a line that says so.
#[tokio::test]
async fn plain_http_is_answered_with_the_address() {
    let site = Site::new(&[]).await;
    let mut stream = site.tcp().await;
    stream.write_all(b"GET / HTTP/1.1\r\nhost: id.example.test\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    tokio::time::timeout(Duration::from_secs(5), stream.read_to_string(&mut answer)).await.unwrap().unwrap();
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    assert!(answer.contains(&format!("This is https: https://{}", site.host())), "{answer}");
}
