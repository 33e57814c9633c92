//! Row T3: introspection as JSON with the client's id and secret inside, as @tekcify/auth-backend asks for it.

use actix_web::test::TestRequest;
use serde_json::{Value, json};
use tessera::protocol::token_endpoint_auth_method::TokenEndpointAuthMethod;

use super::world::{API, Asking, SECRET, World};
use crate::support::app::Answer;

const ADDRESS: &str = "/api/oauth/token/introspect";

async fn ask(world: &World, body: Value) -> Answer {
    world.machine(TestRequest::post().set_json(body), ADDRESS).await
}

async fn token(world: &World) -> String {
    let code = world.code(&Asking::of("web").with("scope", "openid read").with("resource", API)).await;
    world.redeem("web", &code).await.json()["access_token"].as_str().unwrap().to_owned()
}

#[actix_web::test]
async fn a_live_token_is_described_by_both_names() {
    let world = World::new().await;
    world
        .register("post", |new| new.metadata.token_endpoint_auth_method = TokenEndpointAuthMethod::ClientSecretPost)
        .await;
    let token = token(&world).await;
    let answer = ask(&world, json!({ "token": token, "clientId": "web", "clientSecret": SECRET })).await;
    let told = answer.json();
    assert_eq!(
        (answer.status.as_u16(), &told["active"], &told["sub"]),
        (200, &true.into(), &world.user.sub.as_str().into())
    );
    assert_eq!(
        (&told["scope"], &told["client_id"], &told["clientId"]),
        (&"openid read".into(), &"web".into(), &"web".into())
    );
    assert_eq!((&told["token_type"], &told["tokenType"]), (&"Bearer".into(), &"Bearer".into()));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    // Another client's business it is not, and it learns no more than that.
    let other = ask(&world, json!({ "token": token, "clientId": "post", "clientSecret": SECRET })).await;
    assert_eq!((other.status.as_u16(), other.json()), (200, json!({ "active": false })));
    let dead = ask(&world, json!({ "token": "x", "clientId": "web", "clientSecret": SECRET })).await;
    assert_eq!(dead.json(), json!({ "active": false }));
}

/// Row T3: "without client authentication 401"; the helpers read `message`.
#[actix_web::test]
async fn who_does_not_prove_itself_is_told_so() {
    let world = World::new().await;
    let token = token(&world).await;
    for body in [
        json!({ "token": token }),
        json!({ "token": token, "clientId": "web" }),
        json!({ "token": token, "clientSecret": SECRET }),
        json!({ "token": token, "clientId": "web", "clientSecret": "wrong" }),
        json!({ "token": token, "clientId": "nobody", "clientSecret": SECRET }),
        json!({ "token": token, "clientId": "spa", "clientSecret": SECRET }),
    ] {
        let answer = ask(&world, body.clone()).await;
        assert_eq!(answer.refusal(), (401, "invalid_client".to_owned()), "{body}");
        assert!(answer.header("www-authenticate").is_some());
        assert_eq!(answer.json()["message"], answer.json()["error_description"]);
    }
}

/// RFC 6749 §2.3: one method of authentication, and no secret in an address.
#[actix_web::test]
async fn a_second_proof_and_a_secret_in_the_query_are_refused() {
    let world = World::new().await;
    let body = json!({ "token": "x", "clientId": "web", "clientSecret": SECRET });
    let basic = ("authorization", "Basic d2ViOng=");
    let both = TestRequest::post().insert_header(basic).set_json(&body);
    assert_eq!(world.machine(both, ADDRESS).await.refusal(), (400, "invalid_request".to_owned()));
    let in_query = world.machine(TestRequest::post().set_json(&body), &format!("{ADDRESS}?client_secret=x")).await;
    assert_eq!(in_query.refusal(), (400, "invalid_request".to_owned()));
}

#[actix_web::test]
async fn what_is_no_such_question_is_refused() {
    let world = World::new().await;
    for body in [json!([]), json!({}), json!({ "token": 1 }), json!({ "token": "x", "more": true })] {
        assert_eq!(ask(&world, body.clone()).await.refusal(), (400, "invalid_request".to_owned()), "{body}");
    }
    let not_json = TestRequest::post().set_payload("token=x&clientId=web");
    assert_eq!(world.machine(not_json, ADDRESS).await.refusal(), (400, "invalid_request".to_owned()));
}

/// security.md: guessing is counted here as anywhere.
#[actix_web::test]
async fn guesses_are_limited() {
    let world = World::with(|config| config.limits.token_failures = "2 per 1m".parse().unwrap()).await;
    let guess = json!({ "token": "x", "clientId": "web", "clientSecret": "wrong" });
    for expected in [401, 401, 429] {
        assert_eq!(ask(&world, guess.clone()).await.status.as_u16(), expected);
    }
}

/// Row T2: the same keys where its guards look for them.
#[actix_web::test]
async fn the_keys_are_at_the_guards_address_too() {
    let world = World::new().await;
    let legacy = world.machine(TestRequest::get(), "/api/.well-known/jwks.json").await;
    let own = world.machine(TestRequest::get(), "/oauth2/jwks").await;
    assert_eq!((legacy.status.as_u16(), legacy.body), (200, own.body));
}
