//! What goes out, what comes back, and what of it is taken.

use std::time::Duration;

use tessera::config::Period;
use tessera::outgoing::{Fetched, Get, OnBehalf, Outgoing, OutgoingError, Post, Resolver};
use url::Url;

use super::{JSON, MAX_BYTES, get, opened, outgoing};
use crate::support::receiver::{Behaviour, Receiver, answer, json};

/// What a receiver's behaviour makes of a GET.
async fn fetched(behaviour: Behaviour) -> Result<Fetched, OutgoingError> {
    let receiver = Receiver::start(behaviour).await;
    get(&outgoing(&[&receiver.opening()]), &receiver.url("/"), OnBehalf::Operator).await
}

#[tokio::test]
async fn a_document_is_fetched_with_what_its_head_says() {
    let fields = "Content-Type: Application/JSON; charset=utf-8\r\ncache-control: public, max-age=300\r\n";
    let receiver = Receiver::start(answer("200 OK", fields, r#"{"keys":[]}"#)).await;
    let outgoing = outgoing(&[&receiver.opening()]);
    let url = Url::parse(&receiver.url("/a%20b/jwks?x=1&y=%2F#here")).unwrap();
    let accept = &["application/jwk-set+json", "application/json"];
    let wanted = Get { url: &url, on_behalf: OnBehalf::Operator, accept, max_bytes: MAX_BYTES };
    let fetched = outgoing.get(&wanted).await.unwrap();
    assert_eq!((fetched.status, fetched.media_type.as_str()), (200, "application/json"));
    assert_eq!((&fetched.body[..], fetched.fresh_for), (&br#"{"keys":[]}"#[..], Some(Duration::from_mins(5))));
    let expected = format!(
        "GET /a%20b/jwks?x=1&y=%2F HTTP/1.1\r\nhost: {}\r\nuser-agent: Tessera\r\nconnection: close\r\n\
         accept: application/jwk-set+json, application/json\r\n\r\n",
        receiver.address
    );
    assert_eq!(receiver.requests(), [expected]);
}

/// RFC 9111 §5.2.2, as far as it concerns us.
#[tokio::test]
async fn freshness_is_what_cache_control_says() {
    let cases = [
        ("", None),
        ("cache-control: max-age=60\r\n", Some(60)),
        ("cache-control: private\r\ncache-control: Max-Age=\"60\"\r\n", Some(60)),
        ("cache-control: max-age=60, no-store\r\n", Some(0)),
        ("cache-control: no-cache=\"set-cookie\", max-age=60\r\n", Some(0)),
        ("cache-control: max-age=-1\r\n", None),
        ("cache-control: max-age=soon\r\n", None),
    ];
    for (fields, seconds) in cases {
        let answer = answer("200 OK", &format!("content-type: application/json\r\n{fields}"), "{}");
        assert_eq!(fetched(answer).await.unwrap().fresh_for, seconds.map(Duration::from_secs), "{fields}");
    }
}

#[tokio::test]
async fn a_form_is_posted_and_any_success_takes_it() {
    for (status, code) in [("200 OK", 200), ("202 Accepted", 202), ("204 No Content", 204)] {
        let receiver = Receiver::start(answer(status, "", "")).await;
        let outgoing = outgoing(&[&receiver.opening()]);
        let url = Url::parse(&receiver.url("/logout")).unwrap();
        let post = Post::form(&url, OnBehalf::Operator, &[("logout_token", "a b&c"), ("x", "é")]);
        assert_eq!(outgoing.post(post).await.unwrap().status, code);
        let requests = receiver.requests();
        assert!(requests[0].starts_with("POST /logout HTTP/1.1\r\n"), "{requests:?}");
        assert!(requests[0].contains("\r\ncontent-type: application/x-www-form-urlencoded\r\n"), "{requests:?}");
        assert!(requests[0].ends_with("\r\n\r\nlogout_token=a+b%26c&x=%C3%A9"), "{requests:?}");
    }
}

#[tokio::test]
async fn what_was_posted_is_not_taken_by_other_answers() {
    for (status, expected) in [("400 Bad Request", Some(400)), ("500 Oops", Some(500)), ("303 See Other", None)] {
        let receiver = Receiver::start(answer(status, "location: /\r\n", "no")).await;
        let outgoing = outgoing(&[&receiver.opening()]);
        let url = Url::parse(&receiver.url("/logout")).unwrap();
        let body = br#"{"event":1}"#;
        let post = Post {
            url: &url,
            on_behalf: OnBehalf::Operator,
            content_type: "application/json",
            body: body.as_slice().into(),
        };
        let refused = outgoing.post(post).await.unwrap_err();
        let host = receiver.address.to_string();
        let expected = expected
            .map_or(OutgoingError::Redirect { host: host.clone() }, |status| OutgoingError::Status { host, status });
        assert_eq!(refused, expected);
    }
}

#[tokio::test]
async fn a_document_comes_with_status_200_only() {
    for (status, code) in [("201 Created", 201), ("204 No Content", 204), ("404 Not Found", 404), ("503 Busy", 503)] {
        let refused = fetched(answer(status, "content-type: application/json\r\n", "")).await;
        assert!(matches!(refused, Err(OutgoingError::Status { status, .. }) if status == code), "{refused:?}");
    }
}

#[tokio::test]
async fn another_media_type_is_not_taken() {
    for field in ["", "content-type: text/html\r\n", "content-type: application/jsonx\r\n", "content-type: json\r\n"] {
        let refused = fetched(answer("200 OK", field, "{}")).await;
        assert!(matches!(refused, Err(OutgoingError::MediaType { .. })), "{field}: {refused:?}");
    }
}

/// security.md: size and total bytes bounded. Each of these would go on for ever, or for gigabytes.
#[tokio::test]
async fn an_answer_that_is_too_large_is_dropped() {
    let endless = [
        // Announced, unannounced, in chunks, in tiny chunks.
        Behaviour::Flood(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 99999999999\r\n\r\n",
            "xxxxxxxxxxxxxxxx",
        ),
        Behaviour::Flood("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n", "xxxxxxxxxxxxxxxx"),
        Behaviour::Flood(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n",
            "8\r\nxxxxxxxx\r\n",
        ),
        Behaviour::Flood(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n",
            "1\r\nx\r\n",
        ),
        // An answer that never begins.
        Behaviour::Flood("", "HTTP/1.1 102 Processing\r\n\r\n"),
    ];
    for behaviour in endless {
        let refused = fetched(behaviour).await;
        assert!(matches!(refused, Err(OutgoingError::TooLarge { .. })), "{refused:?}");
    }
    let most = json(&"x".repeat(MAX_BYTES));
    assert_eq!(fetched(most).await.unwrap().body.len(), MAX_BYTES);
    let more = json(&"x".repeat(MAX_BYTES + 1));
    assert!(matches!(fetched(more).await, Err(OutgoingError::TooLarge { .. })));
}

#[tokio::test]
async fn what_is_not_http_or_ends_too_early_is_broken() {
    let broken = [
        Behaviour::Answer(Vec::new()),
        Behaviour::Answer(b"SSH-2.0-OpenSSH_9.9\r\n".to_vec()),
        Behaviour::Answer(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{}".to_vec()),
        Behaviour::Answer(
            b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n".to_vec(),
        ),
        Behaviour::Flood("HTTP/1.1 200 OK\r\n", "a: b\r\n"),
    ];
    for behaviour in broken {
        let refused = fetched(behaviour).await;
        assert!(matches!(refused, Err(OutgoingError::Broken { .. })), "{refused:?}");
    }
}

/// security.md: time bounded - before the head, within it, and within the body.
#[tokio::test]
async fn a_receiver_that_is_too_slow_is_left() {
    let slow = [
        "",
        "HTTP/1.1 200 OK\r\ncontent-type: appl",
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{",
    ];
    for sent in slow {
        let receiver = Receiver::start(Behaviour::Hang(sent)).await;
        let mut config = opened(&[&receiver.opening()]);
        config.timeout = Period::millis(200);
        let outgoing = Outgoing::new(&config, Resolver::system()).unwrap();
        let refused = get(&outgoing, &receiver.url("/"), OnBehalf::Operator).await;
        assert!(matches!(refused, Err(OutgoingError::TimedOut { .. })), "{sent}: {refused:?}");
        assert_eq!(receiver.requests().len(), 1);
    }
}

/// security.md: time bounded - before TLS too, where the connection is taken and the handshake never answered.
#[tokio::test]
async fn a_receiver_that_never_answers_the_handshake_is_left() {
    let receiver = Receiver::start(Behaviour::Hang("")).await;
    let mut config = opened(&["127.0.0.1:*"]);
    config.timeout = Period::millis(200);
    let outgoing = Outgoing::new(&config, Resolver::system()).unwrap();
    let url = format!("https://{}/", receiver.address);
    let asking = get(&outgoing, &url, OnBehalf::Operator);
    let refused = tokio::time::timeout(Duration::from_secs(20), asking).await.expect("it is left");
    assert!(matches!(refused, Err(OutgoingError::TimedOut { .. })), "{refused:?}");
    assert_eq!(receiver.connections().await, 1, "the connection was taken");
}

/// What is said of a failure names the host, not what stood in the URL.
#[tokio::test]
async fn no_error_repeats_the_path_or_the_query() {
    let receiver = Receiver::start(answer("404 Not Found", "", "canary")).await;
    let outgoing = outgoing(&[&receiver.opening()]);
    let url = Url::parse(&receiver.url("/canary?token=canary#canary")).unwrap();
    let wanted = Get { url: &url, on_behalf: OnBehalf::Operator, accept: JSON, max_bytes: MAX_BYTES };
    let said = outgoing.get(&wanted).await.unwrap_err();
    assert!(!format!("{said} {said:?} {}", said.advice()).contains("canary"), "{said:?}");
    assert!(said.to_string().contains(&receiver.address.to_string()), "{said}");
}
