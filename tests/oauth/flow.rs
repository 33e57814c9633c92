//! The main job, whole: from the sign-in page over consent to tokens (rows D1, D3, D4).

use actix_web::http::header;
use actix_web::test::TestRequest;
use tessera::clients::NewClient;

use super::world::{Asking, EMAIL, Place, REDIRECT_URI, World, claims, jose_header, public, redemption};
use crate::support::app::Answer;
use crate::support::database::{SetUp, in_every_set_up};

async fn sign_in_to_tokens(set_up: SetUp, place: Place) {
    let world = World::at(set_up, place, |_| {}).await;
    let browser = world.browser();
    let asking = Asking::of("spa").with("scope", "openid offline_access").with("nonce", "n-0S6");
    let login = browser.follow(browser.get(&asking.path()).await).await;
    assert_eq!(login.step(), Some("identifier-password"), "{}", login.text());
    let consent = browser.follow(world.step(&browser, &login).await).await;
    assert_eq!(consent.step(), Some("consent"), "{}", consent.text());
    let came = super::world::came(&world.step(&browser, &consent).await).expect("an answer to the client");
    assert_eq!((came.at.as_str(), came.parameters["state"].as_str()), (REDIRECT_URI, "a state"));
    assert_eq!(came.parameters["iss"], world.realm.issuer);
    let answer = world.redeem("spa", &came.code()).await;
    check_tokens(&world, &answer);
    let refreshed = world.refresh("spa", answer.json()["refresh_token"].as_str().unwrap()).await;
    assert_eq!(refreshed.status, 200, "{}", refreshed.text());
    assert_ne!(refreshed.json()["refresh_token"], answer.json()["refresh_token"]);
}

fn check_tokens(world: &World, answer: &Answer) {
    assert_eq!(answer.status, 200, "{}", answer.text());
    let tokens = answer.json();
    assert_eq!((&tokens["token_type"], &tokens["expires_in"]), (&"Bearer".into(), &900.into()));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(jose_header(&tokens["access_token"])["typ"], "at+jwt");
    assert_eq!(jose_header(&tokens["id_token"])["alg"], "RS256");
    let id_token = claims(&tokens["id_token"]);
    assert_eq!(id_token["iss"], world.realm.issuer.as_str());
    assert_eq!(id_token["sub"], world.user.sub.as_str());
    assert_eq!((&id_token["aud"], &id_token["nonce"]), (&"spa".into(), &"n-0S6".into()));
}

in_every_set_up!(a_user_signs_in_and_the_client_gets_tokens, async |set_up| {
    sign_in_to_tokens(set_up, Place::Root).await;
});

in_every_set_up!(the_same_in_a_realm_below_a_path, async |set_up| {
    sign_in_to_tokens(set_up, Place::Path).await;
});

in_every_set_up!(the_same_in_a_realm_with_a_host_name, async |set_up| {
    sign_in_to_tokens(set_up, Place::Host).await;
});

/// Users and clients of realms are strictly apart.
#[actix_web::test]
async fn another_realms_client_and_user_are_unknown() {
    let world = World::at(SetUp::Sqlite, Place::Host, |_| {}).await;
    let elsewhere = world.test.browser();
    let page = elsewhere.get(&Asking::of("spa").path()).await;
    assert_eq!((page.status.as_u16(), page.has_id("error-page")), (400, true));
    let refused = elsewhere.sign_in(EMAIL).await;
    assert!(refused.header("location").is_none() && refused.has_id("login-form"), "{}", refused.text());
}

/// A code of one realm is nothing in another of the same server, though the client id is the same; at home it is one.
#[actix_web::test]
async fn another_realms_code_is_unknown() {
    let world = World::new().await;
    let (second, host) = (world.test.database.second.clone(), "second.localhost:8080");
    world.test.user_of(&second, EMAIL, |_| {}).await;
    let same = |new: &mut NewClient| {
        public(new);
        new.realm = second.id;
    };
    world.register("spa", same).await;
    let code = world.allow(&world.test.browser().at_host(host), &Asking::of("spa")).await.code();
    assert_eq!(world.redeem("spa", &code).await.refusal(), (400, "invalid_grant".to_owned()));
    let form = [&redemption(&code)[..], &[("client_id", "spa")]].concat();
    let at_home = TestRequest::post().uri("/oauth2/token").insert_header((header::HOST, host)).set_form(form);
    let answer = (world.test.send)(at_home).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

/// experience.md: a request under another host name gets a page that shows both addresses; so does a realm with a host name of
/// its own below the path, whose pages would lead nowhere.
#[actix_web::test]
async fn pages_are_at_the_realms_own_address_alone() {
    let world = World::at(SetUp::Sqlite, Place::Host, |_| {}).await;
    let path = Asking::of("spa").path();
    for elsewhere in
        [world.test.browser().below("/r/second"), world.test.browser().at_host("localhost:8080.evil.example")]
    {
        let page = elsewhere.get(&path).await;
        assert_eq!(page.status.as_u16(), 421, "{}", page.text());
    }
    let page = world.test.browser().below("/r/second").get(&path).await;
    assert!(page.text().contains("http://second.localhost:8080/oauth2/authorize"), "{}", page.text());
    assert!(page.text().contains("Error code <code>other-host</code>"), "{}", page.text());
}
