//! A realm with a user, clients of each kind and an API, and the way of a browser from a request to its answer at the client.

use std::collections::BTreeMap;

use actix_web::http::header;
use actix_web::test::TestRequest;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::Value;
use tessera::clients::{Chosen, NewClient, NewResourceServer, NewTokenForm};
use tessera::config::Config;
use tessera::protocol::access_token::ClaimSet;
use tessera::protocol::algorithm::SigningAlgorithm;
use tessera::protocol::client_metadata::ClientMetadata;
use tessera::protocol::grant_type::GrantType;
use tessera::protocol::token_endpoint_auth_method::TokenEndpointAuthMethod;
use tessera::secret::Secret;
use tessera::store::clients::Client;
use tessera::store::events::By;
use tessera::store::realms::Realm;
use tessera::store::resource_servers::ScopeDescription;
use tessera::store::users::User;

use crate::support::app::{Answer, PASSWORD, TestApp};
use crate::support::browser::Browser;
use crate::support::database::SetUp;

pub(crate) const REDIRECT_URI: &str = "https://app.example.com/cb";
pub(crate) const SIGNED_OUT: &str = "https://app.example.com/signed-out";
/// RFC 7636 appendix B.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
/// The secret of every confidential client.
pub(crate) const SECRET: &str = "a secret of more than thirty-two characters";
pub(crate) const API: &str = "https://api.example.com";
pub(crate) const EMAIL: &str = "ada@example.com";

/// The three kinds of address that a realm can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// The public URL itself.
    Root,
    /// A path below it.
    Path,
    /// A host name of its own.
    Host,
}

/// One realm, with a confidential client `web`, a public client `spa`, a service `job`, and an API.
pub(crate) struct World {
    pub(crate) test: TestApp,
    pub(crate) realm: Realm,
    pub(crate) user: User,
    place: Place,
}

/// An authorization request.
#[derive(Debug, Clone)]
pub(crate) struct Asking(Vec<(String, String)>);

/// What came to a client: where, and with which parameters.
#[derive(Debug, Clone)]
pub(crate) struct Came {
    pub(crate) at: String,
    pub(crate) in_fragment: bool,
    pub(crate) parameters: BTreeMap<String, String>,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(edit: impl FnOnce(&mut Config)) -> Self {
        Self::at(SetUp::Sqlite, Place::Root, edit).await
    }

    pub(crate) async fn on(set_up: SetUp) -> Self {
        Self::at(set_up, Place::Root, |_| {}).await
    }

    pub(crate) async fn at(set_up: SetUp, place: Place, edit: impl FnOnce(&mut Config)) -> Self {
        let test = TestApp::on(set_up, edit).await;
        let realm = match place {
            Place::Root => test.realm().clone(),
            Place::Host => (*test.database.second).clone(),
            Place::Path => test.third_realm().await,
        };
        let user = test.user_of(&realm, EMAIL, |_| {}).await;
        let world = Self { test, realm, user, place };
        world.register_api().await;
        world.register("web", |_| {}).await;
        world.register("spa", public).await;
        world.register("job", |new| service(new, "read write openid")).await;
        world
    }

    /// Registers a confidential client, or whatever `edit` makes of it.
    pub(crate) async fn register(&self, client_id: &str, edit: impl FnOnce(&mut NewClient)) -> Client {
        let metadata = ClientMetadata {
            client_name: Some(client_id.to_owned()),
            redirect_uris: vec![REDIRECT_URI.to_owned()],
            post_logout_redirect_uris: vec![SIGNED_OUT.to_owned()],
            grant_types: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
            ..ClientMetadata::default()
        };
        let chosen = Chosen { client_id: client_id.to_owned(), secret: Some(Secret::from(SECRET)) };
        let mut new = NewClient { chosen: Some(chosen), ..NewClient::new(self.realm.id, None, metadata) };
        edit(&mut new);
        self.test.app.clients.create(new, &self.operator()).await.unwrap().client
    }

    /// Stores a client as it was changed.
    pub(crate) async fn update(&self, mut client: Client) {
        let before = client.updated_at;
        client.updated_at = self.test.clock.now();
        assert!(self.test.app.db.write(async move |tx| tx.update_client(&client, before).await).await.unwrap());
        self.test.app.db.forget(tessera::store::epochs::Cached::Clients);
    }

    async fn register_api(&self) {
        self.register_server(API, &["read", "write"], |_| {}).await;
    }

    /// Registers a resource server that knows these scopes, or whatever `edit` makes of it.
    pub(crate) async fn register_server(
        &self,
        identifier: &str,
        scopes: &[&str],
        edit: impl FnOnce(&mut NewResourceServer),
    ) {
        let scope = |scope: &&str| ScopeDescription { scope: (*scope).to_owned(), description: format!("{scope} it") };
        let mut api = NewResourceServer {
            realm: self.realm.id,
            identifier: identifier.to_owned(),
            name: "API".to_owned(),
            issuer: None,
            form: NewTokenForm::Signed(SigningAlgorithm::Es256),
            claim_set: ClaimSet::Rfc9068,
            access_token_seconds: None,
            scopes: scopes.iter().map(scope).collect(),
            client_id: None,
        };
        edit(&mut api);
        self.test.app.clients.create_resource_server(api, &self.operator()).await.unwrap();
    }

    pub(crate) fn operator(&self) -> By {
        By::operator(self.test.clock.now())
    }

    pub(crate) fn advance(&self, seconds: u64) {
        self.test.clock.advance(std::time::Duration::from_secs(seconds));
    }

    /// A browser that has never been here, at this realm.
    pub(crate) fn browser(&self) -> Browser {
        match self.place {
            Place::Root => self.test.browser(),
            Place::Path => self.test.browser().below("/r/third"),
            Place::Host => self.test.browser().at_host("second.localhost:8080"),
        }
    }

    /// A browser in which the user is signed in.
    pub(crate) async fn signed_in(&self) -> Browser {
        let browser = self.browser();
        let answer = browser.sign_in(EMAIL).await;
        assert!(answer.location().ends_with("/account"), "{}", answer.location());
        browser
    }

    /// Takes a request through every page that comes, until something comes to the client.
    pub(crate) async fn allow(&self, browser: &Browser, asking: &Asking) -> Came {
        let mut answer = browser.follow(browser.get(&asking.path()).await).await;
        for _ in 0..4 {
            if let Some(came) = came(&answer) {
                return came;
            }
            answer = browser.follow(self.step(browser, &answer).await).await;
        }
        panic!("the request leads nowhere: {} {}", answer.status, answer.text());
    }

    /// Does what a page asks for.
    pub(crate) async fn step(&self, browser: &Browser, page: &Answer) -> Answer {
        let interaction = page.value("interaction").unwrap_or_default();
        match page.step() {
            Some("identifier-password") => sign_in(browser, &interaction, EMAIL).await,
            Some("consent") => decide(browser, &interaction, "allow").await,
            other => panic!("what is step {other:?}? {} {}", page.status, page.text()),
        }
    }

    /// A code for `asking`, from a browser of its own.
    pub(crate) async fn code(&self, asking: &Asking) -> String {
        self.allow(&self.browser(), asking).await.code()
    }

    /// The tokens of a login of its own, by the client `web`.
    pub(crate) async fn tokens(&self, scope: &str) -> Value {
        let code = self.code(&Asking::of("web").with("scope", scope)).await;
        self.redeem("web", &code).await.json()
    }

    /// Redeems a code as a well-behaved client does.
    pub(crate) async fn redeem(&self, client_id: &str, code: &str) -> Answer {
        let form = redemption(code);
        if client_id == "spa" { self.token_of_public("spa", &form).await } else { self.token(client_id, &form).await }
    }

    pub(crate) async fn refresh(&self, client_id: &str, refresh_token: &str) -> Answer {
        let form = [("grant_type", "refresh_token"), ("refresh_token", refresh_token)];
        if client_id == "spa" { self.token_of_public("spa", &form).await } else { self.token(client_id, &form).await }
    }

    /// A token request that authenticates by client_secret_basic.
    pub(crate) async fn token(&self, client_id: &str, form: &[(&str, &str)]) -> Answer {
        let basic = (header::AUTHORIZATION, basic(client_id, SECRET));
        self.machine(TestRequest::post().insert_header(basic).set_form(form), "/oauth2/token").await
    }

    /// A token request of a client that only says who it is.
    pub(crate) async fn token_of_public(&self, client_id: &str, form: &[(&str, &str)]) -> Answer {
        let form: Vec<_> = form.iter().copied().chain([("client_id", client_id)]).collect();
        self.machine(TestRequest::post().set_form(form), "/oauth2/token").await
    }

    /// Sends a request of a program, not a browser.
    /// What userinfo answers to this access token.
    pub(crate) async fn userinfo(&self, access_token: &str) -> Answer {
        let bearer = (header::AUTHORIZATION, format!("Bearer {access_token}"));
        self.machine(TestRequest::get().insert_header(bearer), "/oauth2/userinfo").await
    }

    /// What introspection says of a token to this client.
    pub(crate) async fn introspect(&self, client_id: &str, token: &str) -> Value {
        let proof = (header::AUTHORIZATION, basic(client_id, SECRET));
        let request = TestRequest::post().insert_header(proof).set_form([("token", token)]);
        self.machine(request, "/oauth2/introspect").await.json()
    }

    pub(crate) async fn machine(&self, request: TestRequest, path: &str) -> Answer {
        let (base, host) = match self.place {
            Place::Root => ("", "localhost:8080"),
            Place::Path => ("/r/third", "localhost:8080"),
            Place::Host => ("", "second.localhost:8080"),
        };
        let request = request.uri(&format!("{base}{path}")).insert_header((header::HOST, host));
        (self.test.send)(request.peer_addr(([192, 0, 2, 9], 40_000).into())).await
    }
}

/// Makes a client public.
pub(crate) fn public(new: &mut NewClient) {
    new.metadata.token_endpoint_auth_method = TokenEndpointAuthMethod::None;
    new.chosen.as_mut().unwrap().secret = None;
}

/// Makes a client one that asks for itself alone.
pub(crate) fn service(new: &mut NewClient, scope: &str) {
    new.metadata.redirect_uris.clear();
    new.metadata.response_types.clear();
    new.metadata.grant_types = vec![GrantType::ClientCredentials];
    new.metadata.scope = Some(scope.parse().unwrap());
}

/// Makes a client the operator's own, whose users are not asked.
pub(crate) fn first_party(new: &mut NewClient) {
    new.first_party = true;
    new.settings.skip_consent = true;
}

pub(crate) async fn sign_in(browser: &Browser, interaction: &str, email: &str) -> Answer {
    browser.post("/login", &[("interaction", interaction), ("identifier", email), ("password", PASSWORD)]).await
}

pub(crate) async fn decide(browser: &Browser, interaction: &str, decision: &str) -> Answer {
    browser.post("/consent", &[("interaction", interaction), ("decision", decision)]).await
}

pub(crate) fn basic(client_id: &str, secret: &str) -> String {
    let encode = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    format!("Basic {}", STANDARD.encode(format!("{}:{}", encode(client_id), encode(secret))))
}

/// The form that redeems a code.
pub(crate) fn redemption(code: &str) -> [(&str, &str); 4] {
    [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", REDIRECT_URI), ("code_verifier", VERIFIER)]
}

/// What an answer sends to a client, if it does.
pub(crate) fn came(answer: &Answer) -> Option<Came> {
    let location = answer.header("location").filter(|location| !location.starts_with('/'))?;
    let (at, query) = location.split_once(['?', '#']).unwrap_or((location, ""));
    let parameters = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    Some(Came { at: at.to_owned(), in_fragment: location.contains('#'), parameters })
}

impl Came {
    #[track_caller]
    pub(crate) fn code(&self) -> String {
        self.parameters.get("code").unwrap_or_else(|| panic!("no code: {self:?}")).clone()
    }

    pub(crate) fn error(&self) -> &str {
        self.parameters.get("error").map_or("", String::as_str)
    }
}

impl Asking {
    /// What a well-behaved client sends.
    pub(crate) fn of(client_id: &str) -> Self {
        let parameters = [
            ("response_type", "code"),
            ("client_id", client_id),
            ("redirect_uri", REDIRECT_URI),
            ("scope", "openid"),
            ("state", "a state"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        Self(parameters.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec())
    }

    /// With this parameter, in the place of what it had.
    pub(crate) fn with(self, name: &str, value: &str) -> Self {
        self.without(name).also(name, value)
    }

    /// With this parameter beside what it had.
    pub(crate) fn also(mut self, name: &str, value: &str) -> Self {
        self.0.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.0.retain(|(known, _)| known != name);
        self
    }

    pub(crate) fn path(&self) -> String {
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.0).finish();
        format!("/oauth2/authorize?{query}")
    }

    pub(crate) fn pairs(&self) -> Vec<(&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }
}

impl Answer {
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {} {}", self.status, self.text()))
    }

    /// The status and error code of a refusal.
    #[track_caller]
    pub(crate) fn refusal(&self) -> (u16, String) {
        (self.status.as_u16(), self.json()["error"].as_str().unwrap_or_default().to_owned())
    }
}

/// The claims of a JWT, unverified.
#[track_caller]
pub(crate) fn claims(token: &Value) -> Value {
    part(token, 1)
}

/// The header of a JWT.
#[track_caller]
pub(crate) fn jose_header(token: &Value) -> Value {
    part(token, 0)
}

#[track_caller]
fn part(token: &Value, index: usize) -> Value {
    let part = token.as_str().expect("a token").split('.').nth(index).expect("a JWT");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}
