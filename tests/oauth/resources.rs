//! RFC 8707: several resources at a time, and fewer than were granted.

use actix_web::test::TestRequest;
use serde_json::{Value, json};
use tessera::clients::{NewResourceServer, NewTokenForm};
use tessera::protocol::access_token::ClaimSet;
use tessera::protocol::algorithm::SigningAlgorithm;

use super::world::{API, Asking, World, came, claims, redemption, service};
use crate::support::app::Answer;
use crate::support::database::in_every_set_up;

const FILES: &str = "https://files.example.com";
const INVALID_TARGET: (u16, &str) = (400, "invalid_target");

/// A world with a second resource server that takes tokens like those of the first.
async fn world_with_files(edit: impl FnOnce(&mut NewResourceServer)) -> World {
    let world = World::new().await;
    register_files(&world, edit).await;
    world
}

async fn register_files(world: &World, edit: impl FnOnce(&mut NewResourceServer)) {
    let named = |new: &mut NewResourceServer| {
        "Files".clone_into(&mut new.name);
        edit(new);
    };
    world.register_server(FILES, &["read", "delete"], named).await;
}

fn both() -> Asking {
    Asking::of("web").with("scope", "openid read write delete").also("resource", API).also("resource", FILES)
}

async fn redeem(world: &World, code: &str, resources: &[&str]) -> Answer {
    let form: Vec<_> =
        redemption(code).into_iter().chain(resources.iter().map(|resource| ("resource", *resource))).collect();
    world.token("web", &form).await
}

async fn refresh(world: &World, refresh_token: &Value, more: &[(&str, &str)]) -> Answer {
    let form = [("grant_type", "refresh_token"), ("refresh_token", refresh_token.as_str().unwrap())];
    world.token("web", &[&form, more].concat()).await
}

/// Audience and scope of an answer's access token.
#[track_caller]
fn granted(answer: &Answer) -> (Value, Value) {
    let held = claims(&answer.json()["access_token"]);
    assert_eq!(held["scope"], answer.json()["scope"]);
    (held["aud"].clone(), held["scope"].clone())
}

/// OpenID Connect Discovery §3: a scope that several APIs know is listed once.
#[actix_web::test]
async fn metadata_lists_each_scope_once() {
    let world = world_with_files(|_| {}).await;
    let document = world.machine(TestRequest::get(), "/.well-known/openid-configuration").await.json();
    let standard = ["openid", "profile", "email", "address", "phone", "offline_access"];
    assert_eq!(document["scopes_supported"], json!([&standard[..], &["delete", "read", "write"]].concat()));
}

// §2.1: authorized for both; §2.2: one access token for both, or for one of them, with the scopes that it knows.
in_every_set_up!(an_access_token_is_for_all_that_was_granted_or_for_less, async |set_up| {
    let world = World::on(set_up).await;
    register_files(&world, |_| {}).await;
    let everything = (json!([API, FILES]), json!("openid read write delete"));
    let code = world.code(&both()).await;
    let answer = redeem(&world, &code, &[]).await;
    assert_eq!(granted(&answer), everything);
    let code = world.code(&both()).await;
    assert_eq!(granted(&redeem(&world, &code, &[FILES, API, FILES]).await).0, json!([FILES, API]));
    let code = world.code(&both()).await;
    assert_eq!(granted(&redeem(&world, &code, &[FILES]).await), (json!(FILES), json!("openid read delete")));
    let refresh_token = &answer.json()["refresh_token"];
    assert_eq!(
        granted(&refresh(&world, refresh_token, &[("resource", API)]).await),
        (json!(API), json!("openid read write"))
    );
    let narrow = [("resource", FILES), ("scope", "delete write")];
    assert_eq!(granted(&refresh(&world, refresh_token, &narrow).await), (json!(FILES), json!("delete")));
    // What was narrowed was this access token alone.
    assert_eq!(granted(&refresh(&world, refresh_token, &[]).await), everything);
});

/// §2.2, RFC 6749 §3.3: an answer cannot say that nothing is left of the scope, so it is refused; the refresh token stays good.
#[actix_web::test]
async fn a_token_that_is_good_for_nothing_is_not_issued() {
    let world = world_with_files(|_| {}).await;
    let asking = || Asking::of("spa").with("scope", "write").also("resource", API).also("resource", FILES);
    let form = |code| redemption(code).into_iter().chain([("resource", FILES)]).collect::<Vec<_>>();
    let refused = world.token_of_public("spa", &form(&world.code(&asking()).await)).await;
    assert_eq!(refused.refusal(), (400, "invalid_scope".to_owned()));
    let tokens = world.redeem("spa", &world.code(&asking()).await).await.json();
    let refresh = [("grant_type", "refresh_token"), ("refresh_token", tokens["refresh_token"].as_str().unwrap())];
    let refused = world.token_of_public("spa", &[&refresh[..], &[("resource", FILES)]].concat()).await;
    assert_eq!(refused.refusal(), (400, "invalid_scope".to_owned()));
    world.advance(3600);
    assert_eq!(granted(&world.token_of_public("spa", &refresh).await), (json!([API, FILES]), json!("write")));
}

/// MCP "Canonical Server URI": clients write the root with a slash or without, and some shout; `aud` is what was registered.
#[actix_web::test]
async fn a_resource_is_known_in_each_of_its_spellings() {
    let world = World::new().await;
    let slash = format!("{FILES}/");
    world.register_server(&slash, &["read"], |_| {}).await;
    for (spelled, registered) in [
        ("https://api.example.com/", API),
        ("HTTPS://Api.example.com:443", API),
        ("https://files.example.com", slash.as_str()),
        ("https://FILES.example.com/", &slash),
    ] {
        let asking =
            Asking::of("web").with("scope", "openid read").with("resource", spelled).also("resource", registered);
        let tokens = redeem(&world, &world.code(&asking).await, &[spelled]).await;
        assert_eq!(granted(&tokens).0, registered, "{spelled}");
        let refreshed = refresh(&world, &tokens.json()["refresh_token"], &[("resource", spelled)]).await;
        assert_eq!(granted(&refreshed).0, registered, "{spelled}");
        let own = world.token("job", &[("grant_type", "client_credentials"), ("resource", spelled)]).await;
        assert_eq!(granted(&own).0, registered, "{spelled}");
    }
    for other in [
        "https://api.example.com/x",
        "https://api.example.com/?",
        "http://api.example.com",
        "https://api.example.com:8443",
    ] {
        let refused = world.token("job", &[("grant_type", "client_credentials"), ("resource", other)]).await;
        assert_eq!(refused.refusal(), (INVALID_TARGET.0, INVALID_TARGET.1.to_owned()), "{other}");
    }
}

/// §2.2: never more than was granted.
#[actix_web::test]
async fn a_resource_beside_those_granted_is_an_invalid_target() {
    let world = world_with_files(|_| {}).await;
    let code = world.code(&Asking::of("web").with("resource", API)).await;
    let refused = redeem(&world, &code, &[API, FILES]).await;
    assert_eq!(refused.refusal(), (INVALID_TARGET.0, INVALID_TARGET.1.to_owned()));
    let code = world.code(&Asking::of("web").with("resource", API)).await;
    let refresh_token = redeem(&world, &code, &[]).await.json()["refresh_token"].clone();
    let refused = refresh(&world, &refresh_token, &[("resource", API), ("resource", FILES)]).await;
    assert_eq!(refused.refusal(), (INVALID_TARGET.0, INVALID_TARGET.1.to_owned()));
}

/// storage.md "Access tokens": a token for several resources only if they share issuer, key and algorithm.
#[actix_web::test]
async fn resources_that_expect_different_tokens_are_an_invalid_target() {
    let other_issuer = |new: &mut NewResourceServer| new.issuer = Some("https://issuer.example.com".to_owned());
    let other_algorithm = |new: &mut NewResourceServer| new.form = NewTokenForm::Signed(SigningAlgorithm::Ps256);
    let edits: [fn(&mut NewResourceServer); 2] = [other_issuer, other_algorithm];
    for edit in edits {
        let world = world_with_files(edit).await;
        let answer = world.browser().get(&both().path()).await;
        assert_eq!(came(&answer).unwrap().error(), "invalid_target");
        let form = [("grant_type", "client_credentials"), ("resource", API), ("resource", FILES)];
        let refused = world.token("job", &form).await;
        assert_eq!(refused.refusal(), (INVALID_TARGET.0, INVALID_TARGET.1.to_owned()));
        let description = refused.json()["error_description"].as_str().unwrap().to_owned();
        assert!(description.contains("ask for each apart"), "{description}");
        let one = world.token("job", &form[..2]).await;
        assert_eq!(granted(&one).0, API);
    }
}

/// "Nothing issued": a token longer than 8 KiB would be none to our own endpoints.
#[actix_web::test]
async fn a_token_that_could_not_be_read_again_is_never_granted() {
    let scopes: Vec<_> = (0..200).map(|n| format!("documents:read:{n:04}")).collect();
    let world = World::new().await;
    let named: Vec<_> = scopes.iter().map(String::as_str).collect();
    for (identifier, claim_set) in [(API, ClaimSet::Rfc9068), (FILES, ClaimSet::Tekcify)] {
        let wide = format!("{identifier}/wide");
        world.register_server(&wide, &named, |new| new.claim_set = claim_set).await;
    }
    world.register("robot", |new| service(new, &scopes.join(" "))).await;
    let (short, long) = (format!("{API}/wide"), format!("{FILES}/wide"));
    // The same scopes fit where they are said once, and not where they are said twice.
    let asks = |resource| Asking::of("web").with("scope", &scopes.join(" ")).with("resource", resource);
    let answer = world.browser().get(&asks(&long).path()).await;
    assert_eq!(came(&answer).unwrap().error(), "invalid_scope");
    let tokens = redeem(&world, &world.code(&asks(&short)).await, &[]).await.json();
    let own = async |resource: &str| {
        world.token("robot", &[("grant_type", "client_credentials"), ("resource", resource)]).await
    };
    let refused = own(&long).await;
    assert_eq!(refused.refusal(), (400, "invalid_scope".to_owned()));
    assert!(refused.text().contains("ask for fewer scopes"), "{}", refused.text());
    for (client, token) in [("web", &tokens["access_token"]), ("robot", &own(&short).await.json()["access_token"])] {
        assert_eq!(world.introspect(client, token.as_str().unwrap()).await["active"], true);
    }
}

/// Client credentials (RFC 8707 §2.2): the scopes of all of them; the shortest life of all.
#[actix_web::test]
async fn a_clients_own_token_is_for_several_resources() {
    let world = world_with_files(|new| new.access_token_seconds = Some(60)).await;
    let form = [("grant_type", "client_credentials"), ("resource", API), ("resource", FILES)];
    let answer = world.token("job", &form).await;
    assert_eq!(granted(&answer), (json!([API, FILES]), json!("read write")));
    assert_eq!(answer.json()["expires_in"], 60);
    let only = world.token("job", &form[..2]).await;
    assert_eq!(only.json()["expires_in"], 900);
}

/// Consent shows what each of them lets the application do, and names them.
#[actix_web::test]
async fn consent_shows_all_resources() {
    let world = world_with_files(|new| new.scopes[0].description = "Open your files".to_owned()).await;
    let browser = world.signed_in().await;
    let page = browser.follow(browser.get(&both().path()).await).await;
    for shown in ["read it", "Open your files", "write it", "delete it"] {
        assert!(page.text().contains(shown), "{shown}");
    }
    assert!(page.has_id("consent-resources") && page.text().contains("API, Files"), "{}", page.text());
    // A consent for one of them says nothing of the other.
    world.allow(&browser, &Asking::of("web").with("scope", "openid read").with("resource", API)).await;
    let page = browser
        .follow(browser.get(&Asking::of("web").with("scope", "openid read").with("resource", FILES).path()).await)
        .await;
    assert_eq!(page.step(), Some("consent"));
    assert!(!page.has_id("consent-resources"));
}

// OAuth 2.1 §3.2.3: what was allowed was allowed at one of them, however the other calls what it knows.
in_every_set_up!(consent_to_a_scope_at_one_resource_is_none_at_another, async |set_up| {
    let world = World::on(set_up).await;
    world
        .register_server(FILES, &["read", "write"], |new| "Change files".clone_into(&mut new.scopes[1].description))
        .await;
    let browser = world.signed_in().await;
    let at = |scope: &str, resource: &str| Asking::of("web").with("scope", scope).with("resource", resource);
    world.allow(&browser, &at("read", API)).await;
    world.allow(&browser, &at("write", FILES)).await;
    let silently = async |asking: Asking| {
        let answer = browser.get(&asking.with("prompt", "none").path()).await;
        came(&answer).unwrap().error().to_owned()
    };
    assert_eq!(silently(at("read", API)).await, "");
    assert_eq!(silently(at("write", FILES)).await, "");
    for asking in [at("write", API), at("read", FILES), at("read write", API), at("read", API).also("resource", FILES)]
    {
        assert_eq!(silently(asking).await, "consent_required");
    }
    let page = browser.follow(browser.get(&at("read write", FILES).path()).await).await;
    let shown = page.text();
    let (new, old) = shown.split_once("class=\"more\"").unwrap_or_else(|| panic!("{shown}"));
    assert!(new.contains("read it") && !new.contains("Change files") && old.contains("Change files"), "{shown}");
});

/// RFC 7662 §2.2: introspection names all of them.
#[actix_web::test]
async fn introspection_names_every_audience() {
    let world = world_with_files(|_| {}).await;
    let form = [("grant_type", "client_credentials"), ("resource", API), ("resource", FILES)];
    let token = world.token("job", &form).await.json()["access_token"].clone();
    let answer = world.introspect("job", token.as_str().unwrap()).await;
    assert_eq!((&answer["active"], &answer["aud"]), (&true.into(), &json!([API, FILES])));
}
