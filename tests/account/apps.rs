//! Connected apps: what an owner sees of them, and takes back.

use actix_web::http::StatusCode;
use actix_web::test::TestRequest;

use crate::oauth::world::{Asking, World, first_party};
use crate::support::database::in_every_set_up;

const SCOPE: &str = "openid profile offline_access";

// Row D3: an owner sees who acts for the account, and one press ends it at once: refresh token, access token, codes, consent.
in_every_set_up!(an_app_that_is_removed_has_nothing_left, async |set_up| {
    let world = World::on(set_up).await;
    let browser = world.signed_in().await;
    let asking = Asking::of("web").with("scope", SCOPE);
    let first = world.allow(&browser, &asking.clone().with("prompt", "consent")).await.code();
    let tokens = world.redeem("web", &first).await.json();
    let unredeemed = world.allow(&browser, &asking.clone().with("prompt", "consent")).await.code();
    let page = browser.get("/account/apps").await;
    assert!(page.status == StatusCode::OK && page.text().contains("See your name"), "{}", page.text());

    let revoked = browser.post("/account/apps/revoke", &[("client_id", "web")]).await;
    assert!(!browser.follow(revoked).await.text().contains("See your name"));
    assert_eq!(world.refresh("web", tokens["refresh_token"].as_str().unwrap()).await.refusal().1, "invalid_grant");
    assert_eq!(world.redeem("web", &unredeemed).await.refusal().1, "invalid_grant");
    let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
    let request = TestRequest::get().insert_header(("authorization", bearer));
    assert_eq!(world.machine(request, "/oauth2/userinfo").await.status, StatusCode::UNAUTHORIZED);
    assert!(browser.get(&asking.path()).await.location().starts_with("/consent"), "it has to ask again");
});

/// An operator's own application never asks; it is seen, and ended, all the same.
#[actix_web::test]
async fn an_app_that_never_asked_is_seen_and_removed_too() {
    let world = World::new().await;
    world.register("own", first_party).await;
    let browser = world.signed_in().await;
    assert!(!browser.get("/account/apps").await.text().contains("value=\"own\""));
    let code = world.allow(&browser, &Asking::of("own").with("scope", SCOPE)).await.code();
    let tokens = world.redeem("own", &code).await.json();
    assert!(browser.get("/account/apps").await.text().contains("value=\"own\""));
    browser.post("/account/apps/revoke", &[("client_id", "own")]).await;
    assert!(!browser.get("/account/apps").await.text().contains("value=\"own\""));
    assert_eq!(world.refresh("own", tokens["refresh_token"].as_str().unwrap()).await.refusal().1, "invalid_grant");
}

/// Nobody ends what is another's, and a client that does not exist is not there.
#[actix_web::test]
async fn another_users_connection_is_not_touched() {
    let world = World::new().await;
    let code = world.code(&Asking::of("web").with("scope", SCOPE)).await;
    let tokens = world.redeem("web", &code).await.json();
    world.test.user("eve@example.com").await;
    let eve = world.browser();
    eve.sign_in("eve@example.com").await;
    eve.post("/account/apps/revoke", &[("client_id", "web")]).await;
    assert_eq!(eve.post("/account/apps/revoke", &[("client_id", "nobody")]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(world.refresh("web", tokens["refresh_token"].as_str().unwrap()).await.status, StatusCode::OK);
}
