//! RFC 7591, RFC 7592 and OpenID Connect Registration: clients that register themselves.

mod admission;
mod redirect_uris;
mod shut_out;

use actix_web::http::{Method, header};
use actix_web::test::TestRequest;
use serde_json::{Value, json};
use tessera::config::Config;
use tessera::keys::sign::SigningKey;
use tessera::protocol::algorithm::SigningAlgorithm;
use tessera::protocol::client_registration::RegistrationMode;
use tessera::protocol::profile::Profile;
use tessera::store::realms::Settings;

use super::world::{Asking, CHALLENGE, REDIRECT_URI, World, basic, came, claims, redemption};
use crate::ephemeral::tls::certificates;
use crate::keys::sign::key;
use crate::support::app::Answer;
use crate::support::assertion;
use crate::support::database::{SetUp, in_every_set_up};
use crate::support::receiver::{Receiver, json as answer_json};

const PATH: &str = "/oauth2/register";
const ISSUER: &str = "http://localhost:8080";

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

/// A token request that authenticates by the secret of the registration.
async fn redeem(world: &World, registered: &Value, form: &[(&str, &str)]) -> Answer {
    let [id, secret] = ["client_id", "client_secret"].map(|name| registered[name].as_str().unwrap());
    let request = TestRequest::post().insert_header((header::AUTHORIZATION, basic(id, secret))).set_form(form);
    world.machine(request, "/oauth2/token").await
}

in_every_set_up!(a_client_that_registers_itself_gets_tokens_and_manages_itself, async |set_up| {
    let world = World::on(set_up).await;
    let answer = register(&world, &sound()).await;
    assert_eq!((answer.status.as_u16(), answer.header("cache-control")), (201, Some("no-store")));
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let made = answer.json();
    let (id, secret) = (made["client_id"].as_str().unwrap(), made["client_secret"].as_str().unwrap());
    assert_eq!(made["registration_client_uri"], format!("http://localhost:8080{PATH}/{id}"));
    assert_eq!(made["client_secret_expires_at"], 0, "there whenever a secret is");
    assert_eq!(made["client_id_issued_at"], world.test.clock.now().seconds());
    assert_eq!(
        (&made["grant_types"], &made["id_token_signed_response_alg"]),
        (&json!(["authorization_code"]), &json!("RS256"))
    );
    let code = world.code(&Asking::of(id)).await;
    let tokens = redeem(&world, &made, &redemption(&code)).await;
    assert_eq!(claims(&tokens.json()["id_token"])["aud"], id, "{}", tokens.text());

    let read = own(&world, Method::GET, &made, None).await.json();
    assert!(read.get("client_secret").is_none(), "it is shown once");
    let new =
        json!({"client_id": id, "client_secret": secret, "client_name": "Papers", "redirect_uris": [REDIRECT_URI]});
    let replaced = own(&world, Method::PUT, &made, Some(&new)).await.json();
    assert_eq!((&read["client_name"], &replaced["client_name"]), (&json!("Notes"), &json!("Papers")));
    for name in ["registration_client_uri", "registration_access_token"] {
        assert_eq!([&read[name], &replaced[name]], [&made[name]; 2], "{name} is told each time");
    }
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
    let world = World::with(|config: &mut Config| config.registration.default_profile = Profile::LegacyOidc).await;
    let mut asked = sound();
    asked["response_types"] = json!(["token id_token code", "id_token"]);
    asked["contacts"] = json!(["https://app.example.com/support", "ada@example.com"]);
    let made = registered(&world, &asked).await;
    assert_eq!(made["response_types"], json!(["code id_token token", "id_token"]), "RFC 6749 §3.1.1: in any order");
    assert_eq!(made["contacts"], asked["contacts"]);
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
        assert_eq!(answer.header("content-type"), Some("application/json"));
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

/// RFC 7592 §2.1: a realm knows the registrations of its own clients alone, and tells nothing of another's.
#[actix_web::test]
async fn a_registration_of_another_realm_is_unknown() {
    let world = World::new().await;
    world.test.third_realm().await;
    let here = registered(&world, &sound()).await;
    let there = ask(&world, Method::POST, "/r/third/oauth2/register", None, Some(&sound())).await.json();
    let [token, other] = [&here, &there].map(|made| made["registration_access_token"].as_str().unwrap());
    let unknown = ask(&world, Method::GET, &format!("{PATH}/nobody"), Some(token), None).await;
    assert_eq!(unknown.refusal(), (401, "invalid_token".to_owned()));
    let moved = format!("/r/third{}", path_of(&here));
    for (path, token) in [(&moved, token), (&path_of(&there), token), (&path_of(&here), other)] {
        for method in [Method::GET, Method::PUT, Method::DELETE] {
            let body = json!({"client_id": here["client_id"], "redirect_uris": [REDIRECT_URI]});
            let refused = ask(&world, method.clone(), path, Some(token), Some(&body)).await;
            assert_eq!((refused.status, &refused.body), (unknown.status, &unknown.body), "{method} {path}");
        }
    }
    for made in [&here, &there] {
        assert_eq!(own(&world, Method::GET, made, None).await.json()["client_name"], "Notes");
    }
}

/// protocol.md "Checked nearly everywhere": any origin without credentials, any request header, the preflight.
#[actix_web::test]
async fn browser_clients_of_any_origin_may_register_and_manage_themselves() {
    let world = World::new().await;
    let client = path_of(&registered(&world, &sound()).await);
    let origin = ("origin", "https://spa.example.com");
    let managed = [Method::GET, Method::PUT, Method::DELETE].map(|method| (method, client.as_str()));
    for (method, path) in [(Method::POST, PATH)].into_iter().chain(managed) {
        let preflight = TestRequest::default()
            .method(Method::OPTIONS)
            .insert_header(origin)
            .insert_header((header::ACCESS_CONTROL_REQUEST_METHOD, method.as_str()))
            .insert_header((header::ACCESS_CONTROL_REQUEST_HEADERS, "authorization,x-anything"));
        let allowed = world.machine(preflight, path).await;
        assert_eq!(allowed.status, 200, "{method} {path}");
        assert!(allowed.header("access-control-allow-methods").unwrap().contains(method.as_str()), "{method}");
        assert!(allowed.header("access-control-allow-headers").unwrap().contains("x-anything"), "{method}");
        let request = TestRequest::default().method(method.clone()).insert_header(origin).set_json(sound());
        let answer = world.machine(request, path).await;
        assert_eq!(answer.status, if method == Method::POST { 201 } else { 401 }, "{method} {path}");
        for answer in [allowed, answer] {
            assert_eq!(answer.header("access-control-allow-origin"), Some("*"), "{method} {path}");
            assert_eq!(answer.header("access-control-allow-credentials"), None, "{method} {path}");
        }
    }
}

/// OpenID Connect Registration §5: redirect URIs of several hosts are one sector where its document lists them all.
#[actix_web::test]
async fn a_sector_that_lists_every_redirect_uri_is_taken() {
    let uris = json!([REDIRECT_URI, "https://other.example.com/cb"]);
    let folder = certificates().await;
    let receiver = Receiver::with_tls(folder.path(), answer_json(&uris.to_string())).await;
    let open = |config: &mut Config| receiver.open_to_strangers(&mut config.outgoing, folder.path());
    let world = World::with(open).await;
    let sector = format!("https://localhost:{}/sector.json", receiver.address.port());
    let asked = json!({"redirect_uris": uris, "subject_type": "pairwise", "sector_identifier_uri": sector});
    let made = registered(&world, &asked).await;
    assert_eq!((&made["subject_type"], &made["sector_identifier_uri"]), (&json!("pairwise"), &json!(sector)));
    assert_eq!(receiver.requests().len(), 1);
    receiver.change(answer_json(&json!([REDIRECT_URI]).to_string()));
    assert_eq!(register(&world, &asked).await.refusal(), (400, "invalid_client_metadata".to_owned()));
}

/// RFC 7592 §2.2: what is left out is taken away; what the realm allows the client stays.
#[actix_web::test]
async fn a_replacement_is_whole() {
    let world = World::new().await;
    let mut asked = sound();
    asked["policy_uri"] = json!("https://app.example.com/policy");
    asked["initiate_login_uri"] = json!("https://app.example.com/login");
    let made = registered(&world, &asked).await;
    let read = own(&world, Method::GET, &made, None).await.json();
    for name in ["policy_uri", "initiate_login_uri"] {
        assert_eq!([&made[name], &read[name]], [&asked[name]; 2], "{name} is kept");
    }
    let id = made["client_id"].as_str().unwrap();
    let new = json!({"client_id": id, "redirect_uris": [REDIRECT_URI], "token_endpoint_auth_method": "none"});
    let replaced = own(&world, Method::PUT, &made, Some(&new)).await.json();
    for name in ["policy_uri", "initiate_login_uri", "client_name"] {
        assert!(replaced.get(name).is_none(), "{name} was left out");
    }
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

/// protocol.md "Profiles": PKCE is required of public clients; a confidential one of a legacy realm may do without.
#[actix_web::test]
async fn a_confidential_client_of_a_legacy_realm_redeems_a_code_without_pkce() {
    let world = World::with(|config: &mut Config| config.registration.default_profile = Profile::LegacyOidc).await;
    let asking = |made: &Value| {
        Asking::of(made["client_id"].as_str().unwrap()).without("code_challenge").without("code_challenge_method")
    };
    let made = registered(&world, &sound()).await;
    let code = world.code(&asking(&made)).await;
    let form = [("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", REDIRECT_URI)];
    let tokens = redeem(&world, &made, &form).await;
    assert_eq!(claims(&tokens.json()["id_token"])["aud"], made["client_id"], "{}", tokens.text());
    let mut public = sound();
    public["token_endpoint_auth_method"] = json!("none");
    let public = asking(&registered(&world, &public).await);
    assert_eq!(came(&world.browser().get(&public.path()).await).unwrap().error(), "invalid_request");
}

/// protocol.md "Profiles": what a realm sets itself counts before the configuration, in its metadata and for a registration.
#[actix_web::test]
async fn a_realm_s_own_default_profile_counts_before_the_configured_one() {
    for (configured, own, types, status) in
        [(Profile::OAuth21, Profile::LegacyOidc, 6, 201), (Profile::LegacyOidc, Profile::OAuth21, 1, 400)]
    {
        let world = World::with(|config: &mut Config| config.registration.default_profile = configured).await;
        let (realm, now) = (world.realm.id, world.test.clock.now());
        let settings = Settings { default_profile: Some(own), ..Settings::default() };
        let db = &world.test.app.db;
        db.write(async move |tx| tx.set_realm_settings(realm, &settings, now).await).await.unwrap();
        let document = world.machine(TestRequest::get(), "/.well-known/openid-configuration").await.json();
        assert_eq!(document["response_types_supported"].as_array().unwrap().len(), types, "{own}");
        let implicit = json!({"redirect_uris": [REDIRECT_URI], "response_types": ["id_token"]});
        assert_eq!(register(&world, &implicit).await.status, status, "{own}");
    }
}

#[actix_web::test]
async fn where_it_is_off_nobody_registers_and_metadata_does_not_say_so() {
    let world = World::with(|config: &mut Config| config.registration.mode = RegistrationMode::Off).await;
    assert_eq!(register(&world, &sound()).await.refusal(), (400, "invalid_request".to_owned()));
    let metadata = world.machine(TestRequest::get(), "/.well-known/openid-configuration").await.json();
    assert!(metadata.get("registration_endpoint").is_none());
}

/// An ID token of an algorithm that nobody can sign would be a failure at every sign-in.
#[actix_web::test]
async fn an_algorithm_that_the_realm_has_no_key_for_is_refused() {
    let few = |config: &mut Config| config.keys.algorithms = vec![SigningAlgorithm::Rs256, SigningAlgorithm::Es256];
    let world = World::with(few).await;
    world.test.third_realm().await;
    let path = format!("/r/third{PATH}");
    for name in ["id_token_signed_response_alg", "userinfo_signed_response_alg"] {
        let mut asked = sound();
        asked[name] = json!("PS256");
        let refused = ask(&world, Method::POST, &path, None, Some(&asked)).await;
        assert_eq!(refused.refusal(), (400, "invalid_client_metadata".to_owned()), "{name}");
        asked[name] = json!("ES256");
        let made = ask(&world, Method::POST, &path, None, Some(&asked)).await.json();
        let mut changed = json!({"client_id": made["client_id"], "redirect_uris": [REDIRECT_URI]});
        changed[name] = json!("EdDSA");
        let refused = own(&world, Method::PUT, &made, Some(&changed)).await;
        assert_eq!(refused.refusal(), (400, "invalid_client_metadata".to_owned()), "{name}");
    }
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
    let asked = statement(&trusted, vouched.clone());
    let made = registered(&world, &asked).await;
    assert_eq!((&made["client_name"], &made["software_id"]), (&json!("Vouched"), &json!("4NRB1")));
    assert_eq!(made["software_statement"], asked["software_statement"], "§3.2.1: unmodified");
    let typed = |typ: &str| {
        let mut asked = sound();
        asked["software_statement"] = json!(trusted.sign(typ, &vouched).unwrap());
        asked
    };
    let mut other = vouched.clone();
    other["iss"] = json!("https://elsewhere.example");
    let mut over = vouched.clone();
    over["exp"] = json!(now);
    let mut dateless = vouched.clone();
    dateless["exp"] = json!("9999999999");
    let for_us = |audience: Value| {
        let mut vouched = vouched.clone();
        vouched["aud"] = audience;
        statement(&trusted, vouched)
    };
    for audience in [json!(ISSUER), json!(["https://elsewhere.example", ISSUER])] {
        registered(&world, &for_us(audience)).await;
    }
    for (asked, code) in [
        (for_us(json!("https://elsewhere.example")), "invalid_software_statement"),
        (for_us(json!([])), "invalid_software_statement"),
        (sound(), "unapproved_software_statement"),
        (statement(&trusted, other), "unapproved_software_statement"),
        (statement(&stranger, vouched.clone()), "invalid_software_statement"),
        (statement(&trusted, over), "invalid_software_statement"),
        (statement(&trusted, dateless), "invalid_software_statement"),
        (typed("logout+jwt"), "invalid_software_statement"),
    ] {
        assert_eq!(register(&world, &asked).await.refusal(), (400, code.to_owned()), "{asked}");
    }
    // Nobody vouches for a client id metadata document.
    let document = world.browser().get(&Asking::of("https://app.example.com/client.json").path()).await;
    assert!(document.text().contains("unknown_client"), "{}", document.text());
    let metadata = world.machine(TestRequest::get(), "/.well-known/openid-configuration").await.json();
    assert!(metadata.get("client_id_metadata_document_supported").is_none());
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
