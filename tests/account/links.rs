//! One-time links: the first administrator, and invitations without a mail server (row B9).

use std::time::Duration;

use actix_web::http::StatusCode;
use tessera::secret::Secret;

use crate::support::app::{Answer, PASSWORD, TestApp};
use crate::support::database::in_every_set_up;

async fn administrator_link(test: &TestApp) -> Secret {
    let (realm, now) = (test.realm().id, test.clock.now());
    test.app.users.administrator_link(realm, now, Duration::from_hours(1), now).await.unwrap().unwrap()
}

#[track_caller]
fn assert_dead(answer: &Answer) {
    assert_eq!((answer.status, answer.step()), (StatusCode::GONE, Some("dead-link")));
}

in_every_set_up!(the_first_administrator_is_made_once_and_is_signed_in, async |set_up| {
    let test = TestApp::on(set_up, |_| {}).await;
    let token = administrator_link(&test).await;
    let browser = test.browser();
    let address = format!("/setup?token={}", token.expose());
    assert_eq!(browser.get(&address).await.value("token").as_deref(), Some(token.expose()));
    assert_eq!(browser.get(&address).await.status, StatusCode::OK, "looking does not use it up");
    let fields = [("token", token.expose()), ("email", "ada@example.com"), ("name", "Ada"), ("new_password", PASSWORD)];
    let mut short = fields;
    short[3].1 = "short";
    assert_eq!(
        browser.post("/setup", &short).await.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "a slip does not use it up"
    );
    assert_eq!(browser.post("/setup", &fields).await.location(), "/account");
    assert_eq!(browser.get("/admin/users").await.status, StatusCode::OK);
    let other = test.browser();
    let mut again = fields;
    again[1].1 = "eve@example.com";
    assert_dead(&other.get(&address).await);
    assert_dead(&other.post("/setup", &again).await);
    assert_eq!(other.sign_in("eve@example.com").await.status, StatusCode::UNPROCESSABLE_ENTITY, "nobody was made");
});

in_every_set_up!(an_invitation_works_once_and_a_newer_link_voids_the_older, async |set_up| {
    let test = TestApp::on(set_up, |_| {}).await;
    test.administrator("ada@example.com").await;
    let (admin, bob) = (test.browser(), test.browser());
    admin.sign_in("ada@example.com").await;
    let invited = admin.post("/admin/users/invite", &[("email", "bob@example.com"), ("name", "Bob")]).await;
    let old = token_in(&invited);
    let user = test.app.users.find(test.realm().id, "bob@example.com").await.unwrap();
    let new = token_in(&admin.post(&format!("/admin/users/{}/invite", user.id), &[]).await);
    assert_dead(&bob.get(&format!("/invitation?token={old}")).await);
    let page = bob.get(&format!("/invitation?token={new}")).await;
    assert_eq!((page.value("name").as_deref(), page.value("email").as_deref()), (Some("Bob"), Some("bob@example.com")));
    assert_dead(&bob.get(&format!("/setup?token={new}")).await);
    let fields = [("token", new.as_str()), ("name", "Bob"), ("new_password", PASSWORD)];
    assert_eq!(bob.post("/invitation", &fields).await.location(), "/account");
    assert_dead(&bob.post("/invitation", &fields).await);
    assert_eq!(bob.get("/admin/users").await.status, StatusCode::NOT_FOUND, "an ordinary user");
});

fn token_in(page: &Answer) -> String {
    let link =
        page.text().split_once("invitation-link\">").expect("the page shows a link").1.split('<').next().unwrap();
    assert!(link.starts_with("http://localhost:8080/invitation?token="), "{link}");
    link.split_once("token=").unwrap().1.to_owned()
}

/// Limits: one-time links by address, 20 in 15 minutes; links that are right do not count.
#[actix_web::test]
async fn whoever_guesses_at_links_is_stopped() {
    let test = TestApp::new().await;
    let token = administrator_link(&test).await;
    let browser = test.browser();
    for _ in 0..30 {
        assert_eq!(browser.get(&format!("/setup?token={}", token.expose())).await.status, StatusCode::OK);
    }
    for _ in 0..20 {
        assert_dead(&browser.get("/setup?token=guess").await);
    }
    let answer = browser.get("/setup?token=guess").await;
    assert_eq!((answer.status, answer.header("retry-after")), (StatusCode::TOO_MANY_REQUESTS, Some("900")));
}

/// experience.md: the terminal prints the bare address; it leads somewhere. So does a realm's.
#[actix_web::test]
async fn the_bare_address_leads_to_the_account() {
    let test = TestApp::new().await;
    test.third_realm().await;
    assert_eq!(test.browser().get("/").await.location(), "/account");
    assert_eq!(test.browser().below("/r/third").get("").await.location(), "/r/third/account");
    assert_eq!(test.browser().below("/r/third").get("/").await.location(), "/r/third/account");
}

/// A form's address that someone types is no empty page; a program gets the bare status.
#[actix_web::test]
async fn a_page_that_takes_no_such_method_says_so() {
    let test = TestApp::new().await;
    let page = test.browser().get("/logout").await;
    assert_eq!((page.status, page.header("allow")), (StatusCode::METHOD_NOT_ALLOWED, Some("POST")));
    assert!(page.has_id("error-page"), "{}", page.text());
}
