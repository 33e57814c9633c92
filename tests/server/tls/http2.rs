//! HTTP/2: the application behind it, its bounds, and its end.

use http::Method;
use openidconnect::reqwest::Version;
use serde_json::Value;

use super::authority::HOST;
use super::site::{SOON, Sender, Site};
use crate::faults::site::Visitor;
use crate::support::eventually;

async fn issuer(http: &reqwest::Client, origin: &str, below: &str) -> Value {
    let document = format!("https://{origin}{below}/.well-known/openid-configuration");
    let answer = http.get(document).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.version()), (200, Version::HTTP_2));
    serde_json::from_str::<Value>(&answer.text().await.unwrap()).unwrap()["issuer"].clone()
}

/// HTTP/2 has no `Host`: the realm goes by `:authority` (RFC 9113 §8.3.1), for host names of realms too.
#[tokio::test]
async fn the_realm_is_found_by_the_authority() {
    let site = Site::with_users().await;
    let http = site.http();
    assert_eq!(issuer(&http, &site.host(), "").await, format!("https://{}", site.host()));
    assert_eq!(issuer(&http, &site.tenant(), "").await, format!("https://{}", site.tenant()));
    let page = http.get(format!("https://{}/login", site.tenant())).send().await.unwrap();
    assert_eq!(page.status(), 200);
    assert!(page.text().await.unwrap().contains("Tenant"));
}

/// Row by row what https brings: `__Host-` cookies, Secure, HSTS, https redirects and issuer; over both versions of HTTP.
#[tokio::test]
async fn a_sign_in_ends_with_tokens_over_http_2_and_1_1() {
    let site = Site::with_users().await;
    for http in [site.http(), site.builder().http1_only().build().unwrap()] {
        let visitor = Visitor::over_tls(&http, &site.host());
        let browser = visitor.browser().over_tls();
        let answer = browser.sign_in(crate::oauth::world::EMAIL).await;
        assert_eq!(answer.location(), "/account", "{}", answer.text());
        let cookies: Vec<_> =
            answer.headers.get_all("set-cookie").map(|cookie| cookie.to_str().unwrap().to_owned()).collect();
        assert!(!cookies.is_empty());
        for cookie in &cookies {
            assert!(cookie.starts_with("__Host-tessera_") && cookie.contains("; Secure"), "{cookie}");
            assert!(cookie.contains("; Path=/") && !cookie.contains("Domain"), "{cookie}");
        }
        assert!(answer.header("strict-transport-security").unwrap().starts_with("max-age=63072000"));
        let tokens = visitor.tokens(&browser).await;
        let access = tokens["access_token"].as_str().unwrap();
        let userinfo = http.get(site.url("/oauth2/userinfo")).bearer_auth(access).send().await.unwrap();
        assert_eq!(userinfo.status(), 200);
        assert!(userinfo.headers().contains_key("date"));
    }
}

/// RFC 9113 §8.2.3: a client may send each cookie in a field of its own.
#[tokio::test]
async fn cookies_in_several_fields_are_all_seen() {
    let site = Site::with_users().await;
    let http = site.http();
    let visitor = Visitor::over_tls(&http, &site.host());
    let browser = visitor.browser().over_tls();
    browser.sign_in(crate::oauth::world::EMAIL).await;
    let (mut sender, connection) = site.h2().await;
    let connection = tokio::spawn(connection);
    let mut request = site.request(Method::GET, "/account").header("cookie", "first=1");
    for name in ["__Host-tessera_browser", "__Host-tessera_session"] {
        let realm = browser.cookies_named(name);
        for (name, value) in realm {
            request = request.header("cookie", format!("{name}={value}"));
        }
    }
    let (answer, _) = sender.send_request(request.body(()).unwrap(), true).unwrap();
    assert_eq!(answer.await.unwrap().status(), 200);
    connection.abort();
}

/// RFC 9113 §8.3.1: a `Host` that names another than `:authority` makes the request malformed; so does a user's name.
#[tokio::test]
async fn a_host_that_is_not_the_authority_is_refused() {
    let site = Site::new(&[]).await;
    let (mut sender, connection) = site.h2().await;
    let connection = tokio::spawn(connection);
    let ask = site.request(Method::GET, "/healthz");
    for (host, status) in
        [(site.host(), 200), (HOST.to_uppercase() + &site.host()[HOST.len()..], 200), (site.tenant(), 400)]
    {
        let request = site.request(Method::GET, "/healthz").header("host", host.clone()).body(()).unwrap();
        let (answer, _) = sender.send_request(request, true).unwrap();
        assert_eq!(answer.await.unwrap().status(), status, "{host}");
    }
    let named = ask.uri(format!("https://ada@{}/healthz", site.host())).body(()).unwrap();
    let (answer, _) = sender.send_request(named, true).unwrap();
    assert_eq!(answer.await.unwrap().status(), 400);
    connection.abort();
}

/// A hundred requests at a time, 64 KiB of head, and nobody is told more: RFC 9113 §6.5.2.
#[tokio::test]
async fn a_connection_has_bounds() {
    let site = Site::new(&[]).await;
    let (mut sender, connection) = site.h2().await;
    let connection = tokio::spawn(connection);
    let (answer, _) = sender.send_request(site.request(Method::GET, "/healthz").body(()).unwrap(), true).unwrap();
    assert_eq!(answer.await.unwrap().status(), 200);
    assert_eq!(sender.current_max_send_streams(), 100);
    let long = "a".repeat(1000);
    let mut request = site.request(Method::GET, "/healthz");
    for number in 0..100 {
        request = request.header(format!("x-{number}"), &long);
    }
    let (answer, _) = sender.send_request(request.body(()).unwrap(), true).unwrap();
    assert!(answer.await.map_or(true, |answer| answer.status() == 431));
    connection.abort();
}

/// A body is bounded as in HTTP/1.1, and one that never ends too.
#[tokio::test]
async fn a_body_is_bounded_in_size_and_time() {
    let site = Site::new(&[("server.body_timeout", "2s")]).await;
    let (sender, connection) = site.h2().await;
    let connection = tokio::spawn(connection);
    let form = || {
        let request = site.request(Method::POST, "/oauth2/token");
        request.header("content-type", "application/x-www-form-urlencoded").body(()).unwrap()
    };
    let (answer, mut body) = sender.clone().ready().await.unwrap().send_request(form(), false).unwrap();
    body.send_data(vec![b'a'; 70 * 1024].into(), true).unwrap();
    assert_eq!(answer.await.unwrap().status(), 413);
    let (answer, _body) = sender.clone().ready().await.unwrap().send_request(form(), false).unwrap();
    assert_eq!(tokio::time::timeout(SOON, answer).await.unwrap().unwrap().status(), 408);
    connection.abort();
}

/// What is in flight is answered, the client is told to go (GOAWAY), and one that is idle does not hold up the end.
#[tokio::test]
async fn a_stop_drains_its_connections() {
    let mut site = Site::new(&[]).await;
    let (mut sender, connection) = site.h2().await;
    let connection = tokio::spawn(connection);
    let (_idle, idle) = site.h2().await;
    let idle = tokio::spawn(idle);
    let request = site.request(Method::POST, "/oauth2/token");
    let request = request.header("content-type", "application/x-www-form-urlencoded").body(()).unwrap();
    let (answer, mut body) = sender.send_request(request, false).unwrap();
    // A second one that is answered: the server has seen the first.
    let (seen, _) = sender.send_request(site.request(Method::GET, "/healthz").body(()).unwrap(), true).unwrap();
    assert_eq!(seen.await.unwrap().status(), 200);
    site.server.terminate().await;
    // That the client's own farewell finds the socket closed is no fault.
    let _ = tokio::time::timeout(SOON, idle).await.expect("the idle one is told to go").unwrap();
    eventually(SOON, async || sender.clone().ready().await.is_err().then_some(())).await;
    body.send_data("grant_type=client_credentials".into(), true).unwrap();
    assert_eq!(answer.await.unwrap().status(), 401);
    let _ = tokio::time::timeout(SOON, connection).await.expect("it is closed").unwrap();
    let ended = tokio::time::timeout(SOON, site.server.ended()).await.expect("the end is soon");
    assert!(ended.success(), "{}", site.server.log());
}

/// CVE-2023-44487: who asks and takes it back, again and again, is sent away, and the server goes on: at once where the server has
/// not even seen the requests, and after a thousand where it works on them.
#[tokio::test]
async fn rapid_resets_end_the_connection_alone() {
    let site = Site::new(&[]).await;
    let unseen = resets(&site, async |_| tokio::task::yield_now().await).await;
    assert!(unseen < 1000, "it was stopped after {unseen}");
    let seen = resets(&site, async |sender| {
        // Requests are taken in turn: when the second is answered, the first was begun.
        let after = site.request(Method::GET, "/healthz").body(()).unwrap();
        if let Ok((answer, _)) = sender.send_request(after, true) {
            let _ = answer.await;
        }
    });
    assert!((990..=1010).contains(&seen.await));
    let answer = site.http().get(site.url("/healthz")).send().await.unwrap();
    assert_eq!(answer.status(), 200);
}

/// How many requests a client may begin and take back, doing something in between, until its connection ends.
async fn resets(site: &Site, between: impl AsyncFn(&mut Sender)) -> usize {
    let (mut sender, connection) = site.h2().await;
    let connection = tokio::spawn(connection);
    let mut asked = 0;
    while asked < 10_000 {
        let Ok(ready) = sender.ready().await else { break };
        sender = ready;
        let request = site.request(Method::POST, "/oauth2/token");
        let request = request.header("content-type", "application/x-www-form-urlencoded").body(()).unwrap();
        let Ok((_, mut stream)) = sender.send_request(request, false) else { break };
        between(&mut sender).await;
        stream.send_reset(h2::Reason::CANCEL);
        tokio::task::yield_now().await;
        asked += 1;
    }
    connection.abort();
    asked
}
