//! The ephemeral store is away (security.md "Faults", row "Redis down"): new logins and codes wait, everything else goes on.

use std::sync::atomic::Ordering;

use super::world::{API, Asking, World, came, decide, first_party};

fn take_away(world: &World) {
    world.test.away.store(true, Ordering::Relaxed);
}

fn bring_back(world: &World) {
    world.test.away.store(false, Ordering::Relaxed);
}

/// 503 with Retry-After: never a false answer, never a hang.
#[track_caller]
fn assert_busy(answer: &crate::support::app::Answer) {
    assert_eq!(answer.status.as_u16(), 503, "{}", answer.text());
    assert!(answer.header("retry-after").is_some());
}

#[actix_web::test]
async fn a_new_login_waits_until_the_store_is_back() {
    let world = World::new().await;
    let browser = world.browser();
    take_away(&world);
    let answer = browser.get(&Asking::of("web").path()).await;
    assert_busy(&answer);
    assert!(answer.has_id("error-page"), "{}", answer.text());
    bring_back(&world);
    world.allow(&browser, &Asking::of("web")).await.code();
}

#[actix_web::test]
async fn a_code_is_neither_made_nor_lost_while_the_store_is_away() {
    let world = World::new().await;
    world.register("own", first_party).await;
    let browser = world.signed_in().await;
    let code = world.allow(&browser, &Asking::of("web")).await.code();
    let more = browser.follow(browser.get(&Asking::of("web").with("prompt", "consent").path()).await).await;
    let interaction = more.value("interaction").unwrap();
    take_away(&world);
    assert_busy(&browser.get(&Asking::of("own").path()).await);
    assert_busy(&decide(&browser, &interaction, "allow").await);
    let answer = world.redeem("web", &code).await;
    assert_busy(&answer);
    assert_eq!(answer.json()["error"], "temporarily_unavailable");
    bring_back(&world);
    assert_eq!(world.redeem("web", &code).await.status, 200);
    assert!(came(&decide(&browser, &interaction, "allow").await).is_some());
}

#[actix_web::test]
async fn what_needs_no_short_lived_record_goes_on() {
    let world = World::new().await;
    let tokens = world.tokens("openid offline_access").await;
    let browser = world.signed_in().await;
    take_away(&world);
    let get = actix_web::test::TestRequest::get;
    for path in
        ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server", "/oauth2/jwks", "/healthz"]
    {
        assert_eq!(world.machine(get(), path).await.status, 200, "{path}");
    }
    let form = [("grant_type", "client_credentials"), ("resource", API)];
    assert_eq!(world.token("job", &form).await.status, 200);
    assert_eq!(world.refresh("web", tokens["refresh_token"].as_str().unwrap()).await.status, 200);
    assert_eq!(browser.get("/account").await.status, 200);
    // All nodes share that store: a balancer must not take every one of them out.
    let ready = world.machine(get(), "/readyz").await;
    assert_eq!((ready.status.as_u16(), ready.text()), (200, "ready, but without the ephemeral store: no new logins\n"));
    bring_back(&world);
    assert_eq!(world.machine(get(), "/readyz").await.text(), "ready\n");
}
