//! What one node changes, the other knows: of what nobody caches at once, of the rest after its next poll, at the latest two seconds
//! later (storage.md "Caches"; the poll is each node's own, once a second, and driven by hand here).

use actix_web::http::StatusCode;
use actix_web::test::TestRequest;
use serde_json::Value;
use tessera::clients::Reach;
use tessera::keys::rotate::Start;
use tessera::protocol::algorithm::SigningAlgorithm;

use super::{assert_invalid_grant, introspect, refresh, two_nodes, userinfo};
use crate::oauth::world::{Asking, EMAIL, SECRET, World, basic, came, jose_header};
use crate::support::app::Answer;
use crate::support::database::in_shared_set_ups;

/// The client `job` asks for a token, by this secret.
async fn job(world: &World, secret: &str) -> Answer {
    let basic = (actix_web::http::header::AUTHORIZATION, basic("job", secret));
    let form = [("grant_type", "client_credentials")];
    world.machine(TestRequest::post().insert_header(basic).set_form(form), "/oauth2/token").await
}

/// Asks both nodes, the first one first.
async fn of_both<T>(nodes: &crate::support::nodes::Nodes, mut ask: impl AsyncFnMut() -> T) -> [T; 2] {
    nodes.turn_to(0);
    [ask().await, ask().await]
}

in_shared_set_ups!(a_rotated_secret_is_known_on_the_other_node, async |set_up| {
    let (world, nodes) = two_nodes(set_up).await;
    // Both have the client in memory before it changes.
    assert!(of_both(&nodes, async || job(&world, SECRET).await).await.iter().all(|answer| answer.status == 200));
    let (clients, by) = (&nodes.apps[0].clients, world.operator());
    let old = clients.find(world.realm.id, Reach::All, "job").await.unwrap().secrets[0].id;
    let made = clients.add_secret(world.realm.id, Reach::All, "job", &by).await.unwrap();
    let new = made.secret.unwrap();
    nodes.poll().await;
    for secret in [SECRET, new.expose()] {
        assert!(of_both(&nodes, async || job(&world, secret).await).await.iter().all(|answer| answer.status == 200));
    }
    clients.remove_secret(world.realm.id, Reach::All, "job", old, &by).await.unwrap();
    nodes.poll().await;
    for answer in of_both(&nodes, async || job(&world, SECRET).await).await {
        assert_eq!(answer.refusal(), (401, "invalid_client".to_owned()));
    }
    assert!(of_both(&nodes, async || job(&world, new.expose()).await).await.iter().all(|answer| answer.status == 200));
});

in_shared_set_ups!(a_client_that_is_shut_out_on_one_node_is_shut_out_on_both, async |set_up| {
    let (world, nodes) = two_nodes(set_up).await;
    let tokens = world.tokens("openid offline_access").await;
    let browser = world.signed_in().await;
    for answer in of_both(&nodes, async || introspect(&world, &tokens["access_token"]).await).await {
        assert_eq!(answer["active"], true);
    }
    nodes.apps[1].clients.set_disabled(world.realm.id, Reach::All, "web", true, &world.operator()).await.unwrap();
    nodes.poll().await;
    for answer in of_both(&nodes, async || refresh(&world, "web", &tokens).await).await {
        assert_eq!(answer.refusal(), (401, "invalid_client".to_owned()));
    }
    for answer in of_both(&nodes, async || userinfo(&world, &tokens["access_token"]).await).await {
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    }
    for page in of_both(&nodes, async || browser.get(&Asking::of("web").path()).await).await {
        assert_eq!((page.status, page.has_id("error-page")), (StatusCode::BAD_REQUEST, true));
    }
});

in_shared_set_ups!(a_changed_and_a_deleted_application_is_known_on_the_other_node, async |set_up| {
    let (world, nodes) = two_nodes(set_up).await;
    world.test.administrator("root@example.com").await;
    let admin = world.browser();
    admin.sign_in("root@example.com").await;
    let uri = "https://new.example.com/cb";
    let moved = Asking::of("web").with("redirect_uri", uri);
    for page in of_both(&nodes, async || admin.get(&moved.path()).await).await {
        assert_eq!(page.status, StatusCode::BAD_REQUEST);
    }
    nodes.turn_to(1);
    admin.post("/developer/applications/web", &[("name", "Moved"), ("redirect_uris", uri)]).await;
    nodes.poll().await;
    for answer in of_both(&nodes, async || admin.get(&moved.clone().with("prompt", "none").path()).await).await {
        assert_eq!(came(&answer).expect("to the new address").at, uri);
    }
    admin.post("/developer/applications/web/delete", &[("confirm_name", "Moved")]).await;
    nodes.poll().await;
    for page in of_both(&nodes, async || admin.get(&moved.path()).await).await {
        assert_eq!(page.status, StatusCode::BAD_REQUEST);
    }
});

// A user is read at every request: no poll is needed.
in_shared_set_ups!(a_user_who_is_shut_out_on_one_node_is_out_of_both_at_once, async |set_up| {
    let (world, nodes) = two_nodes(set_up).await;
    world.test.administrator("root@example.com").await;
    let (admin, ada) = (world.browser(), world.signed_in().await);
    admin.sign_in("root@example.com").await;
    let tokens = world.tokens("openid offline_access").await;
    world.advance(1);
    nodes.turn_to(0);
    admin.post(&format!("/admin/users/{}/disable", world.user.id), &[]).await;
    for answer in of_both(&nodes, async || refresh(&world, "web", &tokens).await).await {
        assert_invalid_grant(&answer);
    }
    for answer in of_both(&nodes, async || userinfo(&world, &tokens["access_token"]).await).await {
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    }
    for answer in of_both(&nodes, async || ada.get("/account").await).await {
        assert_eq!(answer.location(), "/login?next=%2Faccount");
    }
    let strangers = [world.browser().from([203, 0, 113, 1]), world.browser().from([203, 0, 113, 2])];
    for stranger in strangers {
        assert_eq!(stranger.sign_in(EMAIL).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
});

// A node that does not know a key yet must not meet its tokens: a new one waits until every node has asked, unless there is no other.
in_shared_set_ups!(a_key_that_signs_on_one_node_verifies_on_the_other, async |set_up| {
    let (world, nodes) = two_nodes(set_up).await;
    let tokens = world.tokens("openid offline_access").await;
    for answer in of_both(&nodes, async || userinfo(&world, &tokens["access_token"]).await).await {
        assert_eq!(answer.status, StatusCode::OK);
    }
    let (realm, now) = (world.realm.id, world.test.clock.now());
    let keys = &nodes.apps[0].keys;
    keys.rotate(realm, &[SigningAlgorithm::Es256, SigningAlgorithm::Rs256], Start::Now, now).await.unwrap();
    keys.rotate_refresh_key(realm, now).await.unwrap();
    // The first node uses what it has made; the second has not asked yet.
    nodes.turn_to(0);
    let early = two_steps(&world, &nodes).await;
    nodes.poll().await;
    world.advance(2);
    let late = two_steps(&world, &nodes).await;
    assert_ne!(
        jose_header(&early["access_token"])["kid"],
        jose_header(&late["access_token"])["kid"],
        "the new key signs"
    );
    for old in [&tokens, &early] {
        for answer in of_both(&nodes, async || userinfo(&world, &old["access_token"]).await).await {
            assert_eq!(answer.status, StatusCode::OK, "the old key verifies");
        }
        assert_eq!(refresh(&world, "web", old).await.status, 200);
    }
});

/// Tokens of the first node, which the second one takes.
async fn two_steps(world: &World, nodes: &crate::support::nodes::Nodes) -> Value {
    let code = world.code(&Asking::of("web").with("scope", "openid offline_access")).await;
    nodes.turn_to(0);
    let tokens = world.redeem("web", &code).await.json();
    assert_eq!(userinfo(world, &tokens["access_token"]).await.status, 200);
    nodes.turn_to(1);
    assert_eq!(introspect(world, &tokens["access_token"]).await["active"], true);
    nodes.turn_to(1);
    assert_eq!(refresh(world, "web", &tokens).await.status, 200);
    tokens
}
