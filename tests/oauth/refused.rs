//! What is refused leaves nothing behind: nothing issued, stored, ended or fetched (security.md).

use std::sync::atomic::Ordering;

use actix_web::http::header;
use actix_web::test::TestRequest;
use sea_orm::{ConnectionTrait as _, DatabaseConnection, Statement};
use serde_json::{Value, json};
use tessera::clients::NewClient;
use tessera::config::Config;
use tessera::keys::sign::SigningKey;
use tessera::protocol::algorithm::SigningAlgorithm;
use tessera::protocol::grant_type::GrantType;
use tessera::protocol::token_endpoint_auth_method::TokenEndpointAuthMethod;

use super::world::{Asking, Place, REDIRECT_URI, SECRET, SIGNED_OUT, VERIFIER, World, basic, came};
use crate::keys::sign::key;
use crate::support::app::Answer;
use crate::support::assertion;
use crate::support::browser::Browser;
use crate::support::database::{SetUp, in_every_set_up};
use crate::support::receiver::{Receiver, json as answer_json};

/// What a request could leave behind: rows, and what became of them.
const TRACES: [&str; 14] = [
    "SELECT COUNT(*) FROM families",
    "SELECT COUNT(revoked_at) FROM families",
    "SELECT CAST(SUM(counter) AS BIGINT) FROM families",
    "SELECT COUNT(*) FROM revoked_tokens",
    "SELECT COUNT(*) FROM grants",
    "SELECT COUNT(*) FROM sessions",
    "SELECT COUNT(ended_at) FROM sessions",
    "SELECT COUNT(*) FROM session_clients",
    "SELECT COUNT(*) FROM outbox",
    "SELECT COUNT(*) FROM one_time",
    "SELECT COUNT(*) FROM clients",
    "SELECT COUNT(used_at) FROM clients",
    "SELECT COUNT(*) FROM pairwise_subjects",
    "SELECT COUNT(*) FROM events",
];

/// A request, and the error that it is refused with.
type Bad = (&'static str, Request);

#[derive(Debug)]
enum Request {
    /// In a browser in which the user is signed in and has consented.
    Browser(String),
    /// In one in which nobody is.
    Stranger(String),
    Form(&'static str, Option<String>, Vec<(&'static str, String)>),
    Json(&'static str, Value),
    Bearer(&'static str, String),
}

/// A world with a live login, where every request would be served if it were not for one fault.
struct Scene {
    world: World,
    browser: Browser,
    tokens: Value,
    /// Of a public client, which gets another with each use.
    rotating: String,
    key: SigningKey,
    receiver: Receiver,
    past: DatabaseConnection,
}

impl Scene {
    async fn on(set_up: SetUp) -> Self {
        let key = key(SigningAlgorithm::Es256);
        let receiver = Receiver::start(answer_json(&assertion::jwks(&[&key]).to_string())).await;
        let opening = receiver.opening().parse().unwrap();
        let world = World::at(set_up, Place::Root, |config: &mut Config| config.outgoing.allow = vec![opening]).await;
        // All that it says of itself is at its own server.
        let remote = |new: &mut NewClient| {
            new.metadata.token_endpoint_auth_method = TokenEndpointAuthMethod::PrivateKeyJwt;
            new.metadata.grant_types.push(GrantType::ClientCredentials);
            new.metadata.key_set.jwks_uri = Some(receiver.url("/jwks"));
            new.metadata.request_objects.request_uris = vec![receiver.url("/object")];
            new.chosen.as_mut().unwrap().secret = None;
        };
        world.register("remote", remote).await;
        world.register("told", |new| new.metadata.logout.backchannel_logout_uri = Some(receiver.url("/logout"))).await;
        let browser = world.signed_in().await;
        world.allow(&browser, &Asking::of("told")).await;
        let code = world.allow(&browser, &Asking::of("web").with("scope", "openid offline_access")).await.code();
        let tokens = world.redeem("web", &code).await.json();
        let code = world.allow(&browser, &Asking::of("spa")).await.code();
        let rotating = world.redeem("spa", &code).await.json()["refresh_token"].as_str().unwrap().to_owned();
        let past = world.test.database.past_the_store().await;
        Self { world, browser, tokens, rotating, key, receiver, past }
    }

    fn token(&self, name: &str) -> String {
        self.tokens[name].as_str().unwrap().to_owned()
    }

    async fn traces(&self) -> Vec<i64> {
        let mut traces = vec![i64::try_from(self.world.test.kept.load(Ordering::Relaxed)).unwrap()];
        for sql in TRACES {
            let statement = Statement::from_string(self.past.get_database_backend(), sql);
            traces.push(self.past.query_one_raw(statement).await.unwrap().unwrap().try_get_by_index(0).unwrap());
        }
        traces
    }

    async fn send(&self, request: &Request) -> Answer {
        match request {
            Request::Browser(path) => self.browser.get(path).await,
            Request::Stranger(path) => self.world.browser().get(path).await,
            Request::Form(path, authorization, form) => {
                let mut request = TestRequest::post().set_form(form);
                if let Some(authorization) = authorization {
                    request = request.insert_header((header::AUTHORIZATION, authorization.as_str()));
                }
                self.world.machine(request, path).await
            }
            Request::Json(path, body) => self.world.machine(TestRequest::post().set_json(body), path).await,
            Request::Bearer(path, token) => {
                let bearer = (header::AUTHORIZATION, format!("Bearer {token}"));
                self.world.machine(TestRequest::get().insert_header(bearer), path).await
            }
        }
    }

    fn authorization(&self) -> Vec<Bad> {
        let (web, remote) = (Asking::of("web"), Asking::of("remote"));
        let unregistered = self.receiver.url("/other");
        let browser = |asking: Asking| Request::Browser(asking.path());
        let stranger = |asking: Asking| Request::Stranger(asking.path());
        vec![
            ("unknown_client", browser(Asking::of("nobody"))),
            ("invalid_redirect_uri", browser(web.clone().with("redirect_uri", "https://evil.example/cb"))),
            ("invalid_request", browser(web.clone().also("client_id", "spa"))),
            ("invalid_request", browser(web.clone().also("state", "another"))),
            ("invalid_request", browser(web.clone().without("response_type"))),
            ("unsupported_response_type", browser(web.clone().with("response_type", "token"))),
            ("unauthorized_client", browser(web.clone().with("response_type", "code id_token").with("nonce", "n"))),
            ("invalid_request", browser(web.clone().without("code_challenge"))),
            ("invalid_request", browser(web.clone().with("code_challenge_method", "plain"))),
            ("invalid_request", browser(web.clone().with("prompt", "none login"))),
            ("invalid_request", browser(web.clone().with("max_age", "soon"))),
            ("invalid_request", browser(web.clone().with("claims", "{"))),
            ("invalid_target", browser(web.clone().with("resource", "https://nowhere.example.com"))),
            ("invalid_scope", browser(web.clone().with("scope", "launch"))),
            ("login_required", stranger(web.clone().with("prompt", "none"))),
            ("consent_required", browser(Asking::of("spa").with("scope", "openid email").with("prompt", "none"))),
            ("invalid_redirect_uri", browser(Asking::of("job"))),
            ("invalid_request_object", browser(web.with("request", "a.b.c"))),
            ("invalid_request_uri", browser(remote.clone().with("request_uri", &unregistered))),
            ("invalid_request_object", browser(remote.with("request", "eyJhbGciOiJub25lIn0.e30."))),
        ]
    }

    fn token_endpoint(&self) -> Vec<Bad> {
        let (refresh, access) = (self.token("refresh_token"), self.token("access_token"));
        let web = || Some(basic("web", SECRET));
        let grant = |name: &str| ("grant_type", name.to_owned());
        let token = |authorization, form| Request::Form("/oauth2/token", authorization, form);
        let code = |code: &str| {
            let rest = [("redirect_uri", REDIRECT_URI.to_owned()), ("code_verifier", VERIFIER.to_owned())];
            [vec![grant("authorization_code"), ("code", code.to_owned())], rest.to_vec()].concat()
        };
        let refreshing = |token: &str| vec![grant("refresh_token"), ("refresh_token", token.to_owned())];
        let also = |form: Vec<_>, name, value: &str| [form, vec![(name, value.to_owned())]].concat();
        let of_public = |name, value: &str| also(also(refreshing(&self.rotating), "client_id", "spa"), name, value);
        vec![
            ("unsupported_grant_type", token(web(), vec![grant("password")])),
            ("invalid_request", token(web(), vec![])),
            ("invalid_request", token(web(), vec![grant("authorization_code")])),
            ("invalid_request", token(web(), also(refreshing(&refresh), "refresh_token", &refresh))),
            ("invalid_grant", token(web(), code("nonsense"))),
            ("invalid_grant", token(web(), refreshing("nonsense"))),
            ("invalid_grant", token(web(), refreshing(&access))),
            ("invalid_grant", token(Some(basic("told", SECRET)), refreshing(&refresh))),
            ("invalid_scope", token(None, of_public("scope", "openid email"))),
            ("invalid_target", token(None, of_public("resource", "https://nowhere.example.com"))),
            ("invalid_request", token(None, of_public("refresh_token", &self.rotating))),
            ("invalid_client", token(Some(basic("web", "wrong")), refreshing(&refresh))),
            ("invalid_client", token(None, refreshing(&refresh))),
            ("invalid_request", token(web(), also(refreshing(&refresh), "client_secret", SECRET))),
            ("unauthorized_client", token(web(), vec![grant("client_credentials")])),
            ("unauthorized_client", token(None, vec![grant("client_credentials"), ("client_id", "spa".to_owned())])),
            (
                "invalid_scope",
                token(Some(basic("job", SECRET)), also(vec![grant("client_credentials")], "scope", "launch")),
            ),
            ("invalid_request", Request::Json("/oauth2/token", json!({"grant_type": "client_credentials"}))),
            ("invalid_client", token(None, self.asserting("aud", json!("https://other.example")))),
            ("invalid_client", token(None, self.asserting("exp", json!(self.world.test.clock.now().seconds() - 60)))),
            ("invalid_client", token(None, self.asserting("sub", json!("web")))),
        ]
    }

    /// A token request by assertion of `remote`, with one claim that is wrong.
    fn asserting(&self, name: &str, value: Value) -> Vec<(&'static str, String)> {
        let mut claims = assertion::claims("remote", &self.world.realm.issuer, "jti", self.world.test.clock.now());
        claims[name] = value;
        let assertion = self.key.sign("JWT", &claims).unwrap();
        let proof = assertion::form(&assertion).map(|(name, value)| (name, value.to_owned()));
        [vec![("grant_type", "client_credentials".to_owned())], proof.to_vec()].concat()
    }

    fn about_tokens(&self) -> Vec<Bad> {
        let [refresh, access, id] = ["refresh_token", "access_token", "id_token"].map(|name| self.token(name));
        let (web, wrong) = (Some(basic("web", SECRET)), Some(basic("web", "wrong")));
        let token = |text: &str| vec![("token", text.to_owned())];
        let of_public = |text: &str| [token(text), vec![("client_id", "spa".to_owned())]].concat();
        let (introspect, revoke, userinfo) = ("/oauth2/introspect", "/oauth2/revoke", "/oauth2/userinfo");
        let in_json = json!({"token": access, "clientId": "web", "clientSecret": SECRET, "more": 1});
        vec![
            ("invalid_client", Request::Form(introspect, None, token(&access))),
            ("invalid_client", Request::Form(introspect, wrong.clone(), token(&access))),
            ("unauthorized_client", Request::Form(introspect, None, of_public(&access))),
            ("invalid_request", Request::Form(introspect, web.clone(), vec![])),
            ("invalid_request", Request::Json("/api/oauth/token/introspect", in_json)),
            ("invalid_client", Request::Form(revoke, None, token(&refresh))),
            ("invalid_client", Request::Form(revoke, wrong, token(&refresh))),
            ("invalid_grant", Request::Form(revoke, None, of_public(&refresh))),
            ("invalid_grant", Request::Form(revoke, None, of_public(&access))),
            ("invalid_request", Request::Form(revoke, web, [token(&refresh), token(&access)].concat())),
            ("invalid_token", Request::Bearer(userinfo, "nonsense".to_owned())),
            ("invalid_token", Request::Bearer(userinfo, refresh)),
            ("invalid_token", Request::Bearer(userinfo, id)),
            ("invalid_request", Request::Bearer("/oauth2/userinfo?access_token=x", access)),
        ]
    }

    /// Who proves nothing is asked back, or refused (RP-Initiated Logout §3).
    fn logout(&self) -> Vec<Bad> {
        let asking = |parameters: &[(&str, &str)]| {
            let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
            Request::Browser(format!("/oauth2/logout?{query}"))
        };
        let hint = self.token("id_token");
        let back = ("post_logout_redirect_uri", SIGNED_OUT);
        vec![
            ("logout-confirm", asking(&[])),
            ("logout-confirm", asking(&[("id_token_hint", "nonsense"), back])),
            ("logout-confirm", asking(&[("id_token_hint", &self.token("access_token")), back])),
            ("logout-confirm", asking(&[("id_token_hint", &hint), ("client_id", "spa"), back])),
            (
                "logout-confirm",
                asking(&[("id_token_hint", &hint), ("post_logout_redirect_uri", "https://evil.example/")]),
            ),
            ("stale-form", Request::Form("/logout", None, vec![("decision", "logout".to_owned())])),
        ]
    }

    fn registration(&self) -> Vec<Bad> {
        let register = |body| Request::Json("/oauth2/register", body);
        let statement = self.receiver.url("/statement");
        vec![
            ("invalid_redirect_uri", register(json!({"redirect_uris": ["javascript:alert(1)"]}))),
            (
                "invalid_client_metadata",
                register(json!({"redirect_uris": [REDIRECT_URI], "grant_types": ["password"]})),
            ),
            (
                "invalid_software_statement",
                register(json!({"redirect_uris": [REDIRECT_URI], "software_statement": statement})),
            ),
            ("invalid_token", Request::Bearer("/oauth2/register/web", "nonsense".to_owned())),
        ]
    }
}

/// The error in whatever way it is told.
fn told(answer: &Answer) -> String {
    if let Some(came) = came(answer) {
        assert!(
            ["code", "access_token", "id_token"].iter().all(|name| !came.parameters.contains_key(*name)),
            "{came:?}"
        );
        return came.error().to_owned();
    }
    if answer.has_id("logout-confirm") {
        return "logout-confirm".to_owned();
    }
    match answer.text().split_once(r#"data-error=""#) {
        Some((_, rest)) => rest.split('"').next().unwrap().to_owned(),
        None => answer.refusal().1,
    }
}

in_every_set_up!(what_is_refused_leaves_nothing_behind, async |set_up| {
    let scene = Scene::on(set_up).await;
    let before = scene.traces().await;
    let bad =
        [scene.authorization(), scene.token_endpoint(), scene.about_tokens(), scene.logout(), scene.registration()];
    for (error, request) in bad.into_iter().flatten() {
        let answer = scene.send(&request).await;
        assert_eq!(told(&answer), error, "{request:?}: {}", answer.text());
        assert_eq!(scene.traces().await, before, "{request:?}");
    }
    assert_eq!(scene.receiver.taken(), 0, "nothing was fetched or sent");
    // What was live is live, and what is granted leaves its traces.
    assert_eq!(scene.world.refresh("web", &scene.token("refresh_token")).await.status, 200);
    assert_eq!(scene.world.refresh("spa", &scene.rotating).await.status, 200);
    assert_ne!(scene.traces().await, before);
});
