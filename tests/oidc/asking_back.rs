//! A logout that a client asks for without a hint (RP-Initiated Logout §2, §3): the user is asked, and nothing leads away by itself.

use crate::oauth::world::{SIGNED_OUT, World};
use crate::support::app::Answer;
use crate::support::browser::Browser;

fn logout(parameters: &[(&str, &str)]) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
    format!("/oauth2/logout?{query}")
}

/// Says yes on the page, with what its form holds.
async fn confirm(browser: &Browser, page: &Answer) -> Answer {
    let names = ["client_id", "post_logout_redirect_uri", "state"];
    let held: Vec<_> = names.into_iter().filter_map(|name| Some((name, page.value(name)?))).collect();
    let fields: Vec<_> = held.iter().map(|(name, value)| (*name, value.as_str())).collect();
    browser.post("/logout", &fields).await
}

#[actix_web::test]
async fn a_known_client_gets_a_link_once_the_user_has_said_yes() {
    let world = World::new().await;
    let browser = world.signed_in().await;
    let asked = [("client_id", "web"), ("post_logout_redirect_uri", SIGNED_OUT), ("state", "s 1")];
    let question = browser.get(&logout(&asked)).await;
    assert!(question.has_id("logout-confirm") && question.header("location").is_none());
    assert!(question.text().contains("<bdi>web</bdi>"), "it says who may have asked: {}", question.text());
    assert_eq!(world.test.sessions(&world.user).await, 1);
    let page = confirm(&browser, &question).await;
    assert!(page.has_id("logged-out") && page.header("location").is_none(), "{}", page.text());
    assert_eq!(page.link("way-on").unwrap(), format!("{SIGNED_OUT}?state=s%201"));
    assert!(!page.text().contains("data-go-on") && !page.text().contains("refresh"), "nobody is sent: it is a link");
    assert_eq!(world.test.sessions(&world.user).await, 0);
}

/// What is not registered is not shown, and not believed of the form either.
#[actix_web::test]
async fn a_uri_that_is_not_the_clients_is_no_link() {
    let world = World::new().await;
    for (client_id, uri) in
        [("web", "https://evil.example/"), ("nobody", SIGNED_OUT), ("", SIGNED_OUT), ("web", "javascript:alert(1)")]
    {
        let browser = world.signed_in().await;
        let question = browser.get(&logout(&[("client_id", client_id), ("post_logout_redirect_uri", uri)])).await;
        assert!(question.has_id("logout-confirm"));
        assert_eq!(question.value("post_logout_redirect_uri"), None, "{uri}");
        let forged = [("client_id", client_id), ("post_logout_redirect_uri", uri)];
        assert_eq!(browser.post("/logout", &forged).await.location(), "/logged-out", "{uri}");
    }
}

/// A hint that is bad is worse than none: the page does not vouch for anybody.
#[actix_web::test]
async fn a_bad_hint_is_not_taken_for_none() {
    let world = World::new().await;
    let browser = world.signed_in().await;
    let asked = [("id_token_hint", "garbage"), ("client_id", "web"), ("post_logout_redirect_uri", SIGNED_OUT)];
    let question = browser.get(&logout(&asked)).await;
    assert!(question.has_id("logout-confirm"));
    assert_eq!((question.value("client_id"), question.text().contains("<bdi>web</bdi>")), (None, false));
}
