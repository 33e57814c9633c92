//! The authorization request's own rules: their errors go back to the client (RFC 6749 §4.1.1, OpenID Connect Core §3.1.2.6).

use actix_web::http::header;
use actix_web::test::TestRequest;
use serde_json::json;

use super::world::{API, Asking, CHALLENGE, Came, World, came, claims, first_party, public};
use crate::support::app::Answer;

async fn refused(world: &World, asking: Asking) -> String {
    let answer = world.browser().get(&asking.path()).await;
    let came = came(&answer).unwrap_or_else(|| panic!("nothing came: {} {}", answer.status, answer.text()));
    came.error().to_owned()
}

async fn allowed(world: &World, asking: &Asking) -> Came {
    world.allow(&world.browser(), asking).await
}

#[actix_web::test]
async fn a_response_type_that_nobody_or_another_client_may_use_is_refused() {
    let world = World::new().await;
    for (response_type, error) in [
        ("token", "unsupported_response_type"),
        ("none", "unsupported_response_type"),
        ("code code", "unsupported_response_type"),
        ("id_token", "unauthorized_client"),
        ("code token", "unauthorized_client"),
    ] {
        let asking = Asking::of("web").with("response_type", response_type).with("nonce", "n");
        assert_eq!(refused(&world, asking).await, error, "{response_type}");
    }
}

#[actix_web::test]
async fn an_unknown_response_mode_is_refused() {
    let world = World::new().await;
    for mode in ["jwt", "nonsense"] {
        assert_eq!(refused(&world, Asking::of("web").with("response_mode", mode)).await, "invalid_request");
    }
}

/// RFC 6749 §3.1: request parameters must not come more than once.
#[actix_web::test]
async fn a_parameter_twice_is_invalid_request() {
    let world = World::new().await;
    for (name, value) in [("scope", "openid"), ("response_type", "code"), ("code_challenge", CHALLENGE), ("nonce", "n")]
    {
        let asking = Asking::of("web").with(name, value).also(name, value);
        assert_eq!(refused(&world, asking).await, "invalid_request", "{name}");
    }
}

/// A state that came twice is echoed by neither of its values.
#[actix_web::test]
async fn a_state_twice_is_refused_without_state() {
    let world = World::new().await;
    let answer = world.browser().get(&Asking::of("web").also("state", "another").path()).await;
    let came = came(&answer).unwrap();
    assert_eq!((came.error(), came.parameters.get("state")), ("invalid_request", None));
}

/// protocol.md "Basic": order and unknown parameters never cause an error; an empty value counts as absent.
#[actix_web::test]
async fn unknown_and_empty_parameters_are_ignored() {
    let world = World::new().await;
    let asking = Asking::of("web").also("colour", "blue").also("colour", "red").with("nonce", "").with("prompt", "");
    allowed(&world, &asking).await.code();
}

/// protocol.md "Basic".
#[actix_web::test]
async fn display_and_language_wishes_never_cause_an_error() {
    let world = World::new().await;
    let asking = Asking::of("web").with("ui_locales", "tlh xx-YY !!").with("claims_locales", "qq");
    for display in ["page", "popup", "touch", "wap", "hologram"] {
        allowed(&world, &asking.clone().with("display", display)).await.code();
    }
}

/// OpenID Connect Core §3.1.2.1: the pages follow `ui_locales`, before the browser's own languages.
#[actix_web::test]
async fn ui_locales_choose_the_language_of_the_pages() {
    let world = World::new().await;
    let browser = world.browser();
    let page = browser.follow(browser.get(&Asking::of("web").with("ui_locales", "xx de").path()).await).await;
    assert!(page.text().contains(r#"<html lang="de""#), "{}", page.text());
}

/// RFC 7636 §4.3, §4.4.1; security.md: plain PKCE, or none where the profile requires it.
#[actix_web::test]
async fn pkce_is_s256_or_the_request_is_invalid() {
    let world = World::new().await;
    let asking = Asking::of("web");
    let table = [
        asking.clone().without("code_challenge").without("code_challenge_method"),
        asking.clone().without("code_challenge"),
        asking.clone().with("code_challenge_method", "plain"),
        asking.clone().without("code_challenge_method"),
        asking.clone().with("code_challenge_method", "s256"),
        asking.clone().with("code_challenge", "short"),
        asking.clone().with("code_challenge", &format!("{CHALLENGE}=")),
        asking.clone().with("code_challenge", &CHALLENGE.replace('-', "+")),
    ];
    for asking in table {
        assert_eq!(refused(&world, asking.clone()).await, "invalid_request", "{asking:?}");
    }
}

/// RFC 7591 §2: a client uses the grants that it is registered for.
#[actix_web::test]
async fn a_client_that_is_not_registered_for_codes_gets_none() {
    let world = World::new().await;
    let without = |new: &mut tessera::clients::NewClient| {
        new.metadata.grant_types = vec![tessera::protocol::grant_type::GrantType::ClientCredentials];
        new.metadata.response_types.clear();
    };
    world.register("machine", without).await;
    let answer = world.browser().get(&Asking::of("machine").path()).await;
    assert_eq!(came(&answer).unwrap().error(), "unauthorized_client");
}

#[actix_web::test]
async fn max_age_must_be_a_number() {
    let world = World::new().await;
    for max_age in ["-1", "1.5", "soon", "99999999999999999999"] {
        assert_eq!(refused(&world, Asking::of("web").with("max_age", max_age)).await, "invalid_request", "{max_age}");
    }
    allowed(&world, &Asking::of("web").with("max_age", "18446744073709551615")).await.code();
}

/// RFC 6749 §3.3: unknown scopes are left out; nothing left is `invalid_scope`.
#[actix_web::test]
async fn unknown_scopes_are_left_out() {
    let world = World::new().await;
    let asking = Asking::of("web").with("scope", "openid profile nonsense");
    let code = allowed(&world, &asking).await.code();
    assert_eq!(world.redeem("web", &code).await.json()["scope"], "openid profile");
    assert_eq!(refused(&world, Asking::of("web").with("scope", "nonsense")).await, "invalid_scope");
    assert_eq!(refused(&world, Asking::of("web").with("scope", "open\"id")).await, "invalid_scope");
}

#[actix_web::test]
async fn a_client_gets_no_scope_beyond_its_registration() {
    let world = World::new().await;
    world.register("narrow", |new| new.metadata.scope = Some("openid email".parse().unwrap())).await;
    let code = allowed(&world, &Asking::of("narrow").with("scope", "openid email profile")).await.code();
    assert_eq!(world.redeem("narrow", &code).await.json()["scope"], "openid email");
}

/// RFC 6749 §1: without `openid` it is plain OAuth; protocol.md: no ID token then.
#[actix_web::test]
async fn without_openid_there_is_no_id_token() {
    let world = World::new().await;
    let code = allowed(&world, &Asking::of("web").with("scope", "profile")).await.code();
    let tokens = world.redeem("web", &code).await.json();
    assert!(tokens["access_token"].is_string() && tokens.get("id_token").is_none(), "{tokens}");
}

/// RFC 6749 §3.3: the order of scopes does not matter, not even that of `openid`.
#[actix_web::test]
async fn openid_may_come_last() {
    let world = World::new().await;
    let code = allowed(&world, &Asking::of("web").with("scope", "profile openid")).await.code();
    let tokens = world.redeem("web", &code).await.json();
    assert!(tokens["id_token"].is_string() && tokens["scope"] == "profile openid", "{tokens}");
}

/// RFC 8707 §2: the access token is for the resource, with its scopes.
#[actix_web::test]
async fn a_resource_server_that_is_named_is_the_audience() {
    let world = World::new().await;
    let asking = Asking::of("web").with("scope", "openid read").with("resource", API);
    let code = allowed(&world, &asking).await.code();
    let tokens = world.redeem("web", &code).await.json();
    let access = claims(&tokens["access_token"]);
    assert_eq!((&access["aud"], &access["scope"]), (&API.into(), &"openid read".into()));
}

/// RFC 8707 §2: an unknown resource, a relative one, one with a fragment.
#[actix_web::test]
async fn a_resource_that_is_unknown_or_malformed_is_an_invalid_target() {
    let world = World::new().await;
    for resource in ["https://unknown.example.com", "/relative", "https://api.example.com#part"] {
        assert_eq!(refused(&world, Asking::of("web").with("resource", resource)).await, "invalid_target", "{resource}");
    }
}

/// OpenID Connect Core §3.1.2.1: `acr_values` is a wish; what was reached is said, and never empty.
#[actix_web::test]
async fn acr_values_are_a_wish_and_acr_says_what_was_reached() {
    let world = World::new().await;
    let code = allowed(&world, &Asking::of("web").with("acr_values", "phr 2fa 1fa")).await.code();
    assert_eq!(claims(&world.redeem("web", &code).await.json()["id_token"])["acr"], "1fa");
}

/// protocol.md "Defaults": the names of the levels are configurable; by that name alone one is said, announced and demanded.
#[actix_web::test]
async fn the_level_that_is_reached_bears_the_configured_name() {
    const NAME: &str = "urn:example:password";
    let world = World::with(|config| config.acr.single_factor = NAME.to_owned()).await;
    let demanding = |name: &str| {
        let claims = json!({"id_token": {"acr": {"essential": true, "value": name}}});
        Asking::of("web").with("claims", &claims.to_string())
    };
    let code = allowed(&world, &demanding(NAME)).await.code();
    let tokens = world.redeem("web", &code).await.json();
    for token in ["id_token", "access_token"] {
        assert_eq!(claims(&tokens[token])["acr"], NAME, "{token}");
    }
    assert_eq!(refused(&world, demanding("1fa")).await, "unmet_authentication_requirements");
    let metadata = world.browser().get("/.well-known/openid-configuration").await.json();
    assert_eq!(metadata["acr_values_supported"], json!([NAME]));
}

/// The login page says which account the client means.
#[actix_web::test]
async fn login_hint_fills_in_the_sign_in_page() {
    let world = World::new().await;
    let browser = world.browser();
    let page =
        browser.follow(browser.get(&Asking::of("web").with("login_hint", "grace@example.com").path()).await).await;
    assert_eq!(page.value("identifier").as_deref(), Some("grace@example.com"));
}

async fn posted(world: &World, asking: &Asking) -> Answer {
    let request =
        TestRequest::post().set_form(asking.pairs()).insert_header((header::ORIGIN, "https://app.example.com"));
    world.machine(request, "/oauth2/authorize").await
}

/// protocol.md "Basic", security.md "CSRF": a POST from another site goes on by 303 and is answered then.
#[actix_web::test]
async fn a_post_goes_on_as_a_get() {
    let world = World::new().await;
    let asking = Asking::of("web").with("state", "a&b=c d");
    let answer = posted(&world, &asking).await;
    let browser = world.signed_in().await;
    let page = browser.follow(browser.get(answer.location()).await).await;
    let came = came(&world.step(&browser, &page).await).unwrap();
    assert_eq!(came.parameters["state"], "a&b=c d");
    came.code();
}

/// security.md "CSRF": it reads no cookie and sets none: the browser's own would be lost.
#[actix_web::test]
async fn a_post_from_another_site_neither_reads_nor_sets_a_cookie() {
    let world = World::new().await;
    world.register("own", first_party).await;
    let browser = world.signed_in().await;
    let signed_in =
        browser.post_as("/oauth2/authorize", &Asking::of("own").pairs(), Some("https://app.example.com")).await;
    assert!(signed_in.location().starts_with("/oauth2/authorize?"), "{}", signed_in.location());
    for asking in [Asking::of("web"), Asking::of("nobody"), Asking::of("web").also("client_id", "spa")] {
        assert_eq!(posted(&world, &asking).await.header("set-cookie"), None);
    }
}

/// RFC 6749 §3.1: what came twice by POST is still refused after the step in between.
#[actix_web::test]
async fn a_parameter_twice_by_post_is_invalid_request() {
    let world = World::new().await;
    let answer = posted(&world, &Asking::of("web").also("scope", "openid")).await;
    let answer = world.browser().get(answer.location()).await;
    assert_eq!(came(&answer).unwrap().error(), "invalid_request");
}

/// 16 KiB of query is what every browser carries on.
#[actix_web::test]
async fn a_post_too_long_for_a_query_is_told_on_the_error_page() {
    let world = World::new().await;
    let answer = posted(&world, &Asking::of("web").with("login_hint", &"a".repeat(20_000))).await;
    assert_eq!((answer.status.as_u16(), answer.has_id("error-page")), (400, true));
}

/// OAuth 2.1: a public client authenticates by PKCE alone, and its code is as good.
#[actix_web::test]
async fn a_registration_for_another_scheme_is_answered_there() {
    let world = World::new().await;
    let native = |new: &mut tessera::clients::NewClient| {
        public(new);
        new.metadata.redirect_uris = vec!["com.example.app:/cb".to_owned()];
    };
    world.register("native", native).await;
    let asking = Asking::of("native").with("redirect_uri", "com.example.app:/cb");
    let came = allowed(&world, &asking).await;
    assert_eq!(came.at, "com.example.app:/cb");
}
