//! Front-channel logout (OpenID Connect Front-Channel Logout 1.0; protocol.md "Logout"), and the way back past it.

use serde_json::Value;
use tessera::clients::NewClient;

use crate::oauth::world::{Asking, Place, REDIRECT_URI, SIGNED_OUT, World, claims};
use crate::support::app::Answer;
use crate::support::browser::Browser;
use crate::support::database::{SetUp, in_every_set_up};

const FRAME: &str = "https://app.example.com/frontchannel";

/// A client whose page the browser loads.
async fn framed(world: &World, client_id: &str, uri: &str) {
    let edit = |new: &mut NewClient| {
        new.metadata.logout.frontchannel_logout_uri = Some(uri.to_owned());
        let origin = url::Url::parse(uri).unwrap().origin().ascii_serialization();
        if !REDIRECT_URI.starts_with(&origin) {
            new.metadata.redirect_uris.push(format!("{origin}/cb"));
        }
    };
    world.register(client_id, edit).await;
}

async fn login(world: &World, browser: &Browser, client_id: &str) -> Value {
    let code = world.allow(browser, &Asking::of(client_id)).await.code();
    world.redeem(client_id, &code).await.json()
}

fn rp_initiated(tokens: &Value) -> String {
    let hint = tokens["id_token"].as_str().unwrap();
    let pairs = [("id_token_hint", hint), ("post_logout_redirect_uri", SIGNED_OUT), ("state", "a&b=c")];
    format!("/oauth2/logout?{}", url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish())
}

/// The addresses of the page's frames.
fn frames(page: &Answer) -> Vec<String> {
    let tags = page.text().split("<iframe ").skip(1);
    let source = |tag: &str| tag.split_once(r#"src=""#)?.1.split('"').next().map(|src| src.replace("&#38;", "&"));
    tags.filter_map(source).collect()
}

fn frame(base: &str, tokens: &Value) -> String {
    let claims = claims(&tokens["id_token"]);
    let pairs = [("iss", claims["iss"].as_str().unwrap()), ("sid", claims["sid"].as_str().unwrap())];
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    let between = if base.contains('?') { '&' } else { '?' };
    format!("{base}{between}{query}")
}

/// The origins that the page's policy lets it show.
fn shown(page: &Answer) -> &str {
    let policy = page.header("content-security-policy").unwrap();
    policy.split(';').find_map(|part| part.trim().strip_prefix("frame-src ")).unwrap_or_default()
}

async fn page_with_frames(place: Place, set_up: SetUp) {
    let world = World::at(set_up, place, |_| {}).await;
    let own = "https://other.example:8443/out?keep=1";
    framed(&world, "framed", FRAME).await;
    framed(&world, "other", own).await;
    framed(&world, "unused", "https://unused.example/out").await;
    let (browser, elsewhere) = (world.signed_in().await, world.signed_in().await);
    let (one, two) = (login(&world, &browser, "framed").await, login(&world, &browser, "other").await);
    let plain = login(&world, &browser, "web").await;
    login(&world, &elsewhere, "unused").await;
    let page = browser.get(&rp_initiated(&plain)).await;
    assert_eq!(page.status, 200, "{}", page.text());
    assert!(page.has_id("logged-out"));
    let mut frames = frames(&page);
    frames.sort();
    // `app` comes before `other`.
    let expected = [frame(FRAME, &one), frame(own, &two)];
    assert_eq!(frames, expected, "each once, with its iss and sid, in this browser alone");
    assert_eq!(shown(&page), "https://app.example.com https://other.example:8443");
    let back = page.link("way-on").unwrap();
    assert_eq!(back, format!("{SIGNED_OUT}?state=a%26b%3Dc"), "the final redirect survives it");
    assert!(page.text().contains(r#"<noscript><meta http-equiv="refresh" content="5; url=https://app.example.com/"#));
    assert!(page.text().contains("js/logged-out.js") && page.text().contains("data-go-on"));
    assert_eq!(world.test.sessions(&world.user).await, 1, "signed out here");
    assert!(browser.cookie("tessera_session").is_none());
    // A second time there is nobody to tell: straight back.
    assert_eq!(browser.get(&rp_initiated(&plain)).await.location(), back);
}

// §3: iss and sid, at every client of the session; the page may show just their origins.
in_every_set_up!(the_page_after_the_logout_loads_every_client_of_the_session, async |set_up| {
    page_with_frames(Place::Root, set_up).await;
});

#[actix_web::test]
async fn the_same_in_realms_of_their_own() {
    page_with_frames(Place::Path, SetUp::Sqlite).await;
    page_with_frames(Place::Host, SetUp::Sqlite).await;
}

/// Without frames nothing is shown on the way; and no other page may show any.
#[actix_web::test]
async fn without_such_clients_the_browser_goes_straight_back() {
    let world = World::new().await;
    let browser = world.signed_in().await;
    let tokens = login(&world, &browser, "web").await;
    assert_eq!(browser.get(&rp_initiated(&tokens)).await.location(), format!("{SIGNED_OUT}?state=a%26b%3Dc"));
    assert_eq!(shown(&browser.get("/logged-out").await), "");
}

/// A logout without a way back ends on our page, which stays.
#[actix_web::test]
async fn without_a_way_back_the_page_stays() {
    let world = World::new().await;
    framed(&world, "framed", FRAME).await;
    let browser = world.signed_in().await;
    let tokens = login(&world, &browser, "framed").await;
    let page = browser.get(&format!("/oauth2/logout?id_token_hint={}", tokens["id_token"].as_str().unwrap())).await;
    assert_eq!(frames(&page), [frame(FRAME, &tokens)]);
    assert!(page.link("way-on").is_none() && !page.text().contains("refresh"));
}

/// Whichever page signs this browser out: the confirmation, the account's own, and "everywhere".
#[actix_web::test]
async fn every_way_out_of_this_browser_loads_the_frames() {
    let world = World::new().await;
    framed(&world, "framed", FRAME).await;
    for (path, id) in
        [("/logout", "logged-out"), ("/signout", "signed-out"), ("/account/sessions/end-all", "signed-out")]
    {
        let browser = world.signed_in().await;
        let tokens = login(&world, &browser, "framed").await;
        let page = browser.post(path, &[]).await;
        assert!(page.has_id(id), "{path}: {}", page.text());
        assert_eq!((frames(&page), shown(&page)), (vec![frame(FRAME, &tokens)], "https://app.example.com"), "{path}");
        assert_eq!(world.test.sessions(&world.user).await, 0, "{path}");
    }
}

/// Of several accounts the one that leaves has its clients told, and the others theirs not.
#[actix_web::test]
async fn another_accounts_clients_hear_nothing() {
    let world = World::new().await;
    framed(&world, "framed", FRAME).await;
    framed(&world, "other", "https://other.example/out").await;
    let browser = world.signed_in().await;
    let ada = login(&world, &browser, "framed").await;
    let bob = world.test.user_of(&world.realm, "bob@example.com", |_| {}).await;
    browser.sign_in("bob@example.com").await;
    login(&world, &browser, "other").await;
    let page = browser.get(&rp_initiated(&ada)).await;
    assert_eq!(frames(&page), [frame(FRAME, &ada)]);
    assert_eq!((world.test.sessions(&world.user).await, world.test.sessions(&bob).await), (0, 1));
}
