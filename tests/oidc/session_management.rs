//! OpenID Connect Session Management 1.0 (protocol.md "Logout"): `session_state`, the browser's state, the frame's page. What the
//! frame says in a real browser is a test of its own, with Chromium.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tessera::clients::NewClient;
use tessera::config::Config;
use tessera::secret::sha256;

use crate::oauth::world::{Asking, Came, Place, REDIRECT_URI, World, came, public};
use crate::support::browser::Browser;
use crate::support::database::SetUp;

const COOKIE: &str = "tessera_state";

/// §4.2: what the script of our frame computes, with what it knows.
fn expected(browser: &Browser, client_id: &str, origin: &str, session_state: &str) -> String {
    let salt = session_state.split_once('.').expect("a hash and a salt").1;
    let state = browser.cookie(COOKIE).expect("a state");
    let hash = sha256(format!("{client_id} {origin} {state} {salt}").as_bytes());
    format!("{}.{salt}", URL_SAFE_NO_PAD.encode(hash))
}

async fn silent(browser: &Browser) -> Came {
    let asking = Asking::of("web").with("prompt", "none");
    came(&browser.get(&asking.path()).await).expect("an answer to the client")
}

/// §2: in every successful answer; another salt each time, so that clients cannot compare.
#[actix_web::test]
async fn an_answer_carries_the_state_that_the_frame_will_find() {
    for place in [Place::Root, Place::Path, Place::Host] {
        let world = World::at(SetUp::Sqlite, place, |_| {}).await;
        let browser = world.browser();
        let first = world.allow(&browser, &Asking::of("web")).await;
        let second = silent(&browser).await;
        for came in [&first, &second] {
            let state = &came.parameters["session_state"];
            assert_eq!(*state, expected(&browser, "web", "https://app.example.com", state));
            assert!(!state.contains(' '));
        }
        assert_ne!(first.parameters["session_state"], second.parameters["session_state"]);
        let forms = Asking::of("web").with("prompt", "none").with("response_mode", "form_post");
        assert!(browser.get(&forms.path()).await.value("session_state").is_some());
    }
}

/// It is about an authentication: an answer without `openid`, or an error, has none; nor has a client that lives at no origin.
#[actix_web::test]
async fn other_answers_carry_none() {
    let world = World::new().await;
    let app = "com.example.app:/cb";
    world
        .register("app", |new: &mut NewClient| {
            public(new);
            new.metadata.redirect_uris = vec![app.to_owned()];
        })
        .await;
    let browser = world.signed_in().await;
    let oauth = world.allow(&browser, &Asking::of("web").with("scope", "offline_access")).await;
    let native = world.allow(&browser, &Asking::of("app").with("redirect_uri", app)).await;
    let stranger = silent(&world.browser()).await;
    assert_eq!(stranger.error(), "login_required");
    for answer in [oauth, native, stranger] {
        assert!(!answer.parameters.contains_key("session_state"), "{answer:?}");
    }
}

/// The state is another after each sign-in and sign-out, and the same while nothing happens.
#[actix_web::test]
async fn the_state_changes_with_the_accounts_of_the_browser() {
    let world = World::new().await;
    let browser = world.browser();
    let mut seen = Vec::new();
    let changed = |seen: &mut Vec<String>| {
        let state = browser.cookie(COOKIE).expect("a state");
        assert!(!seen.contains(&state));
        seen.push(state);
    };
    world.allow(&browser, &Asking::of("web")).await;
    changed(&mut seen);
    for _ in 0..2 {
        let state = silent(&browser).await.parameters["session_state"].clone();
        assert_eq!(state, expected(&browser, "web", "https://app.example.com", &state));
    }
    browser.get("/account").await;
    assert_eq!(browser.cookie(COOKIE).as_ref(), seen.last(), "nothing has happened");
    world.test.user_of(&world.realm, "bob@example.com", |_| {}).await;
    browser.sign_in("bob@example.com").await;
    changed(&mut seen);
    let id_token = {
        let code = world.allow(&browser, &Asking::of("web").with("prompt", "login")).await.code();
        changed(&mut seen);
        world.redeem("web", &code).await.json()["id_token"].as_str().unwrap().to_owned()
    };
    let state = silent(&browser).await.parameters["session_state"].clone();
    browser.get(&format!("/oauth2/logout?id_token_hint={id_token}")).await;
    changed(&mut seen);
    browser.post("/signout", &[]).await;
    changed(&mut seen);
    assert_ne!(state, expected(&browser, "web", "https://app.example.com", &state), "the frame says: changed");
}

/// A browser that has lost the cookie gets another one with the answer.
#[actix_web::test]
async fn a_browser_without_a_state_gets_one() {
    let world = World::with(|config: &mut Config| config.logout.session_management = false).await;
    let browser = world.signed_in().await;
    assert_eq!(browser.cookie(COOKIE), None);
    let on = World::new().await;
    let with = on.signed_in().await;
    let asked = Asking::of("web").with("prompt", "consent");
    let state = on.allow(&with, &asked).await.parameters["session_state"].clone();
    assert_eq!(state, expected(&with, "web", "https://app.example.com", &state));
}

/// security.md: a random, readable, SameSite=None cookie that is not the session id.
#[actix_web::test]
async fn the_cookie_can_be_read_by_our_scripts_in_frames_of_others() {
    let secure = World::with(|config: &mut Config| {
        config.server.public_url = "https://id.example.com".parse().unwrap();
    })
    .await;
    let browser = secure.browser().at_host("id.example.com").over_tls();
    let answer = browser.sign_in("ada@example.com").await;
    let cookies: Vec<_> = answer.headers.get_all("set-cookie").map(|value| value.to_str().unwrap()).collect();
    let state = cookies.iter().find(|cookie| cookie.contains(COOKIE)).unwrap_or_else(|| panic!("{cookies:?}"));
    assert!(state.starts_with("__Host-tessera_state_"), "{state}");
    assert!(state.contains("SameSite=None") && state.contains("Secure") && state.contains("Path=/"), "{state}");
    assert!(!state.contains("HttpOnly") && !state.contains("Partitioned") && !state.contains("Domain"), "{state}");
    let session = cookies.iter().find(|cookie| cookie.contains("tessera_session")).unwrap();
    assert!(session.contains("SameSite=Lax") && session.contains("HttpOnly"), "{session}");
    // On http, which is for this machine alone, browsers drop what says None.
    let plain = World::new().await;
    let answer = plain.browser().sign_in("ada@example.com").await;
    let state = answer.headers.get_all("set-cookie").map(|value| value.to_str().unwrap());
    let state = state.into_iter().find(|cookie| cookie.starts_with("tessera_state_")).unwrap();
    assert!(!state.contains("None") && !state.contains("Secure") && !state.contains("HttpOnly"), "{state}");
}

/// security.md: check_session may be framed by anyone; no other page may.
#[actix_web::test]
async fn the_frame_alone_may_be_framed() {
    let world = World::new().await;
    let browser = world.signed_in().await;
    let page = browser.get("/oauth2/check-session").await;
    let policy = page.header("content-security-policy").unwrap();
    assert_eq!(policy, "default-src 'none'; script-src 'self'; base-uri 'none'; frame-ancestors *");
    assert_eq!((page.status.as_u16(), page.header("x-frame-options"), page.header("set-cookie")), (200, None, None));
    let cookie = browser.cookies_named(COOKIE).remove(0).0;
    assert!(page.text().contains(&format!(r#"data-cookie="{cookie}""#)), "{}", page.text());
    for path in ["/account", "/account-chooser", "/oauth2/logout", "/logged-out", "/oauth2/authorize"] {
        let page = browser.get(path).await;
        let policy = page.header("content-security-policy").unwrap_or_default();
        assert!(policy.contains("frame-ancestors 'none'") && page.header("x-frame-options") == Some("DENY"), "{path}");
    }
}

#[actix_web::test]
async fn it_can_be_switched_off() {
    let world = World::with(|config: &mut Config| config.logout.session_management = false).await;
    let browser = world.signed_in().await;
    let answer = world.allow(&browser, &Asking::of("web")).await;
    assert!(!answer.parameters.contains_key("session_state") && answer.at == REDIRECT_URI);
    assert_eq!((browser.cookie(COOKIE), browser.get("/oauth2/check-session").await.status.as_u16()), (None, 404));
    let metadata = browser.get("/.well-known/openid-configuration").await.json();
    assert!(metadata.get("check_session_iframe").is_none());
}

/// What each specification calls its members.
#[actix_web::test]
async fn the_metadata_say_what_is_supported() {
    for place in [Place::Root, Place::Path, Place::Host] {
        let world = World::at(SetUp::Sqlite, place, |_| {}).await;
        let metadata = world.browser().get("/.well-known/openid-configuration").await.json();
        for member in [
            "backchannel_logout_supported",
            "backchannel_logout_session_supported",
            "frontchannel_logout_supported",
            "frontchannel_logout_session_supported",
        ] {
            assert_eq!(metadata[member], true, "{member}");
        }
        let issuer = metadata["issuer"].as_str().unwrap();
        assert_eq!(metadata["check_session_iframe"], format!("{issuer}/oauth2/check-session"));
        assert_eq!(metadata["end_session_endpoint"], format!("{issuer}/oauth2/logout"));
    }
}

/// The suite that certifies (docs/certification.md) loads the frame in `HtmlUnit`, which does not parse a spread.
#[test]
fn the_script_of_the_frame_is_one_that_a_scripted_browser_parses() {
    let script = std::fs::read_to_string("static/js/check-session.js").unwrap();
    assert!(!script.contains("..."), "{script}");
}
