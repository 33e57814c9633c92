//! Every step of the flow out of order, from another browser, twice, late, and with a pending session (security.md).

use std::sync::atomic::Ordering;

use super::world::{Asking, EMAIL, REDIRECT_URI, World, came, decide, first_party, sign_in};
use crate::support::app::Answer;
use crate::support::browser::Browser;

async fn ask(browser: &Browser, asking: &Asking) -> Answer {
    browser.follow(browser.get(&asking.path()).await).await
}

/// The interaction of a browser that stands at the consent page.
async fn at_consent(browser: &Browser) -> String {
    let page = ask(browser, &Asking::of("web")).await;
    assert_eq!(page.step(), Some("consent"), "{}", page.text());
    page.value("interaction").unwrap()
}

/// A page that explains itself, and nothing that leads to a client.
#[track_caller]
fn assert_over(answer: &Answer) {
    assert!(answer.status.is_client_error() && answer.header("location").is_none(), "{}", answer.text());
}

fn steps(interaction: &str) -> [String; 3] {
    [
        format!("/oauth2/authorize/{interaction}"),
        format!("/oauth2/authorize/{interaction}/deny"),
        format!("/consent?interaction={interaction}"),
    ]
}

/// dex CVE-2022-39222; security.md: a login link opened in another browser never signs into a flow the attacker began.
#[actix_web::test]
async fn another_browser_takes_no_step() {
    let world = World::new().await;
    let (attacker, victim) = (world.signed_in().await, world.signed_in().await);
    let interaction = at_consent(&attacker).await;
    for step in steps(&interaction) {
        assert_over(&victim.get(&step).await);
    }
    assert_over(&decide(&victim, &interaction, "allow").await);
    assert_over(&victim.get(&format!("/login?interaction={interaction}")).await);
    assert_over(&sign_in(&victim, &interaction, EMAIL).await);
    assert!(came(&decide(&attacker, &interaction, "allow").await).is_some(), "the one who began it goes on");
}

#[actix_web::test]
async fn an_answer_is_given_once() {
    let world = World::new().await;
    let browser = world.signed_in().await;
    let interaction = at_consent(&browser).await;
    assert!(came(&decide(&browser, &interaction, "allow").await).is_some());
    assert_over(&decide(&browser, &interaction, "allow").await);
    for step in steps(&interaction) {
        assert_over(&browser.get(&step).await);
    }
    assert_over(&sign_in(&browser, &interaction, EMAIL).await);
}

/// protocol.md "Defaults": an interaction lives for 30 minutes.
#[actix_web::test]
async fn a_step_that_comes_too_late_explains_itself() {
    let world = World::new().await;
    let browser = world.signed_in().await;
    let interaction = at_consent(&browser).await;
    world.advance(30 * 60 - 1);
    let in_time = browser.get(&format!("/consent?interaction={interaction}")).await;
    assert_eq!(in_time.step(), Some("consent"), "{}", in_time.text());
    world.advance(1);
    assert_over(&decide(&browser, &interaction, "allow").await);
    for step in steps(&interaction) {
        assert_over(&browser.get(&step).await);
    }
}

#[actix_web::test]
async fn an_id_that_never_was_explains_itself() {
    let world = World::new().await;
    let browser = world.signed_in().await;
    for id in ["x", "nonsense", &"0".repeat(32), &"\u{e9}".repeat(16), &"9".repeat(10_000)] {
        let id: String = url::form_urlencoded::byte_serialize(id.as_bytes()).collect();
        assert_over(&browser.get(&format!("/consent?interaction={id}")).await);
        assert_over(&browser.get(&format!("/oauth2/authorize/{id}")).await);
    }
}

/// Consent before sign-in: the page leads back to what is due.
#[actix_web::test]
async fn consent_before_sign_in_leads_to_sign_in() {
    let world = World::new().await;
    let browser = world.browser();
    let login = ask(&browser, &Asking::of("web")).await;
    let interaction = login.value("interaction").unwrap();
    for answer in [
        browser.get(&format!("/consent?interaction={interaction}")).await,
        decide(&browser, &interaction, "allow").await,
    ] {
        let page = browser.follow(answer).await;
        assert_eq!(page.step(), Some("identifier-password"), "{}", page.text());
    }
}

/// Logged out in another tab between the pages.
#[actix_web::test]
async fn consent_after_logout_leads_to_sign_in() {
    let world = World::new().await;
    let browser = world.signed_in().await;
    let interaction = at_consent(&browser).await;
    browser.post("/logout", &[]).await;
    let page = browser.follow(decide(&browser, &interaction, "allow").await).await;
    assert_eq!(page.step(), Some("identifier-password"), "{}", page.text());
}

#[actix_web::test]
async fn a_client_that_is_shut_out_meanwhile_gets_no_code() {
    let world = World::new().await;
    let browser = world.signed_in().await;
    let interaction = at_consent(&browser).await;
    let mut client = (*world.test.app.db.client(world.realm.id, "web").await.unwrap().unwrap()).clone();
    client.disabled = true;
    world.update(client).await;
    let answer = decide(&browser, &interaction, "allow").await;
    assert!(answer.status == 400 && answer.has_id("error-page"), "{}", answer.text());
}

/// Where a redirect URI was taken back meanwhile nothing is sent to it.
#[actix_web::test]
async fn a_redirect_uri_that_is_taken_back_meanwhile_gets_no_code() {
    let world = World::new().await;
    let browser = world.signed_in().await;
    let interaction = at_consent(&browser).await;
    let mut client = (*world.test.app.db.client(world.realm.id, "web").await.unwrap().unwrap()).clone();
    client.metadata.redirect_uris = vec!["https://new.example.com/cb".to_owned()];
    client.uris = client.metadata.validate().unwrap();
    world.update(client).await;
    let answer = decide(&browser, &interaction, "allow").await;
    assert!(answer.status == 400 && answer.has_id("error-page"), "{}", answer.text());
}

/// security.md: a pending session opens nothing but the next step. Skipped steps are the commonest critical advisory elsewhere.
#[actix_web::test]
async fn a_pending_session_opens_neither_consent_nor_code() {
    let world = World::new().await;
    world.register("own", first_party).await;
    world.test.user_with_temporary_password("new@example.com").await;
    let browser = world.browser();
    for client in ["web", "own"] {
        let page = ask(&browser, &Asking::of(client).with("prompt", "login")).await;
        let interaction = page.value("interaction").unwrap();
        let answer = sign_in(&browser, &interaction, "new@example.com").await;
        assert!(answer.location().starts_with("/account/password"), "{}", answer.location());
        for step in [format!("/oauth2/authorize/{interaction}"), format!("/consent?interaction={interaction}")] {
            let answer = browser.get(&step).await;
            let onward = browser.get(answer.location()).await;
            let next = onward.header("location").unwrap_or_else(|| answer.location());
            assert!(next.starts_with("/account/password?interaction="), "{client} {step}: {next}");
        }
        assert!(came(&browser.get(decide(&browser, &interaction, "allow").await.location()).await).is_none());
        let silent = came(&ask(&browser, &Asking::of(client).with("prompt", "none")).await).unwrap();
        assert_eq!(silent.error(), "interaction_required");
    }
}

/// security.md: at most 20 live interactions of one browser; the oldest gives way.
#[actix_web::test]
async fn the_twenty_first_request_of_a_browser_ends_its_first() {
    let world = World::new().await;
    let browser = world.signed_in().await;
    let mut interactions = Vec::new();
    for _ in 0..21 {
        interactions.push(at_consent(&browser).await);
    }
    assert_over(&decide(&browser, &interactions[0], "allow").await);
    for live in [&interactions[1], &interactions[20]] {
        assert_eq!(came(&decide(&browser, live, "deny").await).unwrap().error(), "access_denied");
    }
}

/// What anybody can have kept is bounded: a longer request is refused, to the client where its redirect URI is proven, and leaves nothing.
#[actix_web::test]
async fn a_request_that_is_too_long_is_refused_and_not_kept() {
    let world = World::new().await;
    let (browser, kept) = (world.browser(), || world.test.kept.load(Ordering::Relaxed));
    let before = kept();
    let long = "x".repeat(2049);
    let too_long =
        [("state", long.as_str()), ("nonce", &long), ("login_hint", &long), ("claims_locales", &long.repeat(8))];
    for (name, value) in too_long {
        let asking = Asking::of("web").with(name, value);
        let refused = came(&browser.get(&asking.path()).await).unwrap();
        assert_eq!((refused.at.as_str(), refused.error()), (REDIRECT_URI, "invalid_request"), "{name}");
        assert!(refused.parameters["error_description"].contains("KiB"), "{:?}", refused.parameters);
        let state = refused.parameters.get("state").map(String::as_str);
        assert_eq!(state, (name != "state").then_some("a state"), "one that is too long does not come back");
        let page = browser.get(&asking.with("redirect_uri", "https://evil.example/cb").path()).await;
        assert_eq!((page.status.as_u16(), page.header("location")), (400, None), "{name}");
    }
    assert_eq!(kept(), before);
    let state = "s".repeat(128);
    let asking = Asking::of("web").with("state", &state).with("nonce", &state);
    assert_eq!(world.allow(&browser, &asking).await.parameters["state"], state);
}

/// N14: requests that have to be kept are limited, with Retry-After.
#[actix_web::test]
async fn requests_that_have_to_be_kept_are_limited() {
    let few = |config: &mut tessera::config::Config| {
        config.limits.authorize = tessera::config::Limit::new(2, tessera::config::Period::minutes(1));
    };
    let world = World::with(few).await;
    let browser = world.browser();
    for _ in 0..2 {
        assert_eq!(browser.get(&Asking::of("web").path()).await.status, 303);
    }
    let limited = browser.get(&Asking::of("web").path()).await;
    assert!(limited.status == 429 && limited.header("retry-after").is_some(), "{}", limited.text());
}
