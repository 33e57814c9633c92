//! Row T4: user info where @tekcify/auth-backend asks for it, with tokens whose clients know nothing of `openid`.

use actix_web::http::header;
use actix_web::test::TestRequest;
use serde_json::Value;
use tessera::protocol::access_token::ClaimSet;

use crate::oauth::world::{API, Asking, World};
use crate::support::app::Answer;

const ADDRESS: &str = "/api/oauth/userinfo";

async fn tekcify_world() -> World {
    let world = World::new().await;
    let tekcify = |new: &mut tessera::clients::NewResourceServer| {
        new.issuer = Some("tekcify-auth".to_owned());
        new.claim_set = ClaimSet::Tekcify;
    };
    world.register_server("tekcify-api", &["read:profile", "write:profile"], tekcify).await;
    // Row T1: it applies though the client sends no `resource`.
    world.register("shop", |new| new.settings.default_resource = Some("tekcify-api".to_owned())).await;
    world
}

async fn token(world: &World, asking: Asking, client_id: &str) -> Value {
    world.redeem(client_id, &world.code(&asking).await).await.json()["access_token"].clone()
}

async fn ask(world: &World, token: &Value, address: &str) -> Answer {
    let bearer = (header::AUTHORIZATION, format!("Bearer {}", token.as_str().unwrap()));
    world.machine(TestRequest::get().insert_header(bearer), address).await
}

#[actix_web::test]
async fn a_profile_scope_of_the_api_brings_the_profile() {
    let world = tekcify_world().await;
    let token = token(&world, Asking::of("shop").with("scope", "read:profile"), "shop").await;
    let told = ask(&world, &token, ADDRESS).await.json();
    assert_eq!((&told["sub"], &told["email"]), (&world.user.sub.as_str().into(), &"ada@example.com".into()));
    assert!(told["name"] == "ada" && told["email_verified"].is_boolean(), "{told}");
    // OpenID Connect's own address keeps its own rule.
    assert_eq!(ask(&world, &token, "/oauth2/userinfo").await.refusal(), (403, "insufficient_scope".to_owned()));
}

#[actix_web::test]
async fn other_tokens_bring_what_openid_connect_says() {
    let world = tekcify_world().await;
    let write = token(&world, Asking::of("shop").with("scope", "write:profile"), "shop").await;
    assert_eq!(ask(&world, &write, ADDRESS).await.refusal(), (403, "insufficient_scope".to_owned()));
    let openid = token(&world, Asking::of("web"), "web").await;
    assert_eq!(ask(&world, &openid, ADDRESS).await.json(), serde_json::json!({ "sub": world.user.sub }));
    // The scope's name alone is none of this API's.
    world.register_server("https://other.example.com", &["read:profile"], |_| {}).await;
    let asking = Asking::of("web").with("scope", "read:profile").with("resource", "https://other.example.com");
    let elsewhere = token(&world, asking, "web").await;
    assert_eq!(ask(&world, &elsewhere, ADDRESS).await.refusal(), (403, "insufficient_scope".to_owned()));
    let client = world.token("job", &[("grant_type", "client_credentials"), ("resource", API)]).await.json();
    assert_eq!(ask(&world, &client["access_token"], ADDRESS).await.refusal(), (403, "insufficient_scope".to_owned()));
    let without = world.machine(TestRequest::get(), ADDRESS).await;
    assert_eq!((without.status.as_u16(), without.header("www-authenticate").is_some()), (401, true));
}
