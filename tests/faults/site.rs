//! An installation with a user and two applications, and whoever talks to its servers over HTTP.

use std::rc::Rc;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::test::TestRequest;
use actix_web::web::Bytes;
use openidconnect::reqwest::{self, Client, Method, redirect};
use serde_json::Value;

use crate::oauth::world::{Asking, EMAIL, REDIRECT_URI, SECRET, basic, came, redemption};
use crate::support::app::{Answer, PASSWORD, Send};
use crate::support::browser::Browser;
use crate::support::database::SetUp;
use crate::support::server::{Installation, Server};

/// Settings under which a test may do as much as it likes, and be as slow as it is.
const GENEROUS: [(&str, &str); 5] = [
    // Fewer keys are made faster; RS256 there must be.
    ("keys.algorithms", "RS256,ES256"),
    ("limits.authorize", "100000 per 1m"),
    ("limits.token_failures", "100000 per 1m"),
    ("limits.sign_in", "100000 per 1m"),
    ("tokens.refresh_retry_window", "5m"),
];

/// Nothing but the settings.
pub(crate) async fn bare(set_up: SetUp) -> Installation {
    let installation = Installation::new(set_up).await;
    GENEROUS.iter().fold(installation, |installation, (key, value)| installation.with(key, value))
}

/// Makes the database, the user, the public application `spa` and the confidential application `web`; nobody is asked for consent.
pub(crate) async fn populate(installation: &Installation) {
    installation.command(&["db", "create"]).await;
    installation.command_with(&["user", "create", "--email", EMAIL], PASSWORD).await;
    let own = ["--first-party", "--skip-consent", "--redirect-uri", REDIRECT_URI, "--grant-type", "authorization_code"];
    let application = ["--grant-type", "refresh_token", "--client-id"];
    let spa = [&["client", "create", "--public"], &own[..], &application, &["spa"]].concat();
    installation.command(&spa).await;
    std::fs::write(installation.folder().join("secret"), SECRET).unwrap();
    let service = ["--grant-type", "client_credentials", "--secret-file", "secret"];
    let web = [&["client", "create"], &own[..], &service, &application, &["web"]].concat();
    installation.command(&web).await;
}

/// Settings, database, user and applications.
pub(crate) async fn installed(set_up: SetUp) -> Installation {
    let installation = bare(set_up).await;
    populate(&installation).await;
    installation
}

/// Whoever talks to one server.
#[derive(Clone)]
pub(crate) struct Visitor {
    send: Send,
    host: String,
}

impl Visitor {
    /// Fails the test where there is no answer.
    pub(crate) fn new(installation: &Installation, server: &Server) -> Self {
        let host = installation.url().trim_start_matches("http://").to_owned();
        Self { send: over_http(server.url(), false), host }
    }

    /// By a client of the test's own, which resolves the host's name and trusts its certificate.
    pub(crate) fn over_tls(http: &Client, host: &str) -> Self {
        Self { send: sending(http.clone(), format!("https://{host}"), false), host: host.to_owned() }
    }

    /// Waits for ever where there is no answer: for a test that ends the server meanwhile.
    pub(crate) fn patient(self, server: &Server) -> Self {
        Self { send: over_http(server.url(), true), ..self }
    }

    /// A browser that has never been here.
    pub(crate) fn browser(&self) -> Browser {
        Browser::new(self.send.clone()).at_host(&self.host)
    }

    /// A browser in which the user is signed in.
    pub(crate) async fn signed_in(&self) -> Browser {
        let browser = self.browser();
        assert_eq!(browser.sign_in(EMAIL).await.location(), "/account");
        browser
    }

    /// A code for `spa`, from a browser in which the user is signed in.
    pub(crate) async fn code(&self, browser: &Browser) -> String {
        let answer = browser.get(&asking().path()).await;
        came(&answer).unwrap_or_else(|| panic!("no code: {} {}", answer.status, answer.text())).code()
    }

    /// The tokens of a login of its own.
    pub(crate) async fn tokens(&self, browser: &Browser) -> Value {
        let code = self.code(browser).await;
        self.redeem(&code).await.json()
    }

    pub(crate) async fn redeem(&self, code: &str) -> Answer {
        self.post("/oauth2/token", &[&redemption(code)[..], &[("client_id", "spa")]].concat()).await
    }

    pub(crate) async fn refresh(&self, refresh_token: &str) -> Answer {
        self.post("/oauth2/token", &refreshment(refresh_token)).await
    }

    pub(crate) async fn revoke(&self, token: &str) -> Answer {
        self.post("/oauth2/revoke", &[("token", token), ("client_id", "spa")]).await
    }

    pub(crate) async fn introspect(&self, token: &Value) -> Answer {
        let request = TestRequest::post().set_form([("token", token.as_str().expect("a token"))]);
        self.exchange(request.insert_header((header::AUTHORIZATION, basic("web", SECRET))), "/oauth2/introspect").await
    }

    /// A token of the application `web` itself.
    pub(crate) async fn client_credentials(&self) -> Answer {
        let request = TestRequest::post().set_form([("grant_type", "client_credentials")]);
        self.exchange(request.insert_header((header::AUTHORIZATION, basic("web", SECRET))), "/oauth2/token").await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.exchange(TestRequest::get(), path).await
    }

    pub(crate) async fn post(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        self.exchange(TestRequest::post().set_form(form), path).await
    }

    /// Any other request.
    pub(crate) async fn exchange(&self, request: TestRequest, path: &str) -> Answer {
        (self.send)(request.uri(path).insert_header((header::HOST, self.host.as_str()))).await
    }
}

/// What `spa` asks for.
pub(crate) fn asking() -> Asking {
    Asking::of("spa").with("scope", "openid offline_access")
}

/// The form of a refresh.
pub(crate) fn refreshment(refresh_token: &str) -> [(&str, &str); 3] {
    [("grant_type", "refresh_token"), ("refresh_token", refresh_token), ("client_id", "spa")]
}

pub(crate) fn refresh_token(tokens: &Value) -> String {
    tokens["refresh_token"].as_str().expect("a refresh token").to_owned()
}

#[track_caller]
pub(crate) fn assert_invalid_grant(answer: &Answer) {
    assert_eq!(answer.refusal(), (400, "invalid_grant".to_owned()));
}

/// 503 with Retry-After: never a false answer.
#[track_caller]
pub(crate) fn assert_busy(answer: &Answer) {
    assert_eq!(answer.status.as_u16(), 503, "{}", answer.text());
    assert!(answer.header("retry-after").is_some(), "{:?}", answer.headers);
}

fn over_http(base: String, patient: bool) -> Send {
    sending(Client::builder().redirect(redirect::Policy::none()).build().unwrap(), base, patient)
}

fn sending(http: Client, base: String, patient: bool) -> Send {
    Rc::new(move |request| {
        let (http, base) = (http.clone(), base.clone());
        Box::pin(async move {
            match exchange(&http, &base, request).await {
                Ok(answer) => answer,
                Err(_) if patient => std::future::pending().await,
                Err(error) => panic!("no answer: {error:?}"),
            }
        })
    })
}

async fn exchange(http: &Client, base: &str, request: TestRequest) -> reqwest::Result<Answer> {
    let mut request = request.to_srv_request();
    let body = request.extract::<Bytes>().await.unwrap();
    let method = Method::from_bytes(request.method().as_str().as_bytes()).unwrap();
    let mut sent = http.request(method, format!("{base}{}", request.uri())).body(body.to_vec());
    for (name, value) in request.headers() {
        sent = sent.header(name.as_str(), value.as_bytes());
    }
    let answer = sent.send().await?;
    let status = StatusCode::from_u16(answer.status().as_u16()).unwrap();
    let mut headers = HeaderMap::new();
    for (name, value) in answer.headers() {
        let name = HeaderName::from_bytes(name.as_str().as_bytes()).unwrap();
        headers.append(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    Ok(Answer { status, headers, body: Bytes::from(answer.bytes().await?.to_vec()) })
}
