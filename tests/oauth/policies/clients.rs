//! A client that was shut out, whichever way it proves who it is.

use std::cell::Cell;

use actix_web::http::header;
use actix_web::test::TestRequest;
use serde_json::json;
use tessera::clients::{NewClient, Reach};
use tessera::keys::sign::SigningKey;
use tessera::protocol::algorithm::SigningAlgorithm;
use tessera::protocol::grant_type::GrantType;
use tessera::protocol::response_type::ResponseType;
use tessera::protocol::token_endpoint_auth_method::TokenEndpointAuthMethod as Method;

use super::{asking, granted, register_legacy};
use crate::keys::sign::key;
use crate::oauth::destination::assert_error_page;
use crate::oauth::world::{Asking, SECRET, World, basic, redemption};
use crate::support::app::Answer;
use crate::support::assertion;
use crate::support::browser::Browser;
use crate::support::database::in_every_set_up;

/// A client, and how it authenticates.
struct Caller<'a> {
    world: &'a World,
    method: Method,
    key: SigningKey,
    assertions: Cell<u32>,
}

/// What it has of a user.
struct Held {
    code: String,
    refresh_token: String,
    access_token: String,
}

impl<'a> Caller<'a> {
    async fn registered(world: &'a World, method: Method) -> Self {
        let key = key(SigningAlgorithm::Es256);
        let confidential = method != Method::None;
        let edit = |new: &mut NewClient| {
            new.metadata.token_endpoint_auth_method = method;
            new.metadata.grant_types.extend(confidential.then_some(GrantType::ClientCredentials));
            new.metadata.key_set.jwks = (method == Method::PrivateKeyJwt).then(|| assertion::jwks(&[&key]));
            if matches!(method, Method::PrivateKeyJwt | Method::None) {
                new.chosen.as_mut().unwrap().secret = None;
            }
        };
        world.register(method.as_str(), edit).await;
        Self { world, method, key, assertions: Cell::new(0) }
    }

    async fn set_disabled(&self, disabled: bool) {
        let (clients, realm, by) = (&self.world.test.app.clients, self.world.realm.id, self.world.operator());
        clients.set_disabled(realm, Reach::All, self.method.as_str(), disabled, &by).await.unwrap();
    }

    fn asking(&self) -> Asking {
        Asking::of(self.method.as_str()).with("scope", "openid offline_access")
    }

    async fn holds(&self, browser: &Browser) -> Held {
        let code = async || self.world.allow(browser, &self.asking()).await.code();
        let first = code().await;
        let tokens = self.asks("/oauth2/token", &redemption(&first)).await.json();
        let [access_token, refresh_token] =
            ["access_token", "refresh_token"].map(|name| tokens[name].as_str().unwrap().to_owned());
        Held { code: code().await, refresh_token, access_token }
    }

    /// A form with what proves who sends it.
    async fn asks(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        let client_id = self.method.as_str();
        let assertion = self.assertion();
        let proof = match self.method {
            Method::ClientSecretBasic => vec![],
            Method::ClientSecretPost => vec![("client_id", client_id), ("client_secret", SECRET)],
            Method::ClientSecretJwt | Method::PrivateKeyJwt => assertion::form(&assertion).to_vec(),
            Method::None => vec![("client_id", client_id)],
        };
        let mut request = TestRequest::post().set_form([form, &proof].concat());
        if self.method == Method::ClientSecretBasic {
            request = request.insert_header((header::AUTHORIZATION, basic(client_id, SECRET)));
        }
        self.world.machine(request, path).await
    }

    fn assertion(&self) -> String {
        let jti = self.assertions.replace(self.assertions.get() + 1).to_string();
        let now = self.world.test.clock.now();
        let claims = assertion::claims(self.method.as_str(), &self.world.realm.issuer, &jti, now);
        match self.method {
            Method::PrivateKeyJwt => self.key.sign("JWT", &claims).unwrap(),
            _ => assertion::hs256(SECRET, &claims),
        }
    }

    /// Everything that it may ask for, once.
    async fn asks_for_everything(&self, held: &Held) -> Vec<(&'static str, Answer)> {
        let refresh = [("grant_type", "refresh_token"), ("refresh_token", held.refresh_token.as_str())];
        let token = [("token", held.access_token.as_str())];
        let code = redemption(&held.code);
        let mut requests =
            vec![("authorization_code", "/oauth2/token", &code[..]), ("refresh_token", "/oauth2/token", &refresh)];
        if self.method != Method::None {
            requests.push(("client_credentials", "/oauth2/token", &[("grant_type", "client_credentials")]));
            requests.push(("introspect", "/oauth2/introspect", &token));
        }
        requests.push(("revoke", "/oauth2/revoke", &token));
        let mut answers = Vec::new();
        for (name, path, form) in requests {
            answers.push((name, self.asks(path, form).await));
        }
        if matches!(self.method, Method::ClientSecretBasic | Method::ClientSecretPost) {
            let asked = json!({"token": held.access_token, "clientId": self.method.as_str(), "clientSecret": SECRET});
            let request = TestRequest::post().set_json(asked);
            answers.push(("introspect in JSON", self.world.machine(request, "/api/oauth/token/introspect").await));
        }
        answers
    }
}

in_every_set_up!(a_client_that_is_shut_out_is_refused_by_every_method_at_every_endpoint, async |set_up| {
    let world = World::on(set_up).await;
    let browser = world.signed_in().await;
    for method in Method::ALL.iter().copied() {
        let caller = Caller::registered(&world, method).await;
        let (used, kept) = (caller.holds(&browser).await, caller.holds(&browser).await);
        for (request, answer) in caller.asks_for_everything(&used).await {
            assert_eq!(answer.status, 200, "{method} {request}: {}", answer.text());
        }
        world.advance(1);
        caller.set_disabled(true).await;
        for (request, answer) in caller.asks_for_everything(&kept).await {
            assert_eq!(answer.refusal(), (401, "invalid_client".to_owned()), "{method} {request}");
        }
        assert_eq!(world.userinfo(&kept.access_token).await.refusal(), (401, "invalid_token".to_owned()), "{method}");
        assert_error_page(&browser.get(&caller.asking().path()).await, "unknown_client");
        // Let in again, it has nothing of before.
        world.advance(1);
        caller.set_disabled(false).await;
        for (request, answer) in caller.asks_for_everything(&kept).await {
            match request {
                "client_credentials" | "revoke" => assert_eq!(answer.status, 200, "{method} {request}"),
                "introspect" | "introspect in JSON" => assert_eq!(answer.json(), json!({"active": false}), "{method}"),
                _ => assert!(!granted(&answer, (400, "invalid_grant")), "{method} {request}"),
            }
        }
    }
});

/// Nothing of a front-channel answer either, nor an error: whose redirect URI it is does not count any more.
#[actix_web::test]
async fn a_client_that_is_shut_out_gets_no_answer_of_any_response_type() {
    let world = World::new().await;
    register_legacy(&world).await;
    let browser = world.signed_in().await;
    for response_type in ResponseType::ALL.iter().copied() {
        assert_eq!(world.allow(&browser, &asking(response_type)).await.error(), "");
    }
    let (realm, by) = (world.realm.id, world.operator());
    world.test.app.clients.set_disabled(realm, Reach::All, "rp", true, &by).await.unwrap();
    for response_type in ResponseType::ALL.iter().copied() {
        assert_error_page(&browser.get(&asking(response_type).path()).await, "unknown_client");
        assert_error_page(&browser.get(&asking(response_type).with("prompt", "none").path()).await, "unknown_client");
    }
}
