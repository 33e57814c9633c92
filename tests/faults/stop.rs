//! SIGTERM: readiness first, what is in flight is answered, the end is good and soon; also in the middle of a start.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::site::{Visitor, bare, installed, refresh_token, refreshment};
use crate::support::database::SetUp;
use crate::support::eventually;
use crate::support::server::{Server, free_port};

const SOON: Duration = Duration::from_secs(20);

/// The head of a form that the server has begun to read: it has said so (RFC 9110 §10.1.1).
async fn begin(server: &Server, host: &str, body: &str) -> TcpStream {
    let mut connection = TcpStream::connect(server.url().trim_start_matches("http://")).await.unwrap();
    let head = format!(
        "POST /oauth2/token HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/x-www-form-urlencoded\r\n\
         content-length: {}\r\nexpect: 100-continue\r\n\r\n",
        body.len()
    );
    connection.write_all(head.as_bytes()).await.unwrap();
    let mut interim = [0; 25];
    connection.read_exact(&mut interim).await.unwrap();
    assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n");
    connection
}

async fn refuses(server: &Server) {
    let address = server.url().trim_start_matches("http://").to_owned();
    eventually(SOON, async || TcpStream::connect(&address).await.is_err().then_some(())).await;
}

#[tokio::test]
async fn a_request_in_flight_is_answered_before_the_end() {
    let installation = installed(SetUp::Sqlite).await;
    let mut server = installation.start().await;
    let visitor = Visitor::new(&installation, &server);
    let tokens = visitor.tokens(&visitor.signed_in().await).await;
    let old = refresh_token(&tokens);
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(refreshment(&old)).finish();
    let host = installation.url().trim_start_matches("http://").to_owned();
    let mut connection = begin(&server, &host, &body).await;
    server.terminate().await;
    refuses(&server).await;
    connection.write_all(body.as_bytes()).await.unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.contains("refresh_token"), "{answer}");
    assert!(tokio::time::timeout(SOON, server.ended()).await.expect("the end is soon").success(), "{}", server.log());
}

/// `server.shutdown_delay`: a load balancer sees that no more should come while what comes is still answered.
#[tokio::test]
async fn readiness_goes_first() {
    let installation = bare(SetUp::Sqlite).await.with("server.shutdown_delay", "1s");
    let mut server = installation.start().await;
    let visitor = Visitor::new(&installation, &server);
    assert_eq!(visitor.get("/readyz").await.status, 200);
    server.terminate().await;
    let answer =
        eventually(SOON, async || Some(visitor.get("/readyz").await).filter(|answer| answer.status == 503)).await;
    assert!(answer.text().contains("draining"), "{}", answer.text());
    assert_eq!(visitor.get("/oauth2/jwks").await.status, 200);
    assert!(server.ended().await.success());
}

/// Somebody who never sends the rest does not hold it up for ever: `server.shutdown_timeout`.
#[tokio::test]
async fn a_request_that_never_ends_does_not_hold_up_the_end() {
    let installation = bare(SetUp::Sqlite).await.with("server.shutdown_timeout", "1s");
    let mut server = installation.start().await;
    let host = installation.url().trim_start_matches("http://").to_owned();
    let _connection = begin(&server, &host, "never comes").await;
    server.terminate().await;
    assert!(tokio::time::timeout(SOON, server.ended()).await.expect("the end is soon").success(), "{}", server.log());
}

/// From the first line of its log on, and whatever it is about to make.
#[tokio::test]
async fn a_server_that_is_told_to_stop_while_it_starts_ends_well_and_starts_again() {
    let installation = bare(SetUp::Sqlite).await;
    for early in [true, false] {
        let mut server = installation.spawn(free_port(), &[("log.filter", "debug")]);
        if early {
            eventually(SOON, async || (!server.log().is_empty()).then_some(())).await;
        } else {
            server.told().await;
        }
        let status = server.stop().await;
        assert!(status.success(), "{status}: {}", server.log());
    }
    let mut server = installation.start().await;
    assert!(server.announced()["administrator_link"].is_string());
    assert!(server.stop().await.success());
}
