//! The refresh token grant at the token endpoint (RFC 6749 §6; protocol.md "Basic"). Rotation itself is tested with `tokens`.

use super::world::{Asking, World, claims, public};

async fn offline(world: &World, client_id: &str) -> serde_json::Value {
    let code =
        world.code(&Asking::of(client_id).with("scope", "openid profile offline_access").with("nonce", "n")).await;
    world.redeem(client_id, &code).await.json()
}

fn refresh_token(tokens: &serde_json::Value) -> &str {
    tokens["refresh_token"].as_str().unwrap()
}

/// protocol.md "Basic": new iat, same iss, sub, aud and auth_time, no azp that was not there.
#[actix_web::test]
async fn a_refreshed_id_token_is_of_the_same_login() {
    let world = World::new().await;
    let first = offline(&world, "web").await;
    world.advance(60);
    let second = world.refresh("web", refresh_token(&first)).await.json();
    let (old, new) = (claims(&first["id_token"]), claims(&second["id_token"]));
    for name in ["iss", "sub", "aud", "auth_time", "azp", "acr", "sid"] {
        assert_eq!(old.get(name), new.get(name), "{name}");
    }
    assert_eq!(new["iat"].as_i64().unwrap(), old["iat"].as_i64().unwrap() + 60);
}

#[actix_web::test]
async fn another_clients_refresh_token_is_invalid_grant() {
    let world = World::new().await;
    world.register("other", |_| {}).await;
    let tokens = offline(&world, "web").await;
    assert_eq!(world.refresh("other", refresh_token(&tokens)).await.refusal(), (400, "invalid_grant".to_owned()));
    assert_eq!(world.refresh("web", refresh_token(&tokens)).await.status, 200);
}

/// RFC 6749 §6: narrower, never wider.
#[actix_web::test]
async fn a_scope_wider_than_granted_is_invalid_scope() {
    let world = World::new().await;
    let tokens = offline(&world, "web").await;
    let ask = async |scope| {
        let form = [("grant_type", "refresh_token"), ("refresh_token", refresh_token(&tokens)), ("scope", scope)];
        world.token("web", &form).await
    };
    assert_eq!(ask("openid email").await.refusal(), (400, "invalid_scope".to_owned()));
    assert_eq!(ask("openid").await.json()["scope"], "openid");
    let all = ask("openid profile offline_access").await.json();
    assert!(all["id_token"].is_string() && all["scope"] == "openid profile offline_access", "{all}");
}

#[actix_web::test]
async fn an_old_refresh_token_of_a_public_client_ends_the_login() {
    let world = World::new().await;
    let first = offline(&world, "spa").await;
    let second = world.refresh("spa", refresh_token(&first)).await.json();
    let third = world.refresh("spa", refresh_token(&second)).await.json();
    assert_eq!(world.refresh("spa", refresh_token(&first)).await.refusal(), (400, "invalid_grant".to_owned()));
    assert_eq!(world.refresh("spa", refresh_token(&third)).await.refusal(), (400, "invalid_grant".to_owned()));
}

/// protocol.md "Basic": without offline_access the family ends with its session, with it the family outlives that.
#[actix_web::test]
async fn only_with_offline_access_a_login_outlives_its_session() {
    let world = World::new().await;
    for (scope, outlives) in [("openid", false), ("openid offline_access", true)] {
        let browser = world.signed_in().await;
        let code =
            world.allow(&browser, &Asking::of("spa").with("scope", scope).with("prompt", "consent")).await.code();
        let tokens = world.redeem("spa", &code).await.json();
        browser.post("/logout", &[]).await;
        let refreshed = world.refresh("spa", refresh_token(&tokens)).await;
        assert_eq!(refreshed.status == 200, outlives, "{scope}: {}", refreshed.text());
    }
}

#[actix_web::test]
async fn a_client_that_is_not_registered_for_refresh_gets_no_refresh_token() {
    let world = World::new().await;
    let without = |new: &mut tessera::clients::NewClient| {
        public(new);
        new.metadata.grant_types = vec![tessera::protocol::grant_type::GrantType::AuthorizationCode];
    };
    world.register("short", without).await;
    let code = world.code(&Asking::of("short")).await;
    let tokens = world.token_of_public("short", &super::world::redemption(&code)).await.json();
    assert!(tokens.get("refresh_token").is_none(), "{tokens}");
    let form = [("grant_type", "refresh_token"), ("refresh_token", "whatever")];
    let refused = world.token_of_public("short", &form).await;
    assert_eq!(refused.refusal(), (400, "unauthorized_client".to_owned()));
}
