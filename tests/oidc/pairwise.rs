//! Pairwise subjects (OpenID Connect Core §8): clients of different sectors cannot tell that they know the same user.

use actix_web::http::header;
use actix_web::test::TestRequest;
use futures_util::future::join_all;
use serde_json::{Value, json};
use tessera::clients::NewClient;
use tessera::protocol::subject_type::SubjectType;

use crate::oauth::world::{Asking, SECRET, SIGNED_OUT, World, basic, came, claims, redemption};
use crate::support::browser::Browser;
use crate::support::database::{SetUp, in_every_set_up};

fn pairwise(host: &'static str) -> impl FnOnce(&mut NewClient) {
    move |new| {
        new.metadata.subject_type = SubjectType::Pairwise;
        new.metadata.redirect_uris = vec![format!("https://{host}/cb")];
    }
}

/// Two clients of one host, and one of another.
async fn world_on(set_up: SetUp) -> World {
    let world = World::on(set_up).await;
    for (client_id, host) in [("shop", "a.example"), ("blog", "a.example"), ("bank", "b.example:8443")] {
        world.register(client_id, pairwise(host)).await;
    }
    world
}

fn asking(client_id: &str) -> Asking {
    let host = if client_id == "bank" { "b.example:8443" } else { "a.example" };
    Asking::of(client_id).with("redirect_uri", &format!("https://{host}/cb")).with("scope", "openid")
}

async fn tokens(world: &World, browser: &Browser, client_id: &str) -> Value {
    let asking = asking(client_id);
    let code = world.allow(browser, &asking).await.code();
    let redirect_uri = asking.pairs().into_iter().find(|(name, _)| *name == "redirect_uri").unwrap().1.to_owned();
    let form = redemption(&code)
        .map(|(name, value)| (name, if name == "redirect_uri" { redirect_uri.as_str() } else { value }));
    world.token(client_id, &form).await.json()
}

fn sub(tokens: &Value) -> String {
    claims(&tokens["id_token"])["sub"].as_str().unwrap().to_owned()
}

in_every_set_up!(a_sector_has_a_subject_of_its_own_wherever_it_is_told, async |set_up| {
    let world = world_on(set_up).await;
    let browser = world.browser();
    let shop = tokens(&world, &browser, "shop").await;
    let known = sub(&shop);
    assert_ne!(known, world.user.sub, "not the one that everyone knows");
    assert_eq!(sub(&tokens(&world, &browser, "blog").await), known, "the same sector");
    let other = sub(&tokens(&world, &browser, "bank").await);
    assert!(other != known && other != world.user.sub, "another sector");
    assert_eq!(sub(&tokens(&world, &world.browser(), "shop").await), known, "and it never changes");
    assert_eq!(claims(&shop["access_token"])["sub"], known.as_str());
    let bearer = (header::AUTHORIZATION, format!("Bearer {}", shop["access_token"].as_str().unwrap()));
    let userinfo = world.machine(TestRequest::get().insert_header(bearer), "/oauth2/userinfo").await;
    assert_eq!(userinfo.json(), json!({ "sub": known }));
    let asked = TestRequest::post().insert_header((header::AUTHORIZATION, basic("shop", SECRET)));
    let asked = asked.set_form([("token", shop["access_token"].as_str().unwrap())]);
    assert_eq!(world.machine(asked, "/oauth2/introspect").await.json()["sub"], known.as_str());
    let refreshed = world.refresh("shop", shop["refresh_token"].as_str().unwrap()).await;
    assert_eq!(sub(&refreshed.json()), known);
});

/// protocol.md "Basic": a hint is silent for the same user; the subject of another sector names nobody.
#[actix_web::test]
async fn a_hint_names_the_user_by_the_clients_own_subject() {
    let world = world_on(SetUp::Sqlite).await;
    let browser = world.browser();
    let hint = tokens(&world, &browser, "shop").await["id_token"].as_str().unwrap().to_owned();
    let silent = asking("shop").with("prompt", "none").with("id_token_hint", &hint);
    assert!(came(&browser.get(&silent.path()).await).unwrap().parameters.contains_key("code"));
    let other = world.test.user_of(&world.realm, "bob@example.com", |_| {}).await;
    let stranger = world.browser();
    stranger.sign_in("bob@example.com").await;
    assert_eq!(came(&stranger.get(&silent.path()).await).unwrap().error(), "login_required", "{}", other.sub);
}

/// RP-Initiated Logout §2: a hint of an earlier session means the same user's present one.
#[actix_web::test]
async fn a_hint_of_an_earlier_session_ends_the_present_one() {
    let world = world_on(SetUp::Sqlite).await;
    let hint = tokens(&world, &world.browser(), "shop").await["id_token"].as_str().unwrap().to_owned();
    let browser = world.signed_in().await;
    let logout = format!("/oauth2/logout?id_token_hint={hint}&post_logout_redirect_uri={SIGNED_OUT}");
    assert_eq!(browser.get(&logout).await.location(), SIGNED_OUT);
    let silent = asking("shop").with("prompt", "none");
    assert_eq!(came(&browser.get(&silent.path()).await).unwrap().error(), "login_required");
}

in_every_set_up!(clients_that_meet_a_user_at_the_same_instant_agree, async |set_up| {
    let world = world_on(set_up).await;
    let app = &world.test.app;
    let client = app.db.client(world.realm.id, "bank").await.unwrap().unwrap();
    let met = join_all((0..20).map(|_| app.users.subject(&client, &world.user, world.test.clock.now()))).await;
    let subjects: Vec<_> = met.into_iter().map(Result::unwrap).collect();
    assert!(subjects.iter().all(|subject| *subject == subjects[0]), "{subjects:?}");
});

#[actix_web::test]
async fn metadata_lists_both_subject_types() {
    let document = World::new().await.machine(TestRequest::get(), "/.well-known/openid-configuration").await.json();
    assert_eq!(document["subject_types_supported"], json!(["public", "pairwise"]));
}
