//! Requests of a test's browser over the network, to the real binary.

use std::rc::Rc;

use actix_web::FromRequest as _;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::test::TestRequest;
use actix_web::web::Bytes;
use openidconnect::reqwest;

use crate::support::app::{Answer, Send};

/// A client that follows no redirect and asks no proxy.
pub(super) fn client() -> reqwest::Client {
    builder().build().unwrap()
}

fn builder() -> reqwest::ClientBuilder {
    reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy()
}

/// Sends what browsers in process send, to the server at `base`.
pub(super) fn send(base: String) -> Send {
    send_by(client(), base)
}

/// The same over TLS, to a server whose certificate this authority signed.
pub(crate) fn send_over_tls(base: String, authority_pem: &[u8]) -> Send {
    let authority = reqwest::Certificate::from_pem(authority_pem).unwrap();
    send_by(builder().use_rustls_tls().add_root_certificate(authority).build().unwrap(), base)
}

fn send_by(client: reqwest::Client, base: String) -> Send {
    Rc::new(move |request| {
        let (client, base) = (client.clone(), base.clone());
        Box::pin(async move { answer(outgoing(&client, &base, request).await.send().await.unwrap()).await })
    })
}

async fn outgoing(client: &reqwest::Client, base: &str, request: TestRequest) -> reqwest::RequestBuilder {
    let (request, mut payload) = request.to_http_parts();
    let body = Bytes::from_request(&request, &mut payload).await.unwrap();
    let method = reqwest::Method::from_bytes(request.method().as_str().as_bytes()).unwrap();
    let mut outgoing = client.request(method, format!("{base}{}", request.uri())).body(body);
    for (name, value) in request.headers() {
        outgoing = outgoing.header(name.as_str(), value.as_bytes());
    }
    outgoing
}

async fn answer(response: reqwest::Response) -> Answer {
    let status = StatusCode::from_u16(response.status().as_u16()).unwrap();
    let mut headers = HeaderMap::new();
    for (name, value) in response.headers() {
        let name: HeaderName = name.as_str().parse().unwrap();
        headers.append(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    Answer { status, headers, body: response.bytes().await.unwrap() }
}
