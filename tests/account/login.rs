//! Sign-in by password (row D7).

use actix_web::http::StatusCode;
use tessera::config::{Limit, Period};
use tessera::interaction::{Browser as BrowserSecret, Demand};

use crate::support::app::{PASSWORD, TestApp, generous};
use crate::support::browser::Browser;

/// An interaction that this browser began, as an authorization request would.
pub(super) async fn interaction(test: &TestApp, browser: &Browser, edit: impl FnOnce(&mut Demand)) -> String {
    browser.get("/login?step=identifier-password").await;
    let secret = BrowserSecret::from_cookie(&browser.cookie("tessera_browser").unwrap()).unwrap();
    let demand = |id: &str| {
        let mut demand = Demand {
            app: None,
            login_hint: None,
            ui_locales: Vec::new(),
            authenticated_since: None,
            choose_account: false,
            sign_up: false,
            return_path: format!("/oauth2/authorize/{id}"),
        };
        edit(&mut demand);
        demand
    };
    let (realm, now) = (test.realm().id, test.clock.now());
    test.app.interactions.begin(realm, &secret, demand, String::new(), now).await.unwrap().id
}

#[actix_web::test]
async fn the_right_password_begins_a_session_and_leads_to_the_account() {
    let test = TestApp::new().await;
    let ada = test.user("ada@example.com").await;
    let browser = test.browser();
    assert_eq!(browser.get("/login").await.step(), Some("identifier-password"));
    let answer = browser.sign_in("ada@example.com").await;
    assert_eq!(answer.location(), "/account");
    let cookie =
        answer.headers.get_all("set-cookie").map(|value| value.to_str().unwrap()).collect::<Vec<_>>().join("\n");
    assert!(cookie.contains("HttpOnly; SameSite=Lax") && !cookie.contains("Max-Age"), "{cookie}");
    assert_eq!(test.sessions(&ada).await, 1);
}
