//! The authorization code grant (RFC 6749 §4.1.3, RFC 7636 §4.6; security.md "Authorization and token endpoints").

use tessera::protocol::profile::Profile;

use super::world::{API, Asking, World, claims, public, redemption};
use crate::jobs::backchannel::rows;
use crate::support::app::Answer;
use crate::support::redirect_uris::NOT_REGISTERED;

fn invalid_grant(answer: &Answer) -> bool {
    answer.refusal() == (400, "invalid_grant".to_owned())
}

/// Whether the login that these tokens belong to is alive.
async fn is_alive(world: &World, tokens: &serde_json::Value) -> bool {
    world.refresh("web", tokens["refresh_token"].as_str().unwrap()).await.status == 200
}

#[actix_web::test]
async fn a_code_is_good_for_a_minute() {
    let world = World::new().await;
    let browser = world.signed_in().await;
    let in_time = world.allow(&browser, &Asking::of("web")).await.code();
    world.advance(59);
    assert_eq!(world.redeem("web", &in_time).await.status, 200);
    let late = world.allow(&browser, &Asking::of("web")).await.code();
    world.advance(60);
    assert!(invalid_grant(&world.redeem("web", &late).await));
}

/// RFC 6749 §4.1.2, §10.5; protocol.md "Basic": the family dies too.
#[actix_web::test]
async fn a_code_used_twice_is_refused_and_its_login_dies() {
    let world = World::new().await;
    let code = world.code(&Asking::of("web")).await;
    let tokens = world.redeem("web", &code).await.json();
    assert!(invalid_grant(&world.redeem("web", &code).await));
    assert!(!is_alive(&world, &tokens).await);
}

/// security.md: else anyone who saw a code could end a login.
#[actix_web::test]
async fn a_replay_without_the_right_proof_ends_nothing() {
    let world = World::new().await;
    world.register("other", |_| {}).await;
    let code = world.code(&Asking::of("web")).await;
    let tokens = world.redeem("web", &code).await.json();
    let wrong_verifier = "a".repeat(43);
    let mut form = redemption(&code);
    form[3].1 = &wrong_verifier;
    assert!(invalid_grant(&world.token("web", &form).await));
    let mut form = redemption(&code);
    form[2].1 = "https://app.example.com/other";
    assert!(invalid_grant(&world.token("web", &form).await));
    assert!(invalid_grant(&world.token("web", &redemption(&code)[..3]).await));
    assert!(invalid_grant(&world.token("other", &redemption(&code)).await));
    assert!(invalid_grant(&world.token_of_public("spa", &redemption(&code)).await));
    assert!(is_alive(&world, &tokens).await);
}

/// Keycloak CVE-2026-16089: a code is bound to its client.
#[actix_web::test]
async fn another_clients_code_is_refused() {
    let world = World::new().await;
    world.register("other", |_| {}).await;
    world.register("native", public).await;
    let code = world.code(&Asking::of("web")).await;
    assert!(invalid_grant(&world.redeem("other", &code).await));
    let code = world.code(&Asking::of("web")).await;
    assert!(invalid_grant(&world.token_of_public("native", &redemption(&code)).await));
}

/// RFC 6749 §4.1.3: identical to that of the authorization request; the table of security.md holds here too. A code that came with
/// another is spent.
#[actix_web::test]
async fn a_code_needs_the_redirect_uri_of_its_request() {
    let world = World::new().await;
    let browser = world.signed_in().await;
    for uri in NOT_REGISTERED {
        let code = world.allow(&browser, &Asking::of("web")).await.code();
        let mut form = redemption(&code);
        form[2].1 = uri;
        assert!(invalid_grant(&world.token("web", &form).await), "{uri}");
        assert!(invalid_grant(&world.redeem("web", &code).await), "{uri}");
    }
    assert_eq!(rows(&world, "families").await, 0);
}

/// OAuth 2.1 §10.2: its clients do not repeat the redirect URI, as PKCE ties the code to them; those of OpenID Connect Core do.
#[actix_web::test]
async fn a_redirect_uri_is_repeated_where_the_profile_asks_for_it() {
    let world = World::new().await;
    world.register("core", |new| new.settings.profile = Profile::LegacyOidc).await;
    for (client, status) in [("web", 200), ("core", 400)] {
        let code = world.code(&Asking::of(client)).await;
        let without: Vec<_> = redemption(&code).into_iter().filter(|(name, _)| *name != "redirect_uri").collect();
        let answer = world.token(client, &without).await;
        assert_eq!(answer.status, status, "{client}: {}", answer.text());
        if status == 200 {
            // Used again it ends what came of it, though the redirect URI is not said then either.
            let tokens = answer.json();
            assert!(invalid_grant(&world.token(client, &without).await));
            assert!(!is_alive(&world, &tokens).await);
        }
    }
}

#[actix_web::test]
async fn a_redirect_uri_that_the_request_left_out_may_be_left_out_again() {
    let world = World::new().await;
    let code = world.code(&Asking::of("web").with("scope", "profile").without("redirect_uri")).await;
    let without: Vec<_> = redemption(&code).into_iter().filter(|(name, _)| *name != "redirect_uri").collect();
    assert_eq!(world.token("web", &without).await.status, 200);
}

/// RFC 7636 §4.6.
#[actix_web::test]
async fn a_code_needs_the_verifier_of_its_challenge() {
    let world = World::new().await;
    let code = world.code(&Asking::of("web")).await;
    assert!(invalid_grant(&world.token("web", &redemption(&code)[..3]).await));
    let long = "a".repeat(129);
    for verifier in [
        "a-verifier-that-is-another-one-0123456789-abcdef",
        "short",
        &long,
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    ] {
        let code = world.code(&Asking::of("web")).await;
        let mut form = redemption(&code);
        form[3].1 = verifier;
        assert!(invalid_grant(&world.token("web", &form).await), "{verifier}");
    }
}

#[actix_web::test]
async fn a_code_that_never_was_is_refused() {
    let world = World::new().await;
    let long = "x".repeat(10_000);
    for code in ["nonsense", long.as_str(), "../../etc/passwd", "' OR 1=1 --"] {
        assert!(invalid_grant(&world.redeem("web", code).await), "{code}");
    }
}

#[actix_web::test]
async fn a_code_dies_with_the_session_in_which_it_was_given() {
    let world = World::new().await;
    let browser = world.signed_in().await;
    let code = world.allow(&browser, &Asking::of("web")).await.code();
    browser.post("/logout", &[]).await;
    assert!(invalid_grant(&world.redeem("web", &code).await));
}

/// The same where the session ended by itself: no answer holds tokens that are dead already.
#[actix_web::test]
async fn a_code_dies_with_a_session_that_has_lasted_long_enough() {
    let hour = |config: &mut tessera::config::Config| {
        config.lifetimes.session_absolute = tessera::config::Period::hours(1);
    };
    let world = World::with(hour).await;
    let browser = world.signed_in().await;
    world.advance(3570);
    let in_time = world.allow(&browser, &Asking::of("web")).await.code();
    let late = world.allow(&browser, &Asking::of("web")).await.code();
    world.advance(29);
    assert_eq!(world.redeem("web", &in_time).await.status, 200);
    world.advance(1);
    assert!(invalid_grant(&world.redeem("web", &late).await));
}

/// RFC 8707 §2.2: a resource of the token request is one of those of the authorization request.
#[actix_web::test]
async fn a_resource_that_was_not_granted_is_an_invalid_target() {
    let world = World::new().await;
    let code = world.code(&Asking::of("web")).await;
    let form: Vec<_> = redemption(&code).into_iter().chain([("resource", API)]).collect();
    assert_eq!(world.token("web", &form).await.refusal(), (400, "invalid_target".to_owned()));
    let code = world.code(&Asking::of("web").with("scope", "openid read").with("resource", API)).await;
    let form: Vec<_> = redemption(&code).into_iter().chain([("resource", API)]).collect();
    assert_eq!(claims(&world.token("web", &form).await.json()["access_token"])["aud"], API);
}

/// protocol.md "Checked nearly everywhere": ≥ 128 bits of entropy, and none of it repeats.
#[actix_web::test]
async fn codes_are_long_and_differ() {
    let world = World::new().await;
    let browser = world.signed_in().await;
    let (one, other) = (
        world.allow(&browser, &Asking::of("web")).await.code(),
        world.allow(&browser, &Asking::of("web")).await.code(),
    );
    assert!(one.len() >= 43 && one != other, "{one} {other}");
}

/// protocol.md "Checked nearly everywhere": nonce echoed, and absent where none was sent; no claim is empty or null; at_hash.
#[actix_web::test]
async fn the_id_token_says_what_it_must_and_nothing_empty() {
    let world = World::new().await;
    let tokens = world.tokens("openid profile email").await;
    let id_token = claims(&tokens["id_token"]);
    assert!(id_token.get("nonce").is_none(), "{id_token}");
    for name in ["iss", "sub", "aud", "exp", "iat", "acr", "amr", "sid", "at_hash"] {
        assert!(id_token.get(name).is_some(), "{name}: {id_token}");
    }
    assert!(id_token.as_object().unwrap().values().all(|value| !value.is_null() && value != ""), "{id_token}");
    // Scope claims belong to userinfo where there is an access token.
    assert!(id_token.get("email").is_none() && id_token.get("name").is_none(), "{id_token}");
}
