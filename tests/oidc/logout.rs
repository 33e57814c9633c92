//! RP-initiated logout (OpenID Connect RP-Initiated Logout 1.0; protocol.md "Logout").

use actix_web::http::header;
use actix_web::test::TestRequest;
use serde_json::Value;
use tessera::clients::NewClient;

use crate::oauth::world::{Asking, EMAIL, Place, SECRET, SIGNED_OUT, World, basic, came, claims, redemption};
use crate::support::app::Answer;
use crate::support::browser::Browser;
use crate::support::database::SetUp;
use crate::support::redirect_uris::{NOT_REGISTERED, REGISTERED};

/// The address of a logout with these parameters.
fn logout(parameters: &[(&str, &str)]) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
    format!("/oauth2/logout?{query}")
}

/// A browser that is signed in, with the tokens of a login there.
async fn signed_in(world: &World) -> (Browser, Value) {
    let browser = world.signed_in().await;
    let tokens = login(world, &browser, "openid").await;
    (browser, tokens)
}

async fn login(world: &World, browser: &Browser, scope: &str) -> Value {
    let code = authorized(world, browser, scope).await;
    world.redeem("web", &code).await.json()
}

/// A code that waits for its redemption.
async fn authorized(world: &World, browser: &Browser, scope: &str) -> String {
    let asking = Asking::of("web").with("scope", scope).with("prompt", "consent");
    world.allow(browser, &asking).await.code()
}

/// A browser that is signed in in the server's second realm, where user and client have the same names, with tokens of there.
async fn signed_in_elsewhere(world: &World) -> (Browser, Value) {
    let (second, host) = (world.test.database.second.clone(), "second.localhost:8080");
    world.test.user_of(&second, EMAIL, |_| {}).await;
    world.register("web", |new: &mut NewClient| new.realm = second.id).await;
    let browser = world.test.browser().at_host(host);
    let code = world.allow(&browser, &Asking::of("web")).await.code();
    let request = TestRequest::post().uri("/oauth2/token").insert_header((header::HOST, host));
    let request = request.insert_header((header::AUTHORIZATION, basic("web", SECRET))).set_form(redemption(&code));
    (browser, (world.test.send)(request).await.json())
}

fn hint(tokens: &Value) -> &str {
    tokens["id_token"].as_str().expect("an ID token")
}

/// Whether nobody is signed in, as a client sees it.
async fn is_signed_out(browser: &Browser) -> bool {
    let silent = browser.get(&Asking::of("web").with("prompt", "none").path()).await;
    came(&browser.follow(silent).await).expect("an answer to the client").error() == "login_required"
}

/// Asked, and nothing done yet.
#[track_caller]
fn assert_question(answer: &Answer) {
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.text());
    assert!(answer.has_id("logout-confirm") && answer.header("location").is_none(), "{}", answer.text());
}

async fn goes_back(place: Place) {
    let world = World::at(SetUp::Sqlite, place, |_| {}).await;
    let (browser, tokens) = signed_in(&world).await;
    let asked =
        [("id_token_hint", hint(&tokens)), ("post_logout_redirect_uri", SIGNED_OUT), ("state", "a b&c=d#%/\u{e9}")];
    let back = came(&browser.get(&logout(&asked)).await).expect("it goes back");
    assert_eq!((back.at.as_str(), back.parameters["state"].as_str()), (SIGNED_OUT, "a b&c=d#%/\u{e9}"));
    assert_eq!(back.parameters.len(), 1, "the state and nothing else: {back:?}");
    assert!(is_signed_out(&browser).await);
    assert_eq!(world.test.sessions(&world.user).await, 0);
    assert!(browser.cookie("tessera_session").is_none(), "no session is left to name");
}

/// protocol.md: a valid hint and a registered URI lead back with the state exactly, and a later prompt=none fails.
#[actix_web::test]
async fn a_proven_client_gets_its_user_back_signed_out() {
    goes_back(Place::Root).await;
}

#[actix_web::test]
async fn the_same_in_realms_of_their_own() {
    goes_back(Place::Path).await;
    goes_back(Place::Host).await;
}

/// RP-Initiated Logout §2: `state` is optional, and so is the way back.
#[actix_web::test]
async fn without_a_state_none_is_sent_and_without_a_uri_our_page_ends_it() {
    let world = World::new().await;
    let (browser, tokens) = signed_in(&world).await;
    let asked = [("id_token_hint", hint(&tokens)), ("post_logout_redirect_uri", SIGNED_OUT)];
    assert_eq!(browser.get(&logout(&asked)).await.location(), SIGNED_OUT);
    let (browser, tokens) = signed_in(&world).await;
    let page = browser.follow(browser.get(&logout(&[("id_token_hint", hint(&tokens))])).await).await;
    assert!(page.has_id("logged-out"), "{}", page.text());
    assert!(is_signed_out(&browser).await);
}

/// A registered URI keeps its own query.
#[actix_web::test]
async fn a_uris_own_query_is_kept() {
    let world = World::new().await;
    let uri = "https://app.example.com/signed-out?from=tessera";
    world.register("query", |new: &mut NewClient| new.metadata.post_logout_redirect_uris = vec![uri.to_owned()]).await;
    let browser = world.signed_in().await;
    let code = world.allow(&browser, &Asking::of("query")).await.code();
    let tokens = world.redeem("query", &code).await.json();
    let asked = [("id_token_hint", hint(&tokens)), ("post_logout_redirect_uri", uri), ("state", "s")];
    assert_eq!(browser.get(&logout(&asked)).await.location(), format!("{uri}&state=s"));
}

/// The endpoint takes POST too, from another site and so without cookies: it goes on by a step of our own (security.md "CSRF").
#[actix_web::test]
async fn a_post_from_another_site_goes_on_as_our_own_step() {
    let world = World::new().await;
    let (browser, tokens) = signed_in(&world).await;
    let fields = [("id_token_hint", hint(&tokens)), ("post_logout_redirect_uri", SIGNED_OUT), ("state", "s")];
    let on = browser.post_raw("/oauth2/logout", &fields, "https://app.example.com").await;
    assert!(on.location().starts_with("/oauth2/logout?"), "{}", on.location());
    // SameSite=Lax: the browser keeps its cookies to itself. To give it new ones would take away those that it has.
    let without_cookies = world.browser().post_raw("/oauth2/logout", &fields, "https://app.example.com").await;
    assert_eq!((without_cookies.location(), without_cookies.header("set-cookie")), (on.location(), None));
    assert!(!is_signed_out(&browser).await, "nothing has changed yet");
    let back = came(&browser.follow(on).await).expect("it goes back");
    assert_eq!((back.at.as_str(), back.parameters["state"].as_str()), (SIGNED_OUT, "s"));
    assert!(is_signed_out(&browser).await);
}

/// protocol.md: an unregistered or altered URI is never redirected to (security.md "redirect_uri": the same table), and the session
/// goes on until its owner says otherwise.
#[actix_web::test]
async fn a_uri_that_is_not_registered_leads_nowhere() {
    let world = World::new().await;
    let out = |new: &mut NewClient| new.metadata.post_logout_redirect_uris = vec![REGISTERED.to_owned()];
    world.register("out", out).await;
    let browser = world.signed_in().await;
    let code = world.allow(&browser, &Asking::of("out")).await.code();
    let tokens = world.redeem("out", &code).await.json();
    let leave = async |uri: &str| {
        let asked = [("id_token_hint", hint(&tokens)), ("post_logout_redirect_uri", uri), ("state", "s")];
        browser.get(&logout(&asked)).await
    };
    let others = [SIGNED_OUT, "https://evil.example/", "//evil.example/", "/account", "https://app.example.com/cb\0"];
    for uri in NOT_REGISTERED.iter().copied().chain(others) {
        assert_question(&leave(uri).await);
    }
    assert!(!is_signed_out(&browser).await);
    // Empty is absent (RFC 6749 §3.1).
    assert_eq!(leave("").await.location(), "/logged-out");
}

/// protocol.md: a tampered (also alg none), bad or absent hint proves nothing.
#[actix_web::test]
async fn a_hint_that_is_not_ours_proves_nothing() {
    let world = World::new().await;
    let (browser, tokens) = signed_in(&world).await;
    let (good, access) = (hint(&tokens), tokens["access_token"].as_str().unwrap());
    let payload = good.split('.').nth(1).unwrap();
    let unsigned = format!("eyJhbGciOiJub25lIn0.{payload}.");
    let mut tampered = good.to_owned();
    let last = tampered.pop().unwrap();
    tampered.insert(tampered.len() - 20, last);
    let (elsewhere, foreign) = signed_in_elsewhere(&world).await;
    for bad in [&unsigned, &tampered, access, hint(&foreign), "garbage", "a.b.c"] {
        let asked = [("id_token_hint", bad), ("post_logout_redirect_uri", SIGNED_OUT), ("state", "s")];
        assert_question(&browser.get(&logout(&asked)).await);
    }
    for asked in [
        vec![("post_logout_redirect_uri", SIGNED_OUT), ("state", "s")],
        vec![("client_id", "web"), ("post_logout_redirect_uri", SIGNED_OUT)],
        vec![],
    ] {
        assert_question(&browser.get(&logout(&asked)).await);
    }
    assert!(!is_signed_out(&browser).await);
    let at_home = [("id_token_hint", hint(&foreign)), ("post_logout_redirect_uri", SIGNED_OUT)];
    assert_eq!(elsewhere.get(&logout(&at_home)).await.location(), SIGNED_OUT, "its own realm's it is");
}

/// Where nobody is signed in there is nobody to ask: without proof it ends at our page, and leads nowhere else.
#[actix_web::test]
async fn with_nobody_signed_in_what_proves_nothing_ends_at_our_page() {
    let world = World::new().await;
    let (_, tokens) = signed_in(&world).await;
    let nobody = world.browser();
    for (shown, uri) in [
        (hint(&tokens), "https://evil.example/"),
        (hint(&tokens), "https://app.example.com/signed-out/"),
        ("garbage", SIGNED_OUT),
        ("", SIGNED_OUT),
    ] {
        let asked = [("id_token_hint", shown), ("post_logout_redirect_uri", uri), ("state", "s")];
        let answer = nobody.get(&logout(&asked)).await;
        assert_eq!(answer.location(), "/logged-out", "{uri}");
        assert!(nobody.follow(answer).await.has_id("logged-out"));
    }
}

/// RP-Initiated Logout §2: `client_id` must be the one that the hint was issued to.
#[actix_web::test]
async fn a_hint_proves_its_own_client_alone() {
    let world = World::new().await;
    let (browser, tokens) = signed_in(&world).await;
    let of = |client_id| {
        logout(&[("id_token_hint", hint(&tokens)), ("client_id", client_id), ("post_logout_redirect_uri", SIGNED_OUT)])
    };
    assert_question(&browser.get(&of("spa")).await);
    assert_question(&browser.get(&of("nobody")).await);
    assert_eq!(browser.get(&of("web")).await.location(), SIGNED_OUT);
}

/// A client that is shut out leads nobody anywhere.
#[actix_web::test]
async fn a_disabled_client_proves_nothing() {
    let world = World::new().await;
    let (browser, tokens) = signed_in(&world).await;
    let mut client = (*world.test.app.db.client(world.realm.id, "web").await.unwrap().unwrap()).clone();
    client.disabled = true;
    world.update(client).await;
    let asked = [("id_token_hint", hint(&tokens)), ("post_logout_redirect_uri", SIGNED_OUT)];
    assert_question(&browser.get(&logout(&asked)).await);
}

/// A repeated parameter might be read one way by us and another by whoever sent it on (security.md).
#[actix_web::test]
async fn a_repeated_parameter_proves_nothing() {
    let world = World::new().await;
    let (browser, tokens) = signed_in(&world).await;
    let asked = [
        ("id_token_hint", hint(&tokens)),
        ("post_logout_redirect_uri", SIGNED_OUT),
        ("post_logout_redirect_uri", "https://evil.example/"),
    ];
    assert_question(&browser.get(&logout(&asked)).await);
}

/// RP-Initiated Logout §2: a hint may be over: the login it is from often is.
#[actix_web::test]
async fn a_hint_that_has_expired_is_still_one() {
    let world = World::new().await;
    let (browser, tokens) = signed_in(&world).await;
    world.advance(3600);
    let asked = [("id_token_hint", hint(&tokens)), ("post_logout_redirect_uri", SIGNED_OUT)];
    assert_eq!(browser.get(&logout(&asked)).await.location(), SIGNED_OUT);
    assert!(is_signed_out(&browser).await);
}

/// The question, its answer, the page after it; and the form a second time.
#[actix_web::test]
async fn who_asks_without_proof_is_asked_back() {
    let world = World::new().await;
    let (browser, _) = signed_in(&world).await;
    assert_question(&browser.get("/oauth2/logout").await);
    let answer = browser.post("/logout", &[("decision", "logout")]).await;
    assert_eq!(answer.location(), "/logged-out");
    assert!(browser.follow(answer).await.has_id("logged-out"));
    assert!(is_signed_out(&browser).await);
    assert_eq!(browser.post("/logout", &[("decision", "logout")]).await.location(), "/logged-out");
    let again = browser.follow(browser.get("/oauth2/logout").await).await;
    assert!(again.has_id("logged-out"), "nobody is signed in: nothing is asked");
}

/// RP-Initiated Logout §2: `ui_locales`, in the question of a GET and of a POST.
#[actix_web::test]
async fn the_question_is_asked_in_the_language_that_the_client_names() {
    let world = World::new().await;
    let (browser, _) = signed_in(&world).await;
    let german = |answer: &Answer| answer.text().contains(r#"<html lang="de""#);
    assert!(!german(&browser.get("/oauth2/logout").await));
    assert!(german(&browser.get("/oauth2/logout?ui_locales=xx%20de").await));
    let on = browser.post_raw("/oauth2/logout", &[("ui_locales", "de")], "https://app.example.com").await;
    assert!(german(&browser.follow(on).await));
}

/// security.md "CSRF": the answer counts only from our own page in this browser.
#[actix_web::test]
async fn another_site_cannot_answer_the_question() {
    let world = World::new().await;
    let (browser, _) = signed_in(&world).await;
    assert_question(&browser.get("/oauth2/logout").await);
    let forged = browser.post_as("/logout", &[("decision", "logout")], Some("http://localhost:8080")).await;
    assert_eq!(forged.status.as_u16(), 403, "without the token");
    let csrf = browser.get("/oauth2/logout").await.value("csrf").unwrap();
    let foreign = browser.post_raw("/logout", &[("csrf", &csrf)], "https://evil.example").await;
    assert_eq!(foreign.status.as_u16(), 403, "with the token, from another site");
    let other = world.signed_in().await;
    let stolen = other.post_raw("/logout", &[("csrf", &csrf)], "http://localhost:8080").await;
    assert_eq!(stolen.status.as_u16(), 403, "with the token of another browser");
    assert!(!is_signed_out(&browser).await && !is_signed_out(&other).await);
}

/// The same request twice: the second finds nobody, and goes back as the first did.
#[actix_web::test]
async fn a_second_logout_goes_back_too() {
    let world = World::new().await;
    let (browser, tokens) = signed_in(&world).await;
    let asked = logout(&[("id_token_hint", hint(&tokens)), ("post_logout_redirect_uri", SIGNED_OUT), ("state", "s")]);
    let first = browser.get(&asked).await.location().to_owned();
    assert_eq!(browser.get(&asked).await.location(), first);
}

/// A hint that was stolen ends nothing: in another browser it finds no session, and the user's own goes on.
#[actix_web::test]
async fn another_browsers_session_stays() {
    let world = World::new().await;
    let (browser, tokens) = signed_in(&world).await;
    let thief = world.browser();
    let asked = logout(&[("id_token_hint", hint(&tokens)), ("post_logout_redirect_uri", SIGNED_OUT)]);
    assert_eq!(thief.get(&asked).await.location(), SIGNED_OUT);
    assert!(!is_signed_out(&browser).await);
    assert_eq!(world.test.sessions(&world.user).await, 1);
}

/// §2: nor does it sign out whoever else is at that browser. They are asked, and find the way back if they like.
#[actix_web::test]
async fn another_users_session_stays_unless_they_say_otherwise() {
    let world = World::new().await;
    let (_, tokens) = signed_in(&world).await;
    let other = world.test.user_of(&world.realm, "bob@example.com", |_| {}).await;
    let browser = world.browser();
    browser.sign_in("bob@example.com").await;
    let asked = logout(&[("id_token_hint", hint(&tokens)), ("post_logout_redirect_uri", SIGNED_OUT), ("state", "s 1")]);
    let question = browser.get(&asked).await;
    assert!(question.has_id("logout-confirm"), "{}", question.text());
    assert_eq!(world.test.sessions(&other).await, 1);
    let carried = ["client_id", "post_logout_redirect_uri", "state"].map(|name| (name, question.value(name).unwrap()));
    let form: Vec<_> = carried.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let page = browser.follow(browser.post("/logout", &form).await).await;
    assert!(page.has_id("logged-out") && page.text().contains(SIGNED_OUT), "{}", page.text());
    assert_eq!((world.test.sessions(&other).await, world.test.sessions(&world.user).await), (0, 1));
}

/// Of several accounts in one browser a hint ends its own; the question is about all of them.
#[actix_web::test]
async fn of_several_accounts_the_one_that_is_named_is_signed_out() {
    let world = World::new().await;
    let (browser, tokens) = signed_in(&world).await;
    let other = world.test.user_of(&world.realm, "bob@example.com", |_| {}).await;
    browser.sign_in("bob@example.com").await;
    browser.get(&logout(&[("id_token_hint", hint(&tokens))])).await;
    assert_eq!((world.test.sessions(&world.user).await, world.test.sessions(&other).await), (0, 1));
    assert!(!is_signed_out(&browser).await, "Bob is still there");
    browser.sign_in("ada@example.com").await;
    browser.get("/oauth2/logout").await;
    browser.post("/logout", &[]).await;
    assert_eq!((world.test.sessions(&world.user).await, world.test.sessions(&other).await), (0, 0));
}

/// storage.md "Families": what came of the session ends with it, but for offline_access.
#[actix_web::test]
async fn tokens_end_with_the_session_unless_they_are_for_offline_access() {
    let world = World::new().await;
    let (browser, online) = signed_in(&world).await;
    let offline = login(&world, &browser, "openid offline_access").await;
    browser.get(&logout(&[("id_token_hint", hint(&online))])).await;
    let refreshed =
        async |tokens: &Value| world.refresh("web", tokens["refresh_token"].as_str().unwrap()).await.status.as_u16();
    assert_eq!((refreshed(&online).await, refreshed(&offline).await), (400, 200));
}

/// A code lives no longer than the session in which it was authorized, also where its tokens would have outlived that.
#[actix_web::test]
async fn a_code_ends_with_the_session_for_offline_access_too() {
    let world = World::new().await;
    let (browser, tokens) = signed_in(&world).await;
    for scope in ["openid", "openid offline_access"] {
        let code = authorized(&world, &browser, scope).await;
        browser.get(&logout(&[("id_token_hint", hint(&tokens))])).await;
        let answer = world.redeem("web", &code).await;
        assert_eq!((answer.status.as_u16(), answer.json()["error"].as_str()), (400, Some("invalid_grant")), "{scope}");
        browser.sign_in(EMAIL).await;
    }
}

/// OpenID Connect Core §2: the hint's `sid` names the session, which its own user's later one replaces.
#[actix_web::test]
async fn a_hint_from_an_earlier_session_means_the_same_users_present_one() {
    let world = World::new().await;
    let (browser, tokens) = signed_in(&world).await;
    browser.get("/oauth2/logout").await;
    browser.post("/logout", &[]).await;
    browser.sign_in("ada@example.com").await;
    let later = login(&world, &browser, "openid").await;
    assert_ne!(claims(&tokens["id_token"])["sid"], claims(&later["id_token"])["sid"]);
    browser.get(&logout(&[("id_token_hint", hint(&tokens))])).await;
    assert!(is_signed_out(&browser).await);
}
