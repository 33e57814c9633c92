//! Where an answer goes: faults of client and redirect URI are shown and sent nowhere, every other goes back to the client
//! (RFC 6749 §3.1.2.4, §4.1.2.1; RFC 9700 §2.1; security.md "redirect_uri").

use actix_web::test::TestRequest;

use super::world::{Asking, REDIRECT_URI, World, came, public};
use crate::pages::html;
use crate::support::app::Answer;
use crate::support::redirect_uris::NOT_REGISTERED;

/// The error page on the authorize URL itself, with its fixed id and phrase, and nothing that leads away.
#[track_caller]
pub(super) fn assert_error_page(answer: &Answer, code: &str) {
    assert_eq!((answer.status.as_u16(), answer.header("location")), (400, None), "{}", answer.text());
    assert!(answer.has_id("error-page"), "{}", answer.text());
    assert!(answer.text().contains(&format!(r#"data-error="{code}""#)), "not {code}: {}", answer.text());
    assert!(answer.text().contains(&format!("Error code <code>{code}</code>")), "no fixed phrase: {}", answer.text());
}

/// OAuth 2.0 Form Post Response Mode §2: a form that is sent by POST, form-urlencoded, to the redirect URI.
#[track_caller]
pub(super) fn assert_form_post(answer: &Answer, redirect_uri: &str) {
    let page = html::parse(answer.text()).unwrap();
    let form = page.first("form");
    let [id, method, action] = ["id", "method", "action"].map(|name| form.attribute(name));
    assert_eq!((id, method, action), (Some("form-post"), Some("post"), Some(redirect_uri)), "{}", answer.text());
    let encoding = form.attribute("enctype").unwrap_or("application/x-www-form-urlencoded");
    assert_eq!(encoding, "application/x-www-form-urlencoded");
}

async fn page(world: &World, asking: Asking) -> Answer {
    world.browser().get(&asking.path()).await
}

#[actix_web::test]
async fn an_unknown_client_is_told_on_the_error_page() {
    let world = World::new().await;
    assert_error_page(&page(&world, Asking::of("nobody")).await, "unknown_client");
}

#[actix_web::test]
async fn a_missing_client_id_is_told_on_the_error_page() {
    let world = World::new().await;
    assert_error_page(&page(&world, Asking::of("web").without("client_id")).await, "invalid_request");
}

#[actix_web::test]
async fn a_client_that_is_shut_out_is_as_unknown() {
    let world = World::new().await;
    let mut client = (*world.test.app.db.client(world.realm.id, "web").await.unwrap().unwrap()).clone();
    client.disabled = true;
    world.update(client).await;
    assert_error_page(&page(&world, Asking::of("web")).await, "unknown_client");
}

/// RFC 6749 §3.1: a parameter twice; which of two clients or URIs was meant nobody knows.
#[actix_web::test]
async fn client_id_or_redirect_uri_twice_are_told_on_the_error_page() {
    let world = World::new().await;
    for (name, value) in [("client_id", "web"), ("client_id", "spa"), ("redirect_uri", REDIRECT_URI)] {
        assert_error_page(&page(&world, Asking::of("web").also(name, value)).await, "invalid_request");
    }
}

/// security.md "redirect_uri": byte-exact.
#[actix_web::test]
async fn only_the_registered_redirect_uri_is_answered_byte_by_byte() {
    let world = World::new().await;
    let other = |new: &mut tessera::clients::NewClient| {
        new.metadata.redirect_uris = vec!["https://other.example.com/cb".to_owned()];
    };
    world.register("other", other).await;
    for uri in NOT_REGISTERED {
        assert_error_page(&page(&world, Asking::of("web").with("redirect_uri", uri)).await, "invalid_redirect_uri");
    }
}

#[actix_web::test]
async fn a_redirect_uri_with_control_characters_is_refused() {
    let world = World::new().await;
    for end in ["\0", "\r\n", "\t", "\u{85}"] {
        let asking = Asking::of("web").with("redirect_uri", &format!("{REDIRECT_URI}{end}"));
        assert_error_page(&page(&world, asking).await, "invalid_request");
    }
}

#[actix_web::test]
async fn a_redirect_uri_of_ten_kilobytes_is_refused() {
    let world = World::new().await;
    let long = format!("{REDIRECT_URI}/{}", "a".repeat(10_000));
    assert_error_page(&page(&world, Asking::of("web").with("redirect_uri", &long)).await, "invalid_redirect_uri");
}

/// `redirect_uri[]` is no parameter of ours: without the right one the only registered URI is meant, and it alone is answered.
#[actix_web::test]
async fn a_redirect_uri_in_brackets_is_not_read() {
    let world = World::new().await;
    let browser = world.signed_in().await;
    let asking = Asking::of("web").without("redirect_uri").with("scope", "profile");
    let asking = asking.also("redirect_uri[]", "https://evil.example/cb");
    assert_eq!(world.allow(&browser, &asking).await.at, REDIRECT_URI);
}

/// OpenID Connect Core §3.1.2.1: it is required; security.md: brackets do not stand for it.
#[actix_web::test]
async fn without_a_redirect_uri_there_is_no_openid() {
    let world = World::new().await;
    let without = Asking::of("web").with("scope", "profile openid").without("redirect_uri");
    assert_error_page(&page(&world, without.clone()).await, "invalid_redirect_uri");
    assert_error_page(&page(&world, without.also("redirect_uri[]", REDIRECT_URI)).await, "invalid_redirect_uri");
}

/// RFC 6749 §3.1.2.3; protocol.md "Dynamic": two registered and none sent.
#[actix_web::test]
async fn of_several_redirect_uris_one_must_be_named() {
    let world = World::new().await;
    let two =
        |new: &mut tessera::clients::NewClient| new.metadata.redirect_uris.push("https://b.example.com/cb".to_owned());
    world.register("two", two).await;
    let asking = Asking::of("two").without("redirect_uri");
    assert_error_page(&page(&world, asking).await, "invalid_redirect_uri");
}

/// RFC 8252 §7.3; security.md: a loopback address at any port, each host by its own name only.
#[actix_web::test]
async fn a_loopback_redirect_uri_is_answered_at_any_port() {
    let world = World::new().await;
    let native = |new: &mut tessera::clients::NewClient| {
        public(new);
        new.metadata.redirect_uris = vec!["http://127.0.0.1/cb".to_owned()];
    };
    world.register("native", native).await;
    let browser = world.signed_in().await;
    let asking = |uri: &str| Asking::of("native").with("redirect_uri", uri);
    let came = world.allow(&browser, &asking("http://127.0.0.1:8401/cb")).await;
    assert_eq!(came.at, "http://127.0.0.1:8401/cb");
    for uri in [
        "http://localhost:8401/cb",
        "http://[::1]:8401/cb",
        "http://127.1/cb",
        "http://0.0.0.0/cb",
        "http://2130706433/cb",
    ] {
        assert_error_page(&page(&world, asking(uri)).await, "invalid_redirect_uri");
    }
}

/// protocol.md "Dynamic": a redirect URI's own query is kept.
#[actix_web::test]
async fn the_redirect_uris_own_query_is_kept() {
    let world = World::new().await;
    let uri = "https://app.example.com/cb?tenant=7";
    world.register("tenant", |new| new.metadata.redirect_uris = vec![uri.to_owned()]).await;
    let came = world.allow(&world.signed_in().await, &Asking::of("tenant").with("redirect_uri", uri)).await;
    assert_eq!((came.at.as_str(), came.parameters["tenant"].as_str()), (REDIRECT_URI, "7"));
    came.code();
}

/// experience.md: what was sent and what is registered is for the developer of the application only.
#[actix_web::test]
async fn only_the_developer_is_shown_what_is_registered() {
    let world = World::new().await;
    let asking = Asking::of("mine").with("redirect_uri", "https://app.example.com/typo");
    let owner = world.user.id;
    world.register("mine", |new| new.owner = Some(owner)).await;
    let strangers = page(&world, asking.clone()).await;
    assert!(!strangers.text().contains("typo") && !strangers.text().contains(REDIRECT_URI), "{}", strangers.text());
    let developers = world.signed_in().await.get(&asking.path()).await;
    assert!(developers.text().contains("typo") && developers.text().contains(REDIRECT_URI), "{}", developers.text());
}

/// security.md: the authorization endpoint has no CORS; an HTML page may not be framed. Other sites learn no address of ours.
#[actix_web::test]
async fn the_error_page_carries_the_headers_of_every_page() {
    let world = World::new().await;
    let request = TestRequest::get().insert_header(("origin", "https://evil.example"));
    let answer = world.machine(request, &Asking::of("nobody").path()).await;
    assert_eq!(answer.header("access-control-allow-origin"), None);
    let csp = answer.header("content-security-policy").unwrap();
    assert!(csp.contains("frame-ancestors 'none'") && !csp.contains("unsafe"), "{csp}");
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(answer.header("referrer-policy"), Some("same-origin"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
}

async fn error(world: &World, asking: Asking) -> super::world::Came {
    let answer = page(world, asking).await;
    came(&answer).unwrap_or_else(|| panic!("no error for the client: {} {}", answer.status, answer.text()))
}

/// RFC 6749 §4.1.2.1, RFC 9207 §2; protocol.md: no unknown parameters in an error redirect.
#[actix_web::test]
async fn an_error_goes_back_with_state_and_iss_in_the_query() {
    let world = World::new().await;
    let came = error(&world, Asking::of("web").without("response_type")).await;
    assert_eq!((came.at.as_str(), came.error()), (REDIRECT_URI, "invalid_request"));
    assert_eq!(came.parameters.keys().collect::<Vec<_>>(), ["error", "error_description", "iss", "state"]);
    assert_eq!(came.parameters["state"], "a state");
    assert_eq!(came.parameters["iss"], world.realm.issuer);
}

/// OAuth 2.0 Form Post Response Mode §2; protocol.md: errors use the response mode as well, and nothing is in the query.
#[actix_web::test]
async fn an_error_goes_back_by_form_post_where_that_was_asked_for() {
    let world = World::new().await;
    let asking = Asking::of("web").without("response_type").with("response_mode", "form_post");
    let answer = page(&world, asking).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_form_post(&answer, REDIRECT_URI);
    assert_eq!(answer.value("error").as_deref(), Some("invalid_request"));
    assert_eq!(answer.value("state").as_deref(), Some("a state"));
    assert_eq!(answer.value("iss").as_deref(), Some(world.realm.issuer.as_str()));
}

/// A code by form_post: the page is not kept, and says nothing in its address.
#[actix_web::test]
async fn a_code_goes_by_form_post_where_that_was_asked_for() {
    let world = World::new().await;
    world.register("own", super::world::first_party).await;
    let browser = world.signed_in().await;
    let answer = browser.get(&Asking::of("own").with("response_mode", "form_post").path()).await;
    assert_form_post(&answer, REDIRECT_URI);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    // Chromium applies form-action to where a POST ends: the client.
    assert!(!answer.header("content-security-policy").unwrap().contains("form-action"));
    let code = answer.value("code").unwrap();
    assert_eq!(world.redeem("own", &code).await.status, 200);
}

/// protocol.md "So that a machine can drive it": a deny element answers `access_denied`.
#[actix_web::test]
async fn the_link_that_turns_back_on_the_sign_in_page_leads_to_the_client() {
    let world = World::new().await;
    let browser = world.browser();
    let page = browser.follow(browser.get(&Asking::of("web").path()).await).await;
    let came = came(&browser.get(&page.link("login-cancel").unwrap()).await).unwrap();
    assert_eq!((came.at.as_str(), came.error()), (REDIRECT_URI, "access_denied"));
}

/// protocol.md "Checked nearly everywhere".
#[actix_web::test]
async fn a_state_of_128_characters_is_echoed_exactly() {
    let world = World::new().await;
    let state: String = (33..=126_u8).cycle().take(128).map(char::from).collect();
    let came = world.allow(&world.browser(), &Asking::of("web").with("state", &state)).await;
    assert_eq!(came.parameters["state"], state);
    let came = error(&world, Asking::of("web").with("state", &state).with("prompt", "none")).await;
    assert_eq!(came.parameters["state"], state);
}

#[actix_web::test]
async fn no_state_is_sent_where_none_came() {
    let world = World::new().await;
    let came = world.allow(&world.browser(), &Asking::of("web").without("state")).await;
    assert_eq!(came.parameters.keys().collect::<Vec<_>>(), ["code", "iss", "session_state"]);
}
