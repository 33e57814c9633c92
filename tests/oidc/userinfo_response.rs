//! OpenID Connect Core §5.3.2: userinfo as JSON, signed, encrypted, or signed and then encrypted, as the client registered it.

use actix_web::http::header;
use actix_web::test::TestRequest;
use serde_json::{Value, json};
use tessera::clients::NewClient;
use tessera::protocol::algorithm::{KeyManagementAlgorithm, SigningAlgorithm};
use tessera::protocol::jws::CompactJws;

use crate::oauth::world::{Asking, World, claims, jose_header};
use crate::support::app::Answer;
use crate::support::encrypted_to::KeyPair;
use crate::support::receiver::{Receiver, answer};

const ECDH: KeyManagementAlgorithm = KeyManagementAlgorithm::EcdhEsA256Kw;

async fn userinfo(world: &World, client_id: &str) -> Answer {
    let code = world.code(&Asking::of(client_id).with("scope", "openid email")).await;
    let token = world.redeem(client_id, &code).await.json()["access_token"].as_str().unwrap().to_owned();
    ask(world, &token).await
}

async fn ask(world: &World, token: &str) -> Answer {
    let bearer = (header::AUTHORIZATION, format!("Bearer {token}"));
    world.machine(TestRequest::get().insert_header(bearer), "/oauth2/userinfo").await
}

#[track_caller]
fn jwt(answer: &Answer) -> String {
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, Some("application/jwt")));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    answer.text().to_owned()
}

/// The claims of signed userinfo, whose signature is the realm's.
async fn verified(world: &World, token: &str) -> Value {
    let keys = world.test.app.keys.realm(world.realm.id, world.test.clock.now()).await.unwrap();
    keys.verify(&CompactJws::parse(token).unwrap(), "JWT").unwrap();
    claims(&token.into())
}

/// "If signed, the UserInfo Response MUST contain the Claims iss and aud as members."
#[tokio::test]
async fn signed_userinfo_names_its_issuer_and_its_client() {
    let world = World::new().await;
    for algorithm in SigningAlgorithm::ALL.iter().copied() {
        let client_id = format!("rp{}", algorithm.as_str());
        let registered = |new: &mut NewClient| new.metadata.responses.userinfo_signed_response_alg = Some(algorithm);
        world.register(&client_id, registered).await;
        let token = jwt(&userinfo(&world, &client_id).await);
        assert_eq!(jose_header(&token.as_str().into())["alg"], algorithm.as_str());
        let held = verified(&world, &token).await;
        assert_eq!((&held["iss"], &held["aud"]), (&world.realm.issuer.as_str().into(), &client_id.into()));
        assert_eq!((&held["email"], &held["sub"]), (&"ada@example.com".into(), &world.user.sub.as_str().into()));
    }
}

#[tokio::test]
async fn encrypted_userinfo_holds_the_claims_or_the_signed_ones() {
    let world = World::new().await;
    let key = KeyPair::new(ECDH);
    let encrypted = |new: &mut NewClient| {
        new.metadata.responses.userinfo_encrypted_response_alg = Some(ECDH);
        new.metadata.key_set.jwks = Some(key.jwks());
    };
    world.register("rp", encrypted).await;
    let jwe = jwt(&userinfo(&world, "rp").await);
    let header = jose_header(&jwe.as_str().into());
    assert_eq!((&header["alg"], &header["enc"]), (&"ECDH-ES+A256KW".into(), &"A128CBC-HS256".into()));
    assert!(header["cty"].is_null(), "no JWT is inside");
    let held: Value = serde_json::from_str(&key.decrypt(&jwe).unwrap()).unwrap();
    let expected =
        json!({ "sub": world.user.sub, "email": "ada@example.com", "email_verified": held["email_verified"] });
    assert_eq!(held, expected);
    let both = |new: &mut NewClient| {
        encrypted(new);
        new.metadata.responses.userinfo_signed_response_alg = Some(SigningAlgorithm::Es256);
    };
    world.register("both", both).await;
    let jwe = jwt(&userinfo(&world, "both").await);
    assert_eq!(jose_header(&jwe.as_str().into())["cty"], "JWT");
    assert_eq!(verified(&world, &key.decrypt(&jwe).unwrap()).await["aud"], "both");
}

/// Nothing is told in the clear to a client that wants it encrypted, and its token lives on.
#[tokio::test]
async fn userinfo_that_cannot_be_encrypted_is_not_given() {
    let key = KeyPair::new(ECDH);
    let receiver = Receiver::start(answer("503 Busy", "", "")).await;
    let world = World::with(|config| config.outgoing.allow = vec![receiver.opening().parse().unwrap()]).await;
    let encrypted = |new: &mut NewClient| {
        new.metadata.responses.userinfo_encrypted_response_alg = Some(ECDH);
        new.metadata.key_set.jwks_uri = Some(receiver.url("/jwks"));
    };
    world.register("rp", encrypted).await;
    let code = world.code(&Asking::of("rp")).await;
    let token = world.redeem("rp", &code).await.json()["access_token"].as_str().unwrap().to_owned();
    assert_eq!(ask(&world, &token).await.refusal(), (503, "temporarily_unavailable".to_owned()));
    receiver.change(key.served());
    world.advance(2);
    assert!(key.decrypt(&jwt(&ask(&world, &token).await)).unwrap().contains(&world.user.sub));
}

/// security.md "JOSE", all pairs: signed userinfo has an ID token's type, issuer and audience, and is none.
#[tokio::test]
async fn signed_userinfo_is_neither_an_id_token_hint_nor_an_access_token() {
    let world = World::new().await;
    let registered = |new: &mut NewClient| {
        new.metadata.responses.userinfo_signed_response_alg = Some(SigningAlgorithm::Rs256);
    };
    world.register("rp", registered).await;
    let token = jwt(&userinfo(&world, "rp").await);
    let now = world.test.clock.now();
    assert!(world.test.app.tokens.id_token_hint(&world.realm, &token, now).await.unwrap().is_none());
    assert_eq!(ask(&world, &token).await.refusal(), (401, "invalid_token".to_owned()));
}
