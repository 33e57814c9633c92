//! RFC 7591, RFC 7592 and OpenID Connect Registration: clients that register themselves.

use std::time::Duration;

use actix_web::http::{Method, header};
use actix_web::test::TestRequest;
use serde_json::{Value, json};
use tessera::config::Config;
use tessera::jobs;
use tessera::keys::sign::SigningKey;
use tessera::protocol::algorithm::SigningAlgorithm;
use tessera::protocol::client_registration::RegistrationMode;
use tessera::protocol::profile::Profile;
use tessera::store::registrations::InitialAccessToken;

use super::world::{Asking, CHALLENGE, REDIRECT_URI, VERIFIER, World, basic, claims};
use crate::keys::sign::key;
use crate::support::app::Answer;
use crate::support::assertion;
use crate::support::database::{SetUp, in_every_set_up};
use crate::support::receiver::{Receiver, json as answer_json};

const PATH: &str = "/oauth2/register";

fn sound() -> Value {
    json!({"client_name": "Notes", "redirect_uris": [REDIRECT_URI]})
}

async fn ask(world: &World, method: Method, path: &str, token: Option<&str>, body: Option<&Value>) -> Answer {
    let mut request = TestRequest::default().method(method);
    if let Some(token) = token {
        request = request.insert_header((header::AUTHORIZATION, format!("Bearer {token}")));
    }
    if let Some(body) = body {
        request = request.set_json(body);
    }
    world.machine(request, path).await
}

async fn register(world: &World, body: &Value) -> Answer {
    ask(world, Method::POST, PATH, None, Some(body)).await
}

async fn registered(world: &World, body: &Value) -> Value {
    let answer = register(world, body).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()
}

fn path_of(registered: &Value) -> String {
    registered["registration_client_uri"].as_str().unwrap().strip_prefix("http://localhost:8080").unwrap().to_owned()
}

async fn own(world: &World, method: Method, registered: &Value, body: Option<&Value>) -> Answer {
    let token = registered["registration_access_token"].as_str().unwrap();
    ask(world, method, &path_of(registered), Some(token), body).await
}

in_every_set_up!(a_client_that_registers_itself_gets_tokens_and_manages_itself, async |set_up| {
    let world = World::on(set_up).await;
    let answer = register(&world, &sound()).await;
    assert_eq!((answer.status.as_u16(), answer.header("cache-control")), (201, Some("no-store")));
    let made = answer.json();
    let (id, secret) = (made["client_id"].as_str().unwrap(), made["client_secret"].as_str().unwrap());
    assert_eq!(made["client_secret_expires_at"], 0, "there whenever a secret is");
    assert_eq!(made["client_id_issued_at"], world.test.clock.now().seconds());
    assert_eq!(
        (&made["grant_types"], &made["id_token_signed_response_alg"]),
        (&json!(["authorization_code"]), &json!("RS256"))
    );
    let code = world.code(&Asking::of(id)).await;
    let form = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", REDIRECT_URI),
        ("code_verifier", VERIFIER),
    ];
    let request = TestRequest::post().insert_header((header::AUTHORIZATION, basic(id, secret))).set_form(form);
    let tokens = world.machine(request, "/oauth2/token").await;
    assert_eq!(claims(&tokens.json()["id_token"])["aud"], id, "{}", tokens.text());

    let read = own(&world, Method::GET, &made, None).await.json();
    assert!(read.get("client_secret").is_none(), "it is shown once");
    assert_eq!(
        (&read["client_name"], &read["registration_access_token"]),
        (&made["client_name"], &made["registration_access_token"])
    );
    let new =
        json!({"client_id": id, "client_secret": secret, "client_name": "Papers", "redirect_uris": [REDIRECT_URI]});
    assert_eq!(own(&world, Method::PUT, &made, Some(&new)).await.json()["client_name"], "Papers");
    assert_eq!(own(&world, Method::DELETE, &made, None).await.status, 204);
    assert_eq!(own(&world, Method::GET, &made, None).await.refusal(), (401, "invalid_token".to_owned()));
    let gone = world.browser().get(&Asking::of(id).path()).await;
    assert_eq!(gone.status, 400, "the client is gone");
});

/// RFC 7591 §2: unknown metadata is ignored; so are grants that are not served, beside those that are.
#[actix_web::test]
async fn what_is_unknown_is_ignored_and_what_is_missing_has_its_default() {
    let world = World::new().await;
    let mut asked = sound();
    asked["x_unknown"] = json!({"a": 1});
    asked["tos_uri"] = Value::Null;
    asked["token_endpoint_auth_method"] = json!("none");
    asked["grant_types"] =
        json!(["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"]);
    let made = registered(&world, &asked).await;
    assert!(made.get("client_secret").is_none() && made.get("client_secret_expires_at").is_none());
    assert!(made.get("x_unknown").is_none());
    assert_eq!(made["grant_types"], json!(["authorization_code", "refresh_token"]));
    assert_eq!(made["response_types"], json!(["code"]));
}

/// RFC 7591 §3.2.2; protocol.md "Dynamic": a fragment → 400 invalid_redirect_uri, http in initiate_login_uri → invalid_client_metadata.
#[actix_web::test]
async fn faulty_metadata_has_its_error_and_nothing_is_stored() {
    let world = World::new().await;
    let with = |name: &str, value: Value| {
        let mut asked = sound();
        asked[name] = value;
        asked
    };
    for (asked, code) in [
        (with("redirect_uris", json!(["https://app.example.com/cb#x"])), "invalid_redirect_uri"),
        (with("redirect_uris", json!(["javascript:alert(1)"])), "invalid_redirect_uri"),
        (with("redirect_uris", json!(["https://*.example.com/cb"])), "invalid_redirect_uri"),
        (with("redirect_uris", json!([])), "invalid_redirect_uri"),
        (json!({"client_name": "Nowhere"}), "invalid_redirect_uri"),
        (with("redirect_uris", json!("https://app.example.com/cb")), "invalid_client_metadata"),
        (with("initiate_login_uri", json!("http://app.example.com/login")), "invalid_client_metadata"),
        (with("jwks_uri", json!("http://app.example.com/jwks")), "invalid_client_metadata"),
        (with("request_uris", json!(["http://app.example.com/r"])), "invalid_client_metadata"),
        (with("backchannel_logout_uri", json!("http://app.example.com/out")), "invalid_client_metadata"),
        (with("sector_identifier_uri", json!("https://10.0.0.1/sector")), "invalid_client_metadata"),
        (with("token_endpoint_auth_method", json!("private_key_jwt")), "invalid_client_metadata"),
        (with("token_endpoint_auth_method", json!("tls_client_auth")), "invalid_client_metadata"),
        (with("response_types", json!(["id_token"])), "invalid_client_metadata"),
        (with("grant_types", json!(["password"])), "invalid_client_metadata"),
        (with("grant_types", json!(["authorization_code", "client_credentials"])), "invalid_client_metadata"),
        (with("id_token_signed_response_alg", json!("none")), "invalid_client_metadata"),
        (with("scope", json!("a\u{0}b")), "invalid_client_metadata"),
        (with("software_statement", json!(1)), "invalid_software_statement"),
        (with("software_statement", json!("nonsense")), "invalid_software_statement"),
        (json!([sound()]), "invalid_client_metadata"),
    ] {
        // A list where one sector is fetched and found to be private takes no time: nobody is asked.
        let answer = register(&world, &asked).await;
        assert_eq!(answer.refusal(), (400, code.to_owned()), "{asked}: {}", answer.text());
        let said = answer.json()["error_description"].as_str().unwrap().to_owned();
        assert!(!said.is_empty() && said.bytes().all(|byte| (0x20..0x7f).contains(&byte)), "{said}");
    }
    for body in ["{", "{\"client_name\":\"a\",\"client_name\":\"b\"}", "", "null"] {
        let request = TestRequest::post().insert_header((header::CONTENT_TYPE, "application/json")).set_payload(body);
        assert_eq!(world.machine(request, PATH).await.refusal(), (400, "invalid_client_metadata".to_owned()), "{body}");
    }
    let form = TestRequest::post().set_form([("client_name", "a")]);
    assert_eq!(world.machine(form, PATH).await.refusal(), (400, "invalid_client_metadata".to_owned()));
    let known = world.test.app.db.clients(world.realm.id, None, None, 100).await.unwrap();
    assert_eq!(known.len(), 3, "those of the world alone");
}

/// RFC 7592 §2.1: another's token, no token, the client's secret: nothing is told or changed.
#[actix_web::test]
async fn a_registration_is_its_own_client_s_alone() {
    let world = World::new().await;
    let (one, other) = (registered(&world, &sound()).await, registered(&world, &sound()).await);
    let token = other["registration_access_token"].as_str().unwrap();
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        let body = json!({"client_id": one["client_id"], "redirect_uris": [REDIRECT_URI]});
        for shown in [None, Some(token), Some(one["client_secret"].as_str().unwrap()), Some("x")] {
            let refused = ask(&world, method.clone(), &path_of(&one), shown, Some(&body)).await;
            assert_eq!(refused.status, 401, "{method} {shown:?}");
            assert!(refused.header("www-authenticate").unwrap().starts_with("Bearer "));
        }
    }
    let operators = ask(&world, Method::GET, "/oauth2/register/web", Some(token), None).await;
    assert_eq!(operators.status, 401, "an operator's client has no registration");
    for body in [
        json!({"redirect_uris": [REDIRECT_URI]}),
        json!({"client_id": other["client_id"], "redirect_uris": [REDIRECT_URI]}),
        json!({"client_id": one["client_id"], "client_secret": "chosen", "redirect_uris": [REDIRECT_URI]}),
    ] {
        assert_eq!(own(&world, Method::PUT, &one, Some(&body)).await.refusal(), (400, "invalid_request".to_owned()));
    }
    let faulty = json!({"client_id": one["client_id"], "redirect_uris": ["https://app.example.com/cb#x"]});
    assert_eq!(own(&world, Method::PUT, &one, Some(&faulty)).await.refusal(), (400, "invalid_redirect_uri".to_owned()));
    assert_eq!(own(&world, Method::GET, &one, None).await.json()["redirect_uris"], json!([REDIRECT_URI]));
}

/// RFC 7592 §2.2: what is left out is taken away; what the realm allows the client stays.
#[actix_web::test]
async fn a_replacement_is_whole() {
    let world = World::new().await;
    let mut asked = sound();
    asked["policy_uri"] = json!("https://app.example.com/policy");
    let made = registered(&world, &asked).await;
    let id = made["client_id"].as_str().unwrap();
    let new = json!({"client_id": id, "redirect_uris": [REDIRECT_URI], "token_endpoint_auth_method": "none"});
    let replaced = own(&world, Method::PUT, &made, Some(&new)).await.json();
    assert!(replaced.get("policy_uri").is_none() && replaced.get("client_name").is_none());
    let confidential = json!({"client_id": id, "redirect_uris": [REDIRECT_URI]});
    let again = own(&world, Method::PUT, &made, Some(&confidential)).await.json();
    assert_ne!(again["client_secret"], made["client_secret"], "a new one, shown once");
    assert_eq!(again["client_secret_expires_at"], 0);
}

/// The realm's default profile is the registration's (protocol.md "Profiles").
#[actix_web::test]
async fn a_legacy_realm_takes_every_response_type() {
    let world = World::with(|config: &mut Config| config.registration.default_profile = Profile::LegacyOidc).await;
    let asked = json!({"redirect_uris": [REDIRECT_URI], "response_types": ["code id_token", "id_token"]});
    let made = registered(&world, &asked).await;
    assert_eq!(made["grant_types"], json!(["authorization_code", "implicit"]), "those that the response types need");
    let asking = Asking::of(made["client_id"].as_str().unwrap()).with("response_type", "id_token").with("nonce", "n");
    let came = world.allow(&world.browser(), &asking.without("code_challenge").without("code_challenge_method")).await;
    assert!(came.parameters.contains_key("id_token"));
}

#[actix_web::test]
async fn where_it_is_off_nobody_registers_and_metadata_does_not_say_so() {
    let world = World::with(|config: &mut Config| config.registration.mode = RegistrationMode::Off).await;
    assert_eq!(register(&world, &sound()).await.refusal(), (400, "invalid_request".to_owned()));
    let metadata = world.machine(TestRequest::get(), "/.well-known/openid-configuration").await.json();
    assert!(metadata.get("registration_endpoint").is_none());
}

async fn initial_access_token(world: &World, uses: i64, seconds: u64) -> String {
    let now = world.test.clock.now();
    let token = InitialAccessToken {
        id: world.test.app.random.id(now),
        note: String::new(),
        uses_left: uses,
        expires_at: (now + Duration::from_secs(seconds)).millis(),
        created_at: now.millis(),
    };
    let made = world.test.app.clients.create_initial_access_token(world.realm.id, token).await.unwrap();
    made.1.expose().to_owned()
}

in_every_set_up!(an_initial_access_token_lets_so_many_register_and_no_more, async |set_up| {
    let edit = |config: &mut Config| config.registration.mode = RegistrationMode::Token;
    let world = World::at(set_up, super::world::Place::Root, edit).await;
    let with = async |token: Option<&str>| ask(&world, Method::POST, PATH, token, Some(&sound())).await;
    assert_eq!(with(None).await.status, 401);
    assert_eq!(with(Some("wrong")).await.refusal(), (401, "invalid_token".to_owned()));
    let token = initial_access_token(&world, 2, 60).await;
    let faulty = json!({"redirect_uris": ["https://a.example/#"]});
    assert_eq!(ask(&world, Method::POST, PATH, Some(&token), Some(&faulty)).await.status, 400, "which costs no use");
    let at_once = futures_util::future::join_all((0..5).map(|_| with(Some(&token)))).await;
    assert_eq!(at_once.iter().filter(|answer| answer.status == 201).count(), 2);
    let late = initial_access_token(&world, 2, 60).await;
    world.advance(60);
    assert_eq!(with(Some(&late)).await.status, 401, "it is over");
});

/// Nobody fills the database: what waits to be used is limited, and cleared away; what was used stays.
#[actix_web::test]
async fn unused_registrations_are_few_and_do_not_last() {
    let world = World::with(|config: &mut Config| config.registration.max_unused = 2).await;
    let (used, unused) = (registered(&world, &sound()).await, registered(&world, &sound()).await);
    let refused = register(&world, &sound()).await;
    assert_eq!((refused.status.as_u16(), refused.header("retry-after")), (503, Some("3600")));
    let token = initial_access_token(&world, 1, 60).await;
    assert_eq!(own(&world, Method::GET, &unused, None).await.status, 200);
    drop(token);
    world.code(&Asking::of(used["client_id"].as_str().unwrap())).await;
    assert_eq!(register(&world, &sound()).await.status, 201, "one that is used leaves room");
    world.advance(24 * 3600);
    jobs::purge(&world.test.app).await.unwrap();
    assert_eq!(own(&world, Method::GET, &unused, None).await.status, 401);
    assert_eq!(own(&world, Method::GET, &used, None).await.status, 200);
    assert_eq!(world.test.app.db.clients(world.realm.id, None, None, 100).await.unwrap().len(), 4, "operators' stay");
}

#[actix_web::test]
async fn one_address_registers_so_often_and_no_more() {
    let world = World::with(|config: &mut Config| config.limits.registration = "2 per 1h".parse().unwrap()).await;
    for _ in 0..2 {
        registered(&world, &sound()).await;
    }
    let refused = register(&world, &sound()).await;
    assert_eq!(refused.status, 429);
    assert!(refused.header("retry-after").is_some());
}

/// RFC 7591 §2.3: what a trusted issuer vouches for takes the place of what the client says itself.
#[actix_web::test]
async fn a_software_statement_of_a_trusted_issuer_counts() {
    let (trusted, stranger) = (key(SigningAlgorithm::Es256), key(SigningAlgorithm::Es256));
    let document = |key: &SigningKey| assertion::jwks(&[key]).to_string();
    let directory = Receiver::start(answer_json(&document(&trusted))).await;
    let (opening, issuer) = (directory.opening(), format!("https://directory.example {}", directory.url("/jwks")));
    let world = World::with(|config: &mut Config| {
        config.outgoing.allow = vec![opening.parse().unwrap()];
        config.registration.software_statement_issuers = vec![issuer.parse().unwrap()];
        config.registration.require_software_statement = true;
    })
    .await;
    let now = world.test.clock.now().seconds();
    let statement = |key: &SigningKey, claims: Value| {
        let mut asked = sound();
        asked["software_statement"] = json!(key.sign("JWT", &claims).unwrap());
        asked
    };
    let vouched =
        json!({"iss": "https://directory.example", "iat": now, "client_name": "Vouched", "software_id": "4NRB1"});
    let made = registered(&world, &statement(&trusted, vouched.clone())).await;
    assert_eq!((&made["client_name"], &made["software_id"]), (&json!("Vouched"), &json!("4NRB1")));
    let mut other = vouched.clone();
    other["iss"] = json!("https://elsewhere.example");
    let mut over = vouched.clone();
    over["exp"] = json!(now);
    let mut dateless = vouched.clone();
    dateless["exp"] = json!("9999999999");
    for (asked, code) in [
        (sound(), "unapproved_software_statement"),
        (statement(&trusted, other), "unapproved_software_statement"),
        (statement(&stranger, vouched), "invalid_software_statement"),
        (statement(&trusted, over), "invalid_software_statement"),
        (statement(&trusted, dateless), "invalid_software_statement"),
    ] {
        assert_eq!(register(&world, &asked).await.refusal(), (400, code.to_owned()), "{asked}");
    }
}

/// security.md: two redirect URIs registered and none sent → error page; a self-registered client is told to be one.
#[actix_web::test]
async fn of_two_redirect_uris_one_must_be_named() {
    let world = World::at(SetUp::Sqlite, super::world::Place::Root, |_| {}).await;
    let asked = json!({"redirect_uris": [REDIRECT_URI, "https://app.example.com/cb?own=1"]});
    let made = registered(&world, &asked).await;
    let id = made["client_id"].as_str().unwrap();
    let page = world.browser().get(&Asking::of(id).without("redirect_uri").path()).await;
    assert_eq!((page.status.as_u16(), page.header("location")), (400, None));
    let with_query =
        Asking::of(id).with("redirect_uri", "https://app.example.com/cb?own=1").with("code_challenge", CHALLENGE);
    let browser = world.signed_in().await;
    let page = browser.follow(browser.get(&with_query.path()).await).await;
    assert!(page.text().contains("registered itself"), "{}", page.text());
    let came = world.allow(&browser, &with_query).await;
    assert_eq!((came.at.as_str(), came.parameters["own"].as_str()), ("https://app.example.com/cb", "1"));
}
