//! client_secret_jwt and private_key_jwt (RFC 7523 §2.2, §3; OpenID Connect Core §9): at every endpoint that clients call.

use std::time::Duration;

use actix_web::test::TestRequest;
use serde_json::{Value, json};
use tessera::clients::NewClient;
use tessera::keys::sign::SigningKey;
use tessera::protocol::algorithm::{JwsAlgorithm, SigningAlgorithm};
use tessera::protocol::grant_type::GrantType;
use tessera::protocol::profile::Profile;
use tessera::protocol::token_endpoint_auth_method::TokenEndpointAuthMethod as Method;

use super::world::{SECRET, World};
use crate::keys::sign::key;
use crate::support::app::Answer;
use crate::support::assertion::{claims, form, hs256, jwks};
use crate::support::database::{SetUp, in_every_set_up};
use crate::support::receiver::{Behaviour, Receiver, answer, json as answer_json};

const ISSUER: &str = "http://localhost:8080";

/// A service that proves itself by this method.
fn service(method: Method) -> impl Fn(&mut NewClient) {
    move |new| {
        new.metadata.token_endpoint_auth_method = method;
        new.metadata.grant_types = vec![GrantType::ClientCredentials];
        new.metadata.response_types.clear();
        new.metadata.redirect_uris.clear();
        if method == Method::PrivateKeyJwt {
            new.chosen.as_mut().unwrap().secret = None;
        }
    }
}

/// A world with the service `robot`, which signs with `key`.
async fn with_robot(set_up: SetUp, key: &SigningKey, edit: impl FnOnce(&mut NewClient)) -> World {
    let world = World::on(set_up).await;
    let robot = |new: &mut NewClient| {
        service(Method::PrivateKeyJwt)(new);
        new.metadata.key_set.jwks = Some(jwks(&[key]));
        edit(new);
    };
    world.register("robot", robot).await;
    world
}

/// A token request that brings this assertion.
async fn asks(world: &World, assertion: &str) -> Answer {
    let [kind, text] = form(assertion);
    let form = [("grant_type", "client_credentials"), kind, text];
    world.machine(TestRequest::post().set_form(form), "/oauth2/token").await
}

/// Sound claims of `robot`.
fn sound(world: &World, jti: &str) -> Value {
    claims("robot", ISSUER, jti, world.test.clock.now())
}

fn signed(key: &SigningKey, claims: &Value) -> String {
    key.sign("JWT", claims).unwrap()
}

#[track_caller]
fn assert_refused(answer: &Answer, why: &str) {
    assert_eq!(answer.refusal(), (401, "invalid_client".to_owned()), "{}", answer.text());
    let said = answer.json()["error_description"].as_str().unwrap().to_owned();
    assert!(said.contains(why), "{said:?} does not speak of {why:?}");
}

in_every_set_up!(a_key_proves_a_client_once_for_each_assertion, async |set_up| {
    let key = key(SigningAlgorithm::Es256);
    let world = with_robot(set_up, &key, |_| {}).await;
    let assertion = signed(&key, &sound(&world, "1"));
    let answer = asks(&world, &assertion).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(super::world::claims(&answer.json()["access_token"])["sub"], "robot");
    assert_refused(&asks(&world, &assertion).await, "used before");
    assert_eq!(asks(&world, &signed(&key, &sound(&world, "2"))).await.status, 200, "another jti is another assertion");
});

in_every_set_up!(of_two_at_once_with_one_jti_one_is_let_in, async |set_up| {
    let key = key(SigningAlgorithm::EdDsa);
    let world = with_robot(set_up, &key, |_| {}).await;
    let assertion = signed(&key, &sound(&world, "same"));
    let answers = futures_util::future::join_all((0..8).map(|_| asks(&world, &assertion))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
});

/// A replay guard never falls back: what cannot be remembered is not let in (security.md "Redis down").
#[actix_web::test]
async fn without_the_ephemeral_store_an_assertion_is_not_let_in_and_garbage_never_reaches_it() {
    let known = key(SigningAlgorithm::Es256);
    let world = with_robot(SetUp::Sqlite, &known, |_| {}).await;
    world.test.away.store(true, std::sync::atomic::Ordering::SeqCst);
    let assertion = signed(&known, &sound(&world, "1"));
    assert_eq!(asks(&world, &assertion).await.status, 503);
    let stranger = signed(&key(SigningAlgorithm::Es256), &sound(&world, "2"));
    assert_eq!(asks(&world, &stranger).await.status, 401);
    world.test.away.store(false, std::sync::atomic::Ordering::SeqCst);
    assert_eq!(asks(&world, &assertion).await.status, 200, "it was not used up");
}

/// RFC 7523 §3, rules 1 to 7, and protocol.md's "assertion lifetime".
#[actix_web::test]
async fn what_an_assertion_must_say_is_named_where_it_is_wrong() {
    let key = key(SigningAlgorithm::Ps256);
    let world = with_robot(SetUp::Sqlite, &key, |_| {}).await;
    let now = world.test.clock.now().seconds();
    let token_endpoint = format!("{ISSUER}/oauth2/token");
    for (name, value, why) in [
        ("iss", json!("someone"), "iss and sub"),
        ("iss", Value::Null, "iss and sub"),
        ("sub", json!(""), "iss and sub"),
        ("aud", Value::Null, "aud"),
        ("aud", json!(["a", 1]), "aud"),
        ("aud", json!([]), ISSUER),
        ("aud", json!("https://elsewhere.example"), ISSUER),
        ("aud", json!(format!("{ISSUER}/")), ISSUER),
        ("aud", json!(token_endpoint), ISSUER),
        ("aud", json!([ISSUER, "https://elsewhere.example"]), ISSUER),
        ("aud", json!([ISSUER, ISSUER]), ISSUER),
        ("jti", Value::Null, "jti"),
        ("jti", json!(""), "jti"),
        ("jti", json!("j".repeat(257)), "jti"),
        ("exp", Value::Null, "exp"),
        ("exp", json!("soon"), "exp"),
        ("exp", json!(now), "expired"),
        ("exp", json!(now + 3_601), "within an hour"),
        ("exp", json!(1e300), "within an hour"),
        ("iat", json!(now + 31), "in the future"),
        ("nbf", json!(now + 31), "in the future"),
        ("nbf", json!("0"), "nbf or iat is not a number"),
    ] {
        let mut wrong = sound(&world, "1");
        wrong[name] = value.clone();
        if value.is_null() {
            wrong.as_object_mut().unwrap().remove(name);
        }
        assert_refused(&asks(&world, &signed(&key, &wrong)).await, why);
    }
    let mut tolerated = sound(&world, "1");
    for (name, value) in
        [("iat", json!(now + 30)), ("nbf", json!(now + 30)), ("exp", json!(now + 3_600)), ("aud", json!([ISSUER]))]
    {
        tolerated[name] = value;
    }
    assert_eq!(asks(&world, &signed(&key, &tolerated)).await.status, 200, "nothing of the refused was remembered");
}

/// security.md "JOSE": tokens are told apart by `typ`, all pairs; RFC 8725 §3.11. Many assertions have none.
#[actix_web::test]
async fn a_token_of_another_type_is_no_assertion() {
    let key = key(SigningAlgorithm::Es256);
    let world = with_robot(SetUp::Sqlite, &key, |_| {}).await;
    let claims = sound(&world, "1");
    for typ in ["at+jwt", "logout+jwt", "oauth-authz-req+jwt", "dpop+jwt", ""] {
        assert_refused(&asks(&world, &key.sign(typ, &claims).unwrap()).await, "typ");
    }
    for (index, typ) in ["jwt", "client-authentication+jwt", "application/Client-Authentication+JWT"].iter().enumerate()
    {
        let assertion = key.sign(typ, &sound(&world, &index.to_string())).unwrap();
        assert_eq!(asks(&world, &assertion).await.status, 200, "{typ}");
    }
}

#[actix_web::test]
async fn another_key_another_algorithm_and_an_assertion_that_is_none_are_refused() {
    let known = key(SigningAlgorithm::Es256);
    let world = with_robot(SetUp::Sqlite, &known, |_| {}).await;
    let claims = sound(&world, "1");
    assert_refused(&asks(&world, &signed(&key(SigningAlgorithm::Es256), &claims)).await, "wrong");
    assert_refused(&asks(&world, &signed(&key(SigningAlgorithm::Rs256), &claims)).await, "wrong");
    assert_refused(&asks(&world, &hs256(SECRET, &claims)).await, "HS256");
    let public = serde_json::to_string(known.public()).unwrap();
    assert_refused(&asks(&world, &hs256(&public, &claims)).await, "HS256");
    assert_refused(&asks(&world, "e30.e30.").await, "cannot be read");
    assert_refused(&asks(&world, "no token").await, "cannot be read");
    let mut tampered = signed(&known, &claims);
    tampered.replace_range(tampered.len() - 2.., if tampered.ends_with('A') { "QQ" } else { "AA" });
    assert_refused(&asks(&world, &tampered).await, "");
    assert_eq!(asks(&world, &signed(&known, &claims)).await.status, 200);
}

/// The table of profiles: the token endpoint's address is an audience only for applications written for OpenID Connect Core.
#[actix_web::test]
async fn a_legacy_client_may_name_the_token_endpoint() {
    let key = key(SigningAlgorithm::Rs256);
    let legacy = |new: &mut NewClient| new.settings.profile = Profile::LegacyOidc;
    let world = with_robot(SetUp::Sqlite, &key, legacy).await;
    let token_endpoint = format!("{ISSUER}/oauth2/token");
    let audiences = [json!(token_endpoint), json!(ISSUER), json!([token_endpoint, ISSUER])];
    for (index, audience) in audiences.into_iter().enumerate() {
        let mut claims = sound(&world, &index.to_string());
        claims["aud"] = audience;
        assert_eq!(asks(&world, &signed(&key, &claims)).await.status, 200, "{claims}");
    }
    let mut elsewhere = sound(&world, "x");
    elsewhere["aud"] = json!([token_endpoint, "https://elsewhere.example"]);
    assert_refused(&asks(&world, &signed(&key, &elsewhere)).await, ISSUER);
}

#[actix_web::test]
async fn the_registered_algorithm_is_the_only_one() {
    let key = key(SigningAlgorithm::Rs256);
    let only = |new: &mut NewClient| new.metadata.token_endpoint_auth_signing_alg = Some(JwsAlgorithm::Ps256);
    let world = with_robot(SetUp::Sqlite, &key, only).await;
    assert_refused(&asks(&world, &signed(&key, &sound(&world, "1"))).await, "RS256");
}

in_every_set_up!(a_secret_proves_a_client_without_being_shown, async |set_up| {
    let world = World::on(set_up).await;
    world.register("robot", service(Method::ClientSecretJwt)).await;
    let assertion = hs256(SECRET, &sound(&world, "1"));
    let answer = asks(&world, &assertion).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_refused(&asks(&world, &assertion).await, "used before");
    assert_refused(&asks(&world, &hs256(&SECRET.replace('a', "b"), &sound(&world, "2"))).await, "wrong");
    let es256 = signed(&key(SigningAlgorithm::Es256), &sound(&world, "3"));
    assert_refused(&asks(&world, &es256).await, "ES256");
    let shown = world.token("robot", &[("grant_type", "client_credentials")]).await;
    assert_refused(&shown, "client_secret_jwt");
    let realm = world.realm.id;
    let client = world.test.app.db.client(realm, "robot").await.unwrap().unwrap();
    let sealed = client.secrets[0].sealed.as_ref().expect("it must be read back");
    assert!(!sealed.windows(SECRET.len()).any(|window| window == SECRET.as_bytes()));
});

/// During a rotation both secrets prove the client.
#[actix_web::test]
async fn a_rotated_secret_goes_on_for_its_grace() {
    let world = World::new().await;
    world.register("robot", service(Method::ClientSecretJwt)).await;
    let (realm, grace) = (world.realm.id, Duration::from_hours(1));
    let clients = &world.test.app.clients;
    let issued = clients.rotate_secret(realm, tessera::clients::Reach::All, "robot", grace, &world.operator()).await;
    let new = issued.unwrap().secret.unwrap();
    assert_eq!(asks(&world, &hs256(SECRET, &sound(&world, "1"))).await.status, 200);
    assert_eq!(asks(&world, &hs256(new.expose(), &sound(&world, "2"))).await.status, 200);
    world.advance(3_600);
    assert_refused(&asks(&world, &hs256(SECRET, &sound(&world, "3"))).await, "wrong");
}

/// At introspection and revocation too; the same assertion does not serve twice anywhere.
#[actix_web::test]
async fn an_assertion_is_used_once_whatever_the_endpoint() {
    let key = key(SigningAlgorithm::Es256);
    let world = with_robot(SetUp::Sqlite, &key, |_| {}).await;
    let token =
        asks(&world, &signed(&key, &sound(&world, "1"))).await.json()["access_token"].as_str().unwrap().to_owned();
    let at = async |path: &str, jti: &str| {
        let assertion = signed(&key, &sound(&world, jti));
        let [kind, text] = form(&assertion);
        world.machine(TestRequest::post().set_form([("token", token.as_str()), kind, text]), path).await
    };
    assert_eq!(at("/oauth2/introspect", "2").await.json()["active"], true);
    assert_refused(&at("/oauth2/revoke", "2").await, "used before");
    assert_eq!(at("/oauth2/revoke", "3").await.status, 200);
    assert_eq!(at("/oauth2/introspect", "4").await.json()["active"], false);
}

/// RFC 6749 §2.3 and RFC 7521 §4.2: one method, one client.
#[actix_web::test]
async fn an_assertion_beside_a_secret_or_another_client_id_is_an_invalid_request() {
    let key = key(SigningAlgorithm::Es256);
    let world = with_robot(SetUp::Sqlite, &key, |_| {}).await;
    let assertion = signed(&key, &sound(&world, "1"));
    let [kind, text] = form(&assertion);
    for beside in [("client_id", "web"), ("client_secret", SECRET)] {
        let form = [("grant_type", "client_credentials"), kind, text, beside];
        let answer = world.machine(TestRequest::post().set_form(form), "/oauth2/token").await;
        assert_eq!(answer.refusal(), (400, "invalid_request".to_owned()), "{beside:?}");
    }
    let own = [("grant_type", "client_credentials"), kind, text, ("client_id", "robot")];
    assert_eq!(world.machine(TestRequest::post().set_form(own), "/oauth2/token").await.status, 200);
}

/// A client with keys at a URL that the operator has opened.
async fn with_remote_keys(behaviour: Behaviour) -> (World, Receiver) {
    let receiver = Receiver::start(behaviour).await;
    let opening = receiver.opening().parse().unwrap();
    let world = World::with(|config| config.outgoing.allow = vec![opening]).await;
    let uri = receiver.url("/jwks");
    let robot = |new: &mut NewClient| {
        service(Method::PrivateKeyJwt)(new);
        new.metadata.key_set.jwks_uri = Some(uri);
    };
    world.register("robot", robot).await;
    (world, receiver)
}

/// protocol.md: `jwks_uri` fetched at use, again on an unknown kid.
#[actix_web::test]
async fn keys_at_a_url_are_fetched_at_use_and_again_for_a_key_that_is_new() {
    let (old, new) = (key(SigningAlgorithm::Es256), key(SigningAlgorithm::Es256));
    let (world, receiver) = with_remote_keys(answer_json(&jwks(&[&old]).to_string())).await;
    assert_eq!(receiver.requests().len(), 0);
    assert_eq!(asks(&world, &signed(&old, &sound(&world, "1"))).await.status, 200);
    assert_eq!(asks(&world, &signed(&old, &sound(&world, "2"))).await.status, 200);
    assert_eq!(receiver.requests().len(), 1);
    receiver.change(answer_json(&jwks(&[&old, &new]).to_string()));
    assert_eq!(asks(&world, &signed(&new, &sound(&world, "3"))).await.status, 200);
    assert_eq!(receiver.requests().len(), 2);
}

/// What lies behind the firewall is not told (security.md "Outgoing requests").
#[actix_web::test]
async fn keys_that_cannot_be_had_are_the_client_s_fault_and_say_why() {
    let known = key(SigningAlgorithm::Es256);
    for (behaviour, why) in [
        (answer("500 Oops", "", ""), "status 200"),
        (answer("302 Found", "location: http://127.0.0.1\r\n", ""), "redirect"),
        (answer_json("[]"), "no JWK set"),
        (answer("200 OK", "content-type: text/html\r\n", "{}"), "media type"),
    ] {
        let (world, receiver) = with_remote_keys(behaviour).await;
        let refused = asks(&world, &signed(&known, &sound(&world, "1"))).await;
        assert_refused(&refused, why);
        assert!(!refused.text().contains(&receiver.address.port().to_string()), "{}", refused.text());
    }
}

/// A key of another client proves nothing, also where both have the same kid.
#[actix_web::test]
async fn one_client_s_key_is_not_another_s() {
    let (own, other) = (key(SigningAlgorithm::Es256), key(SigningAlgorithm::Es256));
    let world = with_robot(SetUp::Sqlite, &own, |_| {}).await;
    let second = |new: &mut NewClient| {
        service(Method::PrivateKeyJwt)(new);
        new.metadata.key_set.jwks = Some(jwks(&[&other]));
    };
    world.register("second", second).await;
    assert_refused(&asks(&world, &signed(&other, &sound(&world, "1"))).await, "wrong");
    let shared_jti = claims("second", ISSUER, "1", world.test.clock.now());
    assert_eq!(asks(&world, &signed(&own, &sound(&world, "1"))).await.status, 200);
    assert_eq!(asks(&world, &signed(&other, &shared_jti)).await.status, 200, "a jti is a client's own");
}
