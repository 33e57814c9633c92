//! What is asked of a user before a code: `prompt`, `max_age`, `id_token_hint` (OpenID Connect Core §3.1.2.1; protocol.md "Basic").

use serde_json::Value;

use super::world::{Asking, Came, World, came, claims, decide, first_party, sign_in};
use crate::support::app::Answer;
use crate::support::browser::Browser;

/// A first-party client, so that consent is not in the way.
async fn world() -> World {
    let world = World::new().await;
    world.register("own", first_party).await;
    world
}

async fn id_token(world: &World, came: &Came) -> Value {
    claims(&raw_id_token(world, came).await)
}

async fn raw_id_token(world: &World, came: &Came) -> Value {
    world.redeem("own", &came.code()).await.json()["id_token"].clone()
}

async fn ask(browser: &Browser, asking: &Asking) -> Answer {
    browser.follow(browser.get(&asking.path()).await).await
}

#[track_caller]
fn silently(answer: &Answer) -> Came {
    came(answer).unwrap_or_else(|| panic!("a page was shown: {} {}", answer.status, answer.text()))
}

fn asks_to_sign_in(answer: &Answer) -> bool {
    answer.step() == Some("identifier-password")
}

#[actix_web::test]
async fn prompt_none_without_a_session_is_login_required() {
    let world = world().await;
    let answer = ask(&world.browser(), &Asking::of("own").with("prompt", "none")).await;
    assert_eq!(silently(&answer).error(), "login_required");
}

#[actix_web::test]
async fn prompt_none_with_a_session_is_silent_with_the_same_sub_and_auth_time() {
    let world = world().await;
    let browser = world.signed_in().await;
    world.advance(10);
    let first = id_token(&world, &silently(&ask(&browser, &Asking::of("own").with("max_age", "10000")).await)).await;
    world.advance(10);
    let asking = Asking::of("own").with("prompt", "none").with("max_age", "10000");
    let second = id_token(&world, &silently(&ask(&browser, &asking).await)).await;
    assert_eq!((&first["sub"], &first["auth_time"]), (&second["sub"], &second["auth_time"]));
    assert!(first["auth_time"].as_i64().unwrap() < first["iat"].as_i64().unwrap());
}

#[actix_web::test]
async fn prompt_none_without_consent_is_consent_required() {
    let world = world().await;
    let browser = world.signed_in().await;
    let asking = Asking::of("web").with("prompt", "none");
    assert_eq!(silently(&ask(&browser, &asking).await).error(), "consent_required");
    world.allow(&browser, &Asking::of("web")).await;
    silently(&ask(&browser, &asking).await).code();
}

#[actix_web::test]
async fn prompt_none_stands_alone_and_unknown_prompts_are_refused() {
    let world = world().await;
    let browser = world.signed_in().await;
    for prompt in ["none login", "none none login", "nothing", "LOGIN"] {
        let answer = ask(&browser, &Asking::of("own").with("prompt", prompt)).await;
        assert_eq!(silently(&answer).error(), "invalid_request", "{prompt}");
    }
}

/// The page is shown, though not used: going straight back gives no code.
#[actix_web::test]
async fn prompt_login_asks_again_and_auth_time_is_later() {
    let world = world().await;
    let browser = world.signed_in().await;
    let before = id_token(&world, &silently(&ask(&browser, &Asking::of("own").with("max_age", "9000")).await)).await;
    world.advance(5);
    let page = ask(&browser, &Asking::of("own").with("prompt", "login").with("max_age", "9000")).await;
    assert!(asks_to_sign_in(&page), "{}", page.text());
    let interaction = page.value("interaction").unwrap();
    let skipped = browser.follow(browser.get(&format!("/oauth2/authorize/{interaction}")).await).await;
    assert!(asks_to_sign_in(&skipped), "{}", skipped.text());
    let answer = browser.follow(world.step(&browser, &page).await).await;
    let after = id_token(&world, &silently(&answer)).await;
    assert_eq!(after["auth_time"].as_i64().unwrap(), before["auth_time"].as_i64().unwrap() + 5);
}

#[actix_web::test]
async fn prompt_consent_asks_although_it_was_given() {
    let world = world().await;
    let browser = world.signed_in().await;
    world.allow(&browser, &Asking::of("web")).await;
    let page = ask(&browser, &Asking::of("web").with("prompt", "consent")).await;
    assert_eq!(page.step(), Some("consent"));
    silently(&world.step(&browser, &page).await).code();
}

#[actix_web::test]
async fn prompt_select_account_shows_the_chooser_and_takes_the_choice() {
    let world = world().await;
    let grace = world.test.user("grace@example.com").await;
    let browser = world.signed_in().await;
    sign_in(&browser, "", "grace@example.com").await;
    world.advance(1);
    let page = ask(&browser, &Asking::of("own").with("prompt", "select_account")).await;
    let interaction = page.value("interaction").unwrap();
    assert!(page.values("account").contains(&world.user.sub), "{}", page.text());
    let skipped = browser.get(&format!("/oauth2/authorize/{interaction}")).await;
    assert!(skipped.location().starts_with("/account-chooser"), "{}", skipped.location());
    let form = [("interaction", interaction.as_str()), ("account", world.user.sub.as_str())];
    let answer = browser.follow(browser.post("/account-chooser", &form).await).await;
    let sub = id_token(&world, &silently(&answer)).await["sub"].clone();
    assert_eq!(sub, world.user.sub.as_str());
    assert_ne!(sub, grace.sub.as_str());
}

#[actix_web::test]
async fn prompt_create_leads_to_sign_up_where_that_is_open_and_else_to_sign_in() {
    let closed = world().await;
    assert!(asks_to_sign_in(&ask(&closed.browser(), &Asking::of("own").with("prompt", "create")).await));
    let open = World::with(|config| config.sign_up.enabled = true).await;
    let browser = open.browser();
    let answer = browser.get(&Asking::of("web").with("prompt", "create").path()).await;
    assert!(answer.location().starts_with("/signup?interaction="), "{}", answer.location());
}

#[actix_web::test]
async fn max_age_of_one_second_after_two_asks_again() {
    let world = world().await;
    let browser = world.signed_in().await;
    world.advance(2);
    let page = ask(&browser, &Asking::of("own").with("max_age", "1")).await;
    assert!(asks_to_sign_in(&page), "{}", page.text());
    let answer = browser.follow(world.step(&browser, &page).await).await;
    let token = id_token(&world, &silently(&answer)).await;
    assert_eq!(token["auth_time"], token["iat"]);
}

#[actix_web::test]
async fn max_age_of_10000_seconds_does_not_ask() {
    let world = world().await;
    let browser = world.signed_in().await;
    world.advance(9_999);
    let token = id_token(&world, &silently(&ask(&browser, &Asking::of("own").with("max_age", "10000")).await)).await;
    assert_eq!(token["auth_time"].as_i64().unwrap() + 9_999, token["iat"].as_i64().unwrap());
}

/// OpenID Connect Registration §2: `default_max_age` counts where the request names none.
#[actix_web::test]
async fn the_clients_default_max_age_counts_where_the_request_names_none() {
    let world = world().await;
    let strict = |new: &mut tessera::clients::NewClient| {
        first_party(new);
        new.metadata.default_max_age = Some(1);
    };
    world.register("strict", strict).await;
    let browser = world.signed_in().await;
    world.advance(2);
    assert!(asks_to_sign_in(&ask(&browser, &Asking::of("strict")).await));
    silently(&ask(&browser, &Asking::of("strict").with("max_age", "60")).await).code();
}

#[actix_web::test]
async fn id_token_hint_of_the_same_user_is_silent() {
    let world = world().await;
    let browser = world.signed_in().await;
    let hint = raw_id_token(&world, &silently(&ask(&browser, &Asking::of("own")).await)).await;
    // A hint may be over: it names someone, and proves nothing else.
    world.advance(3600);
    let asking = Asking::of("own").with("prompt", "none").with("id_token_hint", hint.as_str().unwrap());
    silently(&ask(&browser, &asking).await).code();
}

/// Another user who is signed in must not answer for the one who was meant.
#[actix_web::test]
async fn id_token_hint_of_another_user_asks_to_sign_in() {
    let world = world().await;
    world.test.user("grace@example.com").await;
    let hint = raw_id_token(&world, &silently(&ask(&world.signed_in().await, &Asking::of("own")).await)).await;
    let graces = world.browser();
    sign_in(&graces, "", "grace@example.com").await;
    let asking = Asking::of("own").with("id_token_hint", hint.as_str().unwrap());
    assert_eq!(silently(&ask(&graces, &asking.clone().with("prompt", "none")).await).error(), "login_required");
    let page = ask(&graces, &asking).await;
    assert!(asks_to_sign_in(&page));
    // Signing in as the wrong one again leads to the same question; as the right one, to the code.
    let again = graces.follow(sign_in(&graces, &page.value("interaction").unwrap(), "grace@example.com").await).await;
    assert!(asks_to_sign_in(&again), "{}", again.text());
    let answer = graces.follow(world.step(&graces, &again).await).await;
    assert_eq!(id_token(&world, &silently(&answer)).await["sub"], world.user.sub.as_str());
}

/// A hint that is not ours, tampered with, or another client's.
#[actix_web::test]
async fn an_id_token_hint_that_is_not_this_clients_is_refused() {
    let world = world().await;
    let browser = world.signed_in().await;
    let others = world.tokens("openid").await["id_token"].as_str().unwrap().to_owned();
    let tampered = format!("{}x", &others[..others.len() - 1]);
    for hint in [others.as_str(), &tampered, "eyJhbGciOiJub25lIn0.e30.", "nonsense"] {
        let answer = ask(&browser, &Asking::of("own").with("id_token_hint", hint)).await;
        assert_eq!(silently(&answer).error(), "invalid_request", "{hint}");
    }
}

/// An access token is no ID token (security.md "JOSE").
#[actix_web::test]
async fn an_access_token_is_no_id_token_hint() {
    let world = world().await;
    let access = world.tokens("openid").await["access_token"].as_str().unwrap().to_owned();
    let answer = ask(&world.browser(), &Asking::of("web").with("id_token_hint", &access)).await;
    assert_eq!(silently(&answer).error(), "invalid_request");
}

/// RFC 6749 §4.1.2.1: a user who does not want to sign in.
#[actix_web::test]
async fn to_turn_back_on_the_sign_in_page_is_access_denied() {
    let world = world().await;
    let browser = world.browser();
    let page = ask(&browser, &Asking::of("own")).await;
    let interaction = page.value("interaction").unwrap();
    let answer = browser.get(&format!("/oauth2/authorize/{interaction}/deny")).await;
    assert_eq!((silently(&answer).error(), &*silently(&answer).parameters["state"]), ("access_denied", "a state"));
    let again = browser.get(&format!("/oauth2/authorize/{interaction}/deny")).await;
    assert_eq!((again.status.as_u16(), again.has_id("error-page")), (400, true));
}

/// Two prompts in one request are both done.
#[actix_web::test]
async fn prompt_login_and_consent_ask_for_both() {
    let world = world().await;
    let browser = world.signed_in().await;
    world.allow(&browser, &Asking::of("web")).await;
    world.advance(1);
    let page = ask(&browser, &Asking::of("web").with("prompt", "login consent")).await;
    assert!(asks_to_sign_in(&page));
    let interaction = page.value("interaction").unwrap();
    // Consent before the sign-in that is due leads back to it.
    let early = browser.follow(decide(&browser, &interaction, "allow").await).await;
    assert!(asks_to_sign_in(&early), "{}", early.text());
    let consent = browser.follow(world.step(&browser, &page).await).await;
    assert_eq!(consent.step(), Some("consent"));
    silently(&world.step(&browser, &consent).await).code();
}
