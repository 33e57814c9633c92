//! A browser: it keeps cookies by host, follows redirects when told to, and sends forms back with what their pages hid in them.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use actix_web::cookie::Cookie;
use actix_web::http::header;
use actix_web::test::TestRequest;

use super::app::{Answer, PASSWORD, Send};

/// A browser at one realm.
#[derive(Clone)]
pub(crate) struct Browser {
    send: Send,
    scheme: &'static str,
    host: String,
    base: String,
    peer: SocketAddr,
    cookies: RefCell<BTreeMap<(String, String), String>>,
    csrf: RefCell<String>,
}

impl Browser {
    pub(crate) fn new(send: Send) -> Self {
        Self {
            send,
            scheme: "http",
            host: "localhost:8080".to_owned(),
            base: String::new(),
            peer: SocketAddr::from(([192, 0, 2, 1], 40_000)),
            cookies: RefCell::default(),
            csrf: RefCell::default(),
        }
    }

    /// The same browser, its cookies too, at the realm below this path.
    pub(crate) fn below(self, base: &str) -> Self {
        Self { base: base.to_owned(), csrf: RefCell::default(), ..self }
    }

    /// The same browser at another host name.
    pub(crate) fn at_host(self, host: &str) -> Self {
        Self { host: host.to_owned(), csrf: RefCell::default(), ..self }
    }

    /// The same browser where addresses are https.
    pub(crate) fn over_tls(self) -> Self {
        Self { scheme: "https", ..self }
    }

    /// The same browser, its cookies too, by the way that `other` takes: to a server that has started again.
    pub(crate) fn through(self, other: &Self) -> Self {
        Self { send: other.send.clone(), ..self }
    }

    /// The same browser behind another address.
    pub(crate) fn from(self, peer: impl Into<IpAddr>) -> Self {
        Self { peer: SocketAddr::new(peer.into(), 40_000), ..self }
    }

    /// The path of its realm.
    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    /// Opens a page of the realm.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.exchange(TestRequest::get(), &format!("{}{path}", self.base)).await
    }

    /// Goes to where an answer leads, until a page is reached, or another site.
    pub(crate) async fn follow(&self, answer: Answer) -> Answer {
        let mut answer = answer;
        for _ in 0..10 {
            let local = answer.header("location").filter(|location| location.starts_with('/'));
            let Some(location) = local.map(str::to_owned) else { return answer };
            answer = self.exchange(TestRequest::get(), &location).await;
        }
        panic!("the browser is sent in circles: {:?}", answer.header("location"));
    }

    /// Sends a form of a page that this browser has seen, with the token of that page.
    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        if self.csrf.borrow().is_empty() {
            self.get("/login?step=identifier-password").await;
        }
        let csrf = self.csrf.borrow().clone();
        let with_token: Vec<_> = std::iter::once(("csrf", csrf.as_str())).chain(fields.iter().copied()).collect();
        self.post_as(path, &with_token, Some("http://localhost:8080")).await
    }

    /// Sends a form as it is, with the origin that the browser names.
    pub(crate) async fn post_as(&self, path: &str, fields: &[(&str, &str)], origin: Option<&str>) -> Answer {
        let mut request = TestRequest::post().set_form(fields);
        if let Some(origin) = origin {
            let here = format!("{}://{}", self.scheme, self.host);
            let own =
                if origin == "http://localhost:8080" { here } else { origin.replace("localhost:8080", &self.host) };
            request = request.insert_header((header::ORIGIN, own));
        }
        self.exchange(request, &format!("{}{path}", self.base)).await
    }

    /// Sends a form with the origin that is named, to the letter.
    pub(crate) async fn post_raw(&self, path: &str, fields: &[(&str, &str)], origin: &str) -> Answer {
        let request = TestRequest::post().set_form(fields).insert_header((header::ORIGIN, origin));
        self.exchange(request, &format!("{}{path}", self.base)).await
    }

    /// Signs in with [`PASSWORD`].
    pub(crate) async fn sign_in(&self, email: &str) -> Answer {
        self.post("/login", &[("identifier", email), ("password", PASSWORD)]).await
    }

    /// The value of a cookie of the host whose name begins so.
    pub(crate) fn cookie(&self, beginning: &str) -> Option<String> {
        let cookies = self.cookies.borrow();
        cookies
            .iter()
            .find(|((host, name), _)| *host == self.host && name.starts_with(beginning))
            .map(|(_, v)| v.clone())
    }

    /// The cookies of the host whose names begin so.
    pub(crate) fn cookies_named(&self, beginning: &str) -> Vec<(String, String)> {
        let cookies = self.cookies.borrow();
        let own = cookies.iter().filter(|((host, name), _)| *host == self.host && name.starts_with(beginning));
        own.map(|((_, name), value)| (name.clone(), value.clone())).collect()
    }

    async fn exchange(&self, request: TestRequest, target: &str) -> Answer {
        let accept = (header::ACCEPT, "text/html,application/xhtml+xml,*/*;q=0.8");
        let host = (header::HOST, self.host.clone());
        let mut request = request.uri(target).insert_header(host).insert_header(accept).peer_addr(self.peer);
        for ((host, name), value) in self.cookies.borrow().iter() {
            if *host == self.host {
                request = request.cookie(Cookie::new(name.clone(), value.clone()));
            }
        }
        let answer = (self.send)(request).await;
        for set in answer.headers.get_all(header::SET_COOKIE) {
            let cookie = Cookie::parse(set.to_str().unwrap().to_owned()).unwrap();
            let key = (self.host.clone(), cookie.name().to_owned());
            if cookie.max_age().is_some_and(actix_web::cookie::time::SignedDuration::is_zero) {
                self.cookies.borrow_mut().remove(&key);
            } else {
                self.cookies.borrow_mut().insert(key, cookie.value().to_owned());
            }
        }
        if let Some(csrf) = answer.value("csrf") {
            self.csrf.replace(csrf);
        }
        answer
    }
}
