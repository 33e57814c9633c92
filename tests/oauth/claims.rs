//! The parameter `claims` (OpenID Connect Core §5.5): what is asked for by name, is told by name.

use serde_json::{Value, json};
use tessera::clients::NewClient;
use tessera::protocol::profile::Profile;
use tessera::protocol::response_type::ResponseType;

use super::world::{Asking, World, came, claims, redemption};
use crate::support::database::in_every_set_up;

fn asking(claims: &Value) -> Asking {
    Asking::of("web").with("claims", &claims.to_string())
}

async fn tokens(world: &World, asking: &Asking) -> Value {
    world.token("web", &redemption(&world.code(asking).await)).await.json()
}

async fn userinfo(world: &World, tokens: &Value) -> Value {
    world.userinfo(tokens["access_token"].as_str().unwrap()).await.json()
}

in_every_set_up!(a_claim_that_is_asked_for_by_name_is_told_where_it_was_asked_for, async |set_up| {
    let world = World::on(set_up).await;
    let request =
        json!({"userinfo": {"name": {"essential": true}}, "id_token": {"email": null, "email_verified": null}});
    let tokens = tokens(&world, &asking(&request)).await;
    assert_eq!(tokens["scope"], "openid", "no scope is granted for it");
    let told = userinfo(&world, &tokens).await;
    assert_eq!(told["name"], "ada");
    assert_eq!(told.as_object().unwrap().len(), 2, "{told}: sub and name, nothing else of the profile");
    let id_token = claims(&tokens["id_token"]);
    assert_eq!((&id_token["email"], &id_token["email_verified"]), (&json!("ada@example.com"), &json!(false)));
    assert!(id_token.get("name").is_none());
    let refreshed = world.refresh("web", tokens["refresh_token"].as_str().unwrap()).await.json();
    assert_eq!(claims(&refreshed["id_token"])["email"], "ada@example.com");
    assert_eq!(userinfo(&world, &refreshed).await["name"], "ada");
});

/// The user is asked about what is told: consent to openid alone does not cover a name.
#[actix_web::test]
async fn consent_covers_what_is_asked_for_by_name() {
    let world = World::new().await;
    let browser = world.browser();
    let by_name = asking(&json!({"userinfo": {"name": null}}));
    world.allow(&browser, &Asking::of("web")).await;
    let silent = by_name.clone().with("prompt", "none");
    let error = |answer| came(&answer).unwrap().error().to_owned();
    assert_eq!(error(browser.get(&silent.path()).await), "consent_required");
    let page = browser.follow(browser.get(&by_name.path()).await).await;
    assert_eq!(page.step(), Some("consent"));
    world.allow(&browser, &by_name).await;
    assert_eq!(error(browser.get(&silent.path()).await), "", "it is remembered");
    let more = asking(&json!({"id_token": {"phone_number": null}})).with("prompt", "none");
    assert_eq!(error(browser.get(&more.path()).await), "consent_required");
}

/// What a client may not ask for by scope, it does not get by name; and nothing without scope openid.
#[actix_web::test]
async fn a_claim_beyond_the_client_s_scopes_is_not_told() {
    let world = World::new().await;
    let narrow = |new: &mut NewClient| new.metadata.scope = Some("openid email".parse().unwrap());
    world.register("narrow", narrow).await;
    let request = json!({"userinfo": {"name": null, "email": null}}).to_string();
    let code = world.code(&Asking::of("narrow").with("claims", &request)).await;
    let tokens = world.token("narrow", &redemption(&code)).await.json();
    let told = userinfo(&world, &tokens).await;
    assert!(told.get("name").is_none() && told["email"] == "ada@example.com", "{told}");
}

/// OpenID Connect Core §5.5: claims that are not known, or not there, are no error.
#[actix_web::test]
async fn what_is_unknown_or_absent_is_left_out_and_what_is_malformed_refused() {
    let world = World::new().await;
    let request =
        json!({"userinfo": {"nickname": {"essential": true}, "shoe_size": null}, "id_token": {"groups": null}});
    let tokens = tokens(&world, &asking(&request)).await;
    assert_eq!(userinfo(&world, &tokens).await.as_object().unwrap().len(), 1);
    for malformed in ["[]", "{", r#"{"userinfo": "name"}"#] {
        let answer = world.browser().get(&Asking::of("web").with("claims", malformed).path()).await;
        assert_eq!(came(&answer).unwrap().error(), "invalid_request", "{malformed}");
    }
}

/// OpenID Connect Core §5.5.1.1; protocol.md: an essential acr that cannot be met.
#[actix_web::test]
async fn an_essential_acr_that_nobody_reaches_is_unmet() {
    let world = World::new().await;
    let acr = |member: Value| asking(&json!({"id_token": {"acr": member}}));
    for member in [json!({"essential": true, "value": "phr"}), json!({"essential": true, "values": ["2fa", "phr"]})] {
        let answer = world.browser().get(&acr(member).path()).await;
        assert_eq!(came(&answer).unwrap().error(), "unmet_authentication_requirements");
    }
    for member in [
        json!({"essential": true, "values": ["phr", "1fa"]}),
        json!({"essential": true}),
        json!({"values": ["phr"]}),
        Value::Null,
    ] {
        let tokens = tokens(&world, &acr(member)).await;
        assert_eq!(claims(&tokens["id_token"])["acr"], "1fa");
    }
}

/// OpenID Connect Core §5.5.1: the value of `sub` demands one user, like a hint.
#[actix_web::test]
async fn a_demanded_subject_is_this_user_or_nobody() {
    let world = World::new().await;
    let demanding = |sub: &str| asking(&json!({"id_token": {"sub": {"value": sub}}}));
    let own = tokens(&world, &Asking::of("web")).await;
    let sub = claims(&own["id_token"])["sub"].as_str().unwrap().to_owned();
    let browser = world.signed_in().await;
    let silent = |asking: Asking| asking.with("prompt", "none").path();
    assert_eq!(came(&browser.get(&silent(demanding(&sub))).await).unwrap().error(), "");
    assert_eq!(came(&browser.get(&silent(demanding("someone"))).await).unwrap().error(), "login_required");
    let hint = own["id_token"].as_str().unwrap();
    let both = demanding("someone").with("id_token_hint", hint);
    assert_eq!(came(&browser.get(&both.path()).await).unwrap().error(), "invalid_request");
}

/// OpenID Connect Core §5.4, §5.5: in the ID token that comes through the browser too.
#[actix_web::test]
async fn an_id_token_through_the_browser_tells_what_was_asked_for_by_name() {
    let world = World::new().await;
    let hybrid = |new: &mut NewClient| {
        new.settings.profile = Profile::LegacyOidc;
        new.metadata.grant_types.push(tessera::protocol::grant_type::GrantType::Implicit);
        new.metadata.response_types = vec![ResponseType::IdToken, ResponseType::CodeIdToken];
    };
    world.register("hybrid", hybrid).await;
    let request = json!({"id_token": {"email": null}}).to_string();
    let asking = |response_type| {
        let asking = Asking::of("hybrid").with("nonce", "n").with("claims", &request).with("scope", "openid profile");
        asking.with("response_type", response_type)
    };
    for (response_type, name) in [("id_token", json!("ada")), ("code id_token", Value::Null)] {
        let came = world.allow(&world.browser(), &asking(response_type)).await;
        let told = claims(&came.parameters["id_token"].clone().into());
        assert_eq!((&told["email"], &told["name"]), (&json!("ada@example.com"), &name), "{response_type}");
    }
}
