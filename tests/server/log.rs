//! The log of a running server at its most talkative.

use actix_web::http::{Method, header};
use actix_web::test::TestRequest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tessera::clock::Clock;
use tessera::protocol::algorithm::SigningAlgorithm;

use crate::faults::site::{Visitor, asking, installed, refresh_token};
use crate::keys::sign::key;
use crate::oauth::world::{Asking, CHALLENGE, EMAIL, REDIRECT_URI, SECRET, basic, came, redemption};
use crate::support::app::{Answer, PASSWORD};
use crate::support::assertion;
use crate::support::database::SetUp;
use crate::support::server::{Installation, Server, http};

const CANARY: &str = "canary-7f3a9c.of-more-than.thirty-two-characters";

/// Every secret of a login that goes well, and of an application of its own.
async fn goes_well(visitor: &Visitor, server: &Server) -> Vec<String> {
    let browser = visitor.signed_in().await;
    let code = visitor.code(&browser).await;
    let tokens = visitor.redeem(&code).await.json();
    let refreshed = visitor.refresh(&refresh_token(&tokens)).await.json();
    let service = visitor.client_credentials().await.json();
    assert_eq!(visitor.introspect(&refreshed["access_token"]).await.json()["active"], true);
    let forged = forged(&refreshed["access_token"], &service["access_token"]);
    assert_eq!(visitor.introspect(&forged.as_str().into()).await.json()["active"], false);
    let in_json = json!({"token": refreshed["access_token"], "clientId": "web", "clientSecret": SECRET});
    assert_eq!(introspect_in_json(visitor, &in_json).await.json()["active"], true);
    let mut secrets =
        vec![PASSWORD.to_owned(), SECRET.to_owned(), basic("web", SECRET).split_off("Basic ".len()), code];
    secrets.push(forged);
    secrets.push(browser.cookie("tessera_session").expect("a session"));
    let hint = tokens["id_token"].as_str().unwrap();
    let hinted = browser.get(&asking().with("id_token_hint", hint).path()).await;
    secrets.push(came(&hinted).expect("an answer to the client").code());
    assert_eq!(browser.get(&format!("/oauth2/logout?id_token_hint={hint}")).await.location(), "/logged-out");
    let link = server.announced()["administrator_link"].as_str().expect("nobody administers it yet");
    secrets.push(link.rsplit('=').next().unwrap().to_owned());
    for (tokens, name) in [
        (&tokens, "access_token"),
        (&tokens, "refresh_token"),
        (&tokens, "id_token"),
        (&refreshed, "access_token"),
        (&refreshed, "refresh_token"),
        (&service, "access_token"),
    ] {
        secrets.push(tokens[name].as_str().unwrap_or_else(|| panic!("no {name}: {tokens}")).to_owned());
    }
    secrets
}

async fn introspect_in_json(visitor: &Visitor, asked: &Value) -> Answer {
    visitor.exchange(TestRequest::post().set_json(asked), "/api/oauth/token/introspect").await
}

/// Every secret of an application that registers itself, and what it signs; the canary where it may not choose.
async fn registers_itself(visitor: &Visitor, installation: &Installation) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned();
    let initial = text(&installation.command(&["registration-token", "create"]).await["initial_access_token"]);
    let own = key(SigningAlgorithm::Es256);
    let metadata = json!({
        "redirect_uris": [REDIRECT_URI], "token_endpoint_auth_method": "client_secret_jwt", "jwks": assertion::jwks(&[&own]),
    });
    let made = visitor.exchange(bearing(Method::POST, &initial).set_json(&metadata), "/oauth2/register").await;
    assert_eq!(made.status, 201, "{}", made.text());
    let [client_id, secret, access] =
        ["client_id", "client_secret", "registration_access_token"].map(|name| text(&made.json()[name]));
    let path = format!("/oauth2/register/{client_id}");
    assert_eq!(visitor.exchange(bearing(Method::GET, &access), &path).await.status, 200);
    for (sent, status) in [(secret.as_str(), 200), (CANARY, 400)] {
        let mut again = metadata.clone();
        again["client_id"] = json!(client_id);
        again["client_secret"] = json!(sent);
        let answer = visitor.exchange(bearing(Method::PUT, &access).set_json(&again), &path).await;
        assert_eq!(answer.status, status, "{}", answer.text());
    }
    let claims = assertion::claims(&client_id, &installation.url(), "a jti", Clock::system().now());
    let assertion = assertion::hs256(&secret, &claims);
    let form = [&assertion::form(&assertion)[..], &[("token", "x")]].concat();
    assert_eq!(visitor.post("/oauth2/introspect", &form).await.status, 200);
    let request = json!({
        "iss": client_id, "aud": installation.url(), "client_id": client_id, "response_type": "code", "scope": "openid",
        "redirect_uri": REDIRECT_URI, "code_challenge": CHALLENGE, "code_challenge_method": "S256",
    });
    let object = own.sign("oauth-authz-req+jwt", &request).unwrap();
    let asked = visitor.browser().get(&Asking::of(&client_id).with("request", &object).path()).await;
    assert!(asked.location().starts_with("/login"), "{}", asked.location());
    vec![initial, secret, access, assertion, object]
}

fn bearing(method: Method, token: &str) -> TestRequest {
    TestRequest::default().method(method).insert_header((header::AUTHORIZATION, format!("Bearer {token}")))
}

/// What one token says, with the signature of another.
fn forged(one: &Value, other: &Value) -> String {
    let parts = [one, other].map(|token| token.as_str().unwrap().rsplit_once('.').unwrap());
    format!("{}.{}", parts[0].0, parts[1].1)
}

/// The canary in the place of each secret, and each time a refusal.
async fn is_refused(visitor: &Visitor, server: &Server) {
    for authorization in headers() {
        for path in ["/oauth2/token", "/oauth2/introspect", "/oauth2/revoke", "/oauth2/userinfo"] {
            let request = http().post(format!("{}{path}", server.url())).header("authorization", &authorization);
            let request = request.header("content-type", "application/x-www-form-urlencoded");
            let answer = request.body("grant_type=client_credentials&token=x").send().await.unwrap();
            assert_eq!(answer.status().as_u16(), 401, "{authorization} at {path}");
        }
    }
    let grant = ("grant_type", "client_credentials");
    let (client, secret) = (("client_id", "web"), ("client_secret", CANARY));
    assert_eq!(visitor.post("/oauth2/token", &[grant, client, secret]).await.status, 401);
    let by_jwt = ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    assert_eq!(visitor.post("/oauth2/token", &[grant, by_jwt, ("client_assertion", CANARY)]).await.status, 401);
    let in_query = format!("/oauth2/token?client_secret={CANARY}");
    assert_eq!(visitor.post(&in_query, &[grant, client]).await.status, 400);
    let in_json = json!({"token": CANARY, "clientId": "web", "clientSecret": CANARY});
    assert_eq!(introspect_in_json(visitor, &in_json).await.status, 401);
    let statement = json!({"redirect_uris": [REDIRECT_URI], "software_statement": CANARY});
    let register = TestRequest::post().set_json(&statement);
    assert_eq!(visitor.exchange(register, "/oauth2/register").await.status, 400);
    let register = bearing(Method::POST, CANARY).set_json(json!({"redirect_uris": [REDIRECT_URI]}));
    assert_eq!(visitor.exchange(register, "/oauth2/register").await.status, 401);
    assert_eq!(visitor.exchange(bearing(Method::GET, CANARY), "/oauth2/register/web").await.status, 401);
    assert_eq!(visitor.redeem(CANARY).await.status, 400);
    let code = visitor.code(&visitor.signed_in().await).await;
    let mut form = redemption(&code).to_vec();
    form.retain(|(name, _)| *name != "code_verifier");
    form.extend([("client_id", "spa"), ("code_verifier", CANARY)]);
    assert_eq!(visitor.post("/oauth2/token", &form).await.status, 400);
    assert_eq!(visitor.refresh(CANARY).await.status, 400);
    assert_eq!(visitor.revoke(CANARY).await.status, 200);
    let browser = visitor.browser();
    assert_eq!(browser.post("/login", &[("identifier", EMAIL), ("password", CANARY)]).await.status, 422);
    assert_eq!(browser.post_as("/login", &[("csrf", CANARY), ("password", CANARY)], None).await.status, 403);
    for name in ["id_token_hint", "request"] {
        let answer = browser.get(&asking().with(name, CANARY).path()).await;
        assert!(!came(&answer).expect("an answer to the client").error().is_empty(), "{name}");
    }
    assert_eq!(browser.get(&format!("/oauth2/logout?id_token_hint={CANARY}")).await.location(), "/logged-out");
}

/// `Authorization` with the right form, without a colon, without Base64, and of another kind.
fn headers() -> [String; 4] {
    [
        basic("web", CANARY),
        format!("Basic {}", STANDARD.encode(CANARY)),
        format!("Basic {CANARY}"),
        format!("Bearer {CANARY}"),
    ]
}

/// security.md: a canary secret put in every field never shows in a log, nor does a right one, though all is logged.
#[tokio::test]
async fn no_secret_shows_in_a_log_of_everything() {
    let installation = installed(SetUp::Sqlite).await.with("log.filter", "trace");
    let mut server = installation.start().await;
    let visitor = Visitor::new(&installation, &server);
    let mut secrets = goes_well(&visitor, &server).await;
    secrets.extend(registers_itself(&visitor, &installation).await);
    is_refused(&visitor, &server).await;
    secrets.extend(headers().map(|header| header.split(' ').next_back().unwrap().to_owned()));
    assert!(server.stop().await.success());
    let log = server.log();
    for path in ["/login", "/oauth2/authorize", "/oauth2/introspect"] {
        assert!(log.contains(path), "{path} was asked for, and so is in the log");
    }
    for secret in secrets {
        let shows = log.lines().find(|line| line.contains(&secret));
        assert_eq!(shows, None, "{secret}");
    }
}
