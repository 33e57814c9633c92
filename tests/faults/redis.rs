//! Redis down, hung, flushed: what needs no short-lived record goes on; new logins and codes answer 503 until it is back, soon.

use std::time::Duration;

use actix_web::http::StatusCode;
use serde_json::{Value, json};
use tessera::clock::Clock;

use super::site::{Visitor, asking, assert_busy, assert_invalid_grant, bare, populate, refresh_token};
use crate::oauth::world::{EMAIL, SECRET, came};
use crate::support::assertion;
use crate::support::browser::Browser;
use crate::support::database::SetUp;
use crate::support::eventually;
use crate::support::redis;
use crate::support::server::{Installation, Server};

/// Two time-outs of half a second are far below this; a browser's own patience is far above it.
const SOON: Duration = Duration::from_secs(10);

struct Scene {
    redis: redis::Server,
    visitor: Visitor,
    browser: Browser,
    tokens: Value,
    _server: Server,
    installation: Installation,
}

impl Scene {
    async fn new() -> Self {
        Self::with(&[]).await
    }

    async fn with(settings: &[(&str, &str)]) -> Self {
        let redis = redis::Server::start().await;
        let installation = bare(SetUp::Postgres).await.with("redis.url", &redis.url());
        let set = |installation: Installation, (key, value): &(&str, &str)| installation.with(key, value);
        let installation = settings.iter().fold(installation, set);
        populate(&installation).await;
        let server = installation.start().await;
        let visitor = Visitor::new(&installation, &server);
        let browser = visitor.signed_in().await;
        let tokens = visitor.tokens(&browser).await;
        Self { redis, visitor, browser, tokens, _server: server, installation }
    }

    /// Everything of security.md's row "Redis down, hung, flushed" that goes on.
    async fn goes_on(&mut self) {
        let visitor = &self.visitor;
        for path in ["/healthz", "/.well-known/openid-configuration", "/oauth2/jwks"] {
            assert_eq!(visitor.get(path).await.status, StatusCode::OK, "{path}");
        }
        assert_eq!(visitor.client_credentials().await.status, StatusCode::OK);
        let refreshed = visitor.refresh(&refresh_token(&self.tokens)).await;
        assert_eq!(refreshed.status, StatusCode::OK, "{}", refreshed.text());
        self.tokens = refreshed.json();
        assert_eq!(visitor.introspect(&self.tokens["access_token"]).await.json()["active"], true);
        assert_eq!(self.browser.get("/account").await.status, StatusCode::OK);
        // Limits fall back to the node's own: without an application nothing short-lived is needed to sign in.
        assert_eq!(visitor.browser().sign_in(EMAIL).await.location(), "/account");
    }

    /// Everything that waits, and waits with an answer.
    async fn waits(&self, code: &str) {
        let visitor = &self.visitor;
        assert_busy(&visitor.browser().get(&asking().path()).await);
        assert_busy(&self.browser.get(&asking().path()).await);
        assert_busy(&visitor.redeem(code).await);
        let ready = visitor.get("/readyz").await;
        assert_eq!(ready.status, StatusCode::OK, "a balancer must not take every node out");
        assert!(ready.text().contains("no new logins"), "{}", ready.text());
    }

    async fn is_back(&self) {
        let ready = async || (self.visitor.get("/readyz").await.text() == "ready\n").then_some(());
        eventually(Duration::from_secs(20), ready).await;
        self.visitor.tokens(&self.browser).await;
    }
}

#[tokio::test]
async fn without_redis_what_needs_it_waits_and_the_rest_goes_on() {
    let mut scene = Scene::new().await;
    let code = scene.visitor.code(&scene.browser).await;
    scene.redis.kill().await;
    tokio::time::timeout(SOON, scene.waits(&code)).await.expect("no new hang");
    tokio::time::timeout(SOON, scene.goes_on()).await.expect("no new hang");
    scene.redis.restart().await;
    scene.is_back().await;
    // It has forgotten the code; the login is not.
    assert_invalid_grant(&scene.visitor.redeem(&code).await);
    scene.goes_on().await;
}

#[tokio::test]
async fn a_redis_that_hangs_hangs_nobody() {
    let mut scene = Scene::new().await;
    let code = scene.visitor.code(&scene.browser).await;
    scene.redis.pause().await;
    tokio::time::timeout(SOON, scene.waits(&code)).await.expect("no new hang");
    tokio::time::timeout(SOON, scene.goes_on()).await.expect("no new hang");
    scene.redis.resume().await;
    scene.is_back().await;
    scene.goes_on().await;
}

/// storage.md: losing Redis ends logins in flight and nothing else; it never lets a code be redeemed twice.
#[tokio::test]
async fn a_redis_that_forgets_ends_logins_in_flight_and_nothing_else() {
    let mut scene = Scene::new().await;
    let visitor = scene.visitor.clone();
    let (used, unused) = (visitor.code(&scene.browser).await, visitor.code(&scene.browser).await);
    let tokens = visitor.redeem(&used).await.json();
    let stranger = visitor.browser();
    let login = stranger.follow(stranger.get(&asking().path()).await).await;
    let interaction = login.value("interaction").expect("the sign-in page");
    scene.redis.flush().await;
    let over = crate::oauth::world::sign_in(&stranger, &interaction, EMAIL).await;
    assert_eq!((over.status, over.step()), (StatusCode::GONE, Some("expired")), "{}", over.text());
    assert!(over.has_id("way-on"));
    assert_invalid_grant(&visitor.redeem(&unused).await);
    assert_invalid_grant(&visitor.redeem(&used).await);
    assert_eq!(visitor.introspect(&tokens["access_token"]).await.json()["active"], false, "a replay is still noticed");
    scene.goes_on().await;
    assert!(came(&scene.browser.get(&asking().path()).await).is_some());
}

/// security.md "Redis down": limits fall back to each node, which counts and refuses as before.
#[tokio::test]
async fn without_redis_a_node_limits_wrong_attempts_alone() {
    // A window that ends while nobody tests.
    let mut scene = Scene::with(&[("limits.sign_in", "3 per 365d"), ("limits.token_failures", "3 per 365d")]).await;
    scene.redis.kill().await;
    let browser = scene.visitor.browser();
    let password = async || browser.post("/login", &[("identifier", EMAIL), ("password", "wrong")]).await;
    let form = [("grant_type", "client_credentials"), ("client_id", "web"), ("client_secret", "wrong")];
    let secret = async || scene.visitor.post("/oauth2/token", &form).await;
    for _ in 0..3 {
        assert_eq!((password().await.status.as_u16(), secret().await.status.as_u16()), (422, 401));
    }
    for limited in [password().await, secret().await] {
        assert_eq!(limited.status, StatusCode::TOO_MANY_REQUESTS, "{}", limited.text());
        assert!(limited.header("retry-after").is_some());
    }
}

/// security.md "Redis down": what needs a replay guard waits. An assertion that was not remembered was not used: it is good once more,
/// and only once.
#[tokio::test]
async fn without_redis_an_assertion_waits_and_is_not_used_up() {
    let mut scene = Scene::new().await;
    let (visitor, installation) = (scene.visitor.clone(), &scene.installation);
    let robot = ["client", "create", "--client-id", "robot", "--grant-type", "client_credentials"];
    let method = ["--auth-method", "client_secret_jwt", "--secret-file", "secret"];
    installation.command(&[&robot[..], &method].concat()).await;
    let now = Clock::system().now();
    let mut claims = assertion::claims("robot", &installation.url(), "a jti", now);
    // As long as the test may take.
    claims["exp"] = json!(now.seconds() + 240);
    let assertion = assertion::hs256(SECRET, &claims);
    let [kind, text] = assertion::form(&assertion);
    let form = [("grant_type", "client_credentials"), kind, text];
    let asks = async || visitor.post("/oauth2/token", &form).await;
    scene.redis.kill().await;
    for _ in 0..2 {
        let waits = tokio::time::timeout(SOON, asks()).await.expect("no new hang");
        assert_busy(&waits);
        assert_eq!(waits.refusal().1, "temporarily_unavailable");
        assert!(waits.json().get("access_token").is_none(), "{}", waits.text());
    }
    scene.redis.restart().await;
    scene.is_back().await;
    let granted = asks().await;
    assert_eq!(
        (granted.status, &granted.json()["token_type"]),
        (StatusCode::OK, &json!("Bearer")),
        "{}",
        granted.text()
    );
    assert_eq!(asks().await.refusal(), (401, "invalid_client".to_owned()), "a replay");
}
