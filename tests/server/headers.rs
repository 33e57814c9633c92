//! The headers of every answer (security.md).

use crate::support::app::{Answer, TestApp};

/// What pages of the sign-in flow may load: nothing inline, nothing of another host. Their forms may end at a client.
const FLOW: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; font-src 'self'; \
                    connect-src 'self'; base-uri 'none'; frame-ancestors 'none'";
/// Forms of consoles end here.
const CONSOLE: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; font-src 'self'; \
                       connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The policy, and the header that cuts `window.opener`, beside what every page has.
#[track_caller]
fn assert_page(page: &Answer, status: u16, policy: &str, opener_policy: Option<&str>) {
    assert_eq!(page.status.as_u16(), status, "{}", page.text());
    assert_eq!(page.header("content-security-policy"), Some(policy));
    assert_eq!(page.header("cross-origin-opener-policy"), opener_policy);
    assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(page.header("referrer-policy"), Some("same-origin"));
    assert_eq!(page.header("x-frame-options"), Some("DENY"));
    assert_eq!(page.header("permissions-policy"), Some("camera=(), geolocation=(), microphone=()"));
}

/// security.md: a strict policy, and no opener policy: it would break clients that sign in in a pop-up.
#[actix_web::test]
async fn a_page_of_the_sign_in_flow_loads_its_own_alone_and_keeps_its_opener() {
    let test = TestApp::new().await;
    test.third_realm().await;
    let browser = test.browser();
    for path in ["/login", "/logged-out", "/r/third/login"] {
        assert_page(&browser.follow(browser.get(path).await).await, 200, FLOW, None);
    }
    for (path, status) in [("/oauth2/authorize?client_id=nobody", 400), ("/nowhere", 404), ("/accountant", 404)] {
        assert_page(&browser.get(path).await, status, FLOW, None);
    }
}

/// security.md: consoles post to us alone, and nobody who opened them reaches into them; in each realm.
#[actix_web::test]
async fn a_page_of_a_console_posts_to_us_alone_and_has_no_opener() {
    let test = TestApp::new().await;
    let third = test.third_realm().await;
    for realm in [test.realm(), &third] {
        test.user_of(realm, "ada@example.com", |account| account.administrator = true).await;
    }
    for browser in [test.browser(), test.browser().below("/r/third")] {
        browser.sign_in("ada@example.com").await;
        for path in ["/account", "/developer/applications", "/admin/users"] {
            assert_page(&browser.follow(browser.get(path).await).await, 200, CONSOLE, Some("same-origin"));
        }
        assert_page(&browser.get("/account/nowhere").await, 404, CONSOLE, Some("same-origin"));
    }
}

/// The step of a temporary password is below /account, and may end at a client all the same.
#[actix_web::test]
async fn the_page_of_a_new_password_is_one_of_the_flow() {
    let test = TestApp::new().await;
    test.user_with_temporary_password("ada@example.com").await;
    let browser = test.browser();
    let answer = browser.sign_in("ada@example.com").await;
    assert_eq!(answer.location(), "/account/password");
    assert_page(&browser.follow(answer).await, 200, FLOW, None);
}

/// What is no page is not taken for one, and has no policy of one.
#[actix_web::test]
async fn what_is_no_page_is_not_taken_for_one() {
    let test = TestApp::new().await;
    for path in ["/.well-known/openid-configuration", "/oauth2/jwks", "/oauth2/userinfo"] {
        let answer = test.browser().get(path).await;
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(answer.header("content-security-policy"), None, "{path}");
    }
}

/// RFC 6797: https for two years, where the public URL is https; on this machine's own name never.
#[actix_web::test]
async fn only_a_public_url_of_https_asks_for_https_alone() {
    let strict = Some("max-age=63072000; includeSubDomains");
    for (url, host, expected) in [
        ("https://id.example.com", "id.example.com", strict),
        ("https://localhost:8443", "localhost:8443", None),
        ("http://localhost:8080", "localhost:8080", None),
    ] {
        let test = TestApp::with(|config| config.server.public_url = url.parse().unwrap()).await;
        let answer = test.browser().at_host(host).get("/login").await;
        assert_eq!(answer.header("strict-transport-security"), expected, "{url}");
    }
}
