//! Bodies as they come over a connection: in pieces, of a length that is told or not (security.md "Input").

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::faults::site::installed;
use crate::oauth::world::{SECRET, basic};
use crate::support::database::SetUp;
use crate::support::server::Server;

/// Sends a request to the token endpoint with these headers and this body; the answer's status.
async fn status(server: &Server, headers: &str, body: &[u8]) -> u16 {
    let mut connection = TcpStream::connect(server.url().trim_start_matches("http://")).await.unwrap();
    let head = format!(
        "POST /oauth2/token HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nauthorization: {}\r\n\
         content-type: application/x-www-form-urlencoded\r\n{headers}\r\n\r\n",
        basic("web", SECRET)
    );
    connection.write_all(head.as_bytes()).await.unwrap();
    // A server that refuses may close before all of it is sent.
    let _ = connection.write_all(body).await;
    let mut answer = Vec::new();
    let _ = connection.read_to_end(&mut answer).await;
    let text = String::from_utf8_lossy(&answer).into_owned();
    text.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_else(|| panic!("no answer: {text}"))
}

/// In pieces of `size` bytes (RFC 9112 §7.1).
fn chunked(body: &str, size: usize) -> Vec<u8> {
    let pieces = body.as_bytes().chunks(size);
    let each = pieces.map(|piece| [format!("{:x}\r\n", piece.len()).as_bytes(), piece, b"\r\n"].concat());
    [each.collect::<Vec<_>>().concat(), b"0\r\n\r\n".to_vec()].concat()
}

#[tokio::test]
async fn a_body_is_read_whole_and_bounded_however_it_comes() {
    let installation = installed(SetUp::Sqlite).await;
    let server = installation.start().await;
    let form = "client_id=web&grant_type=client_credentials".to_owned();
    let told = |body: &str| format!("content-length: {}", body.len());
    assert_eq!(status(&server, &told(&form), form.as_bytes()).await, 200);
    for size in [1, 7, form.len() - 1, form.len()] {
        assert_eq!(status(&server, "transfer-encoding: chunked", &chunked(&form, size)).await, 200, "{size}");
    }
    assert_eq!(status(&server, "content-length: 0", b"").await, 400);
    assert_eq!(status(&server, "transfer-encoding: chunked", &chunked("", 1)).await, 400);

    let limit = 64 * 1024;
    let padded = |length: usize| format!("{form}&padding={}", "x".repeat(length - form.len() - "&padding=".len()));
    let (just, more) = (padded(limit), padded(limit + 1));
    assert_eq!(status(&server, &told(&just), just.as_bytes()).await, 200);
    assert_eq!(status(&server, &told(&more), b"").await, 413, "it is not waited for");
    for size in [1000, limit, limit + 1] {
        assert_eq!(status(&server, "transfer-encoding: chunked", &chunked(&just, size)).await, 200, "{size}");
        assert_eq!(status(&server, "transfer-encoding: chunked", &chunked(&more, size)).await, 413, "{size}");
    }
}
