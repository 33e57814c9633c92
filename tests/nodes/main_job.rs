//! From the authorization request to the logout, each step on the other node than the step before it.

use actix_web::test::TestRequest;
use serde_json::Value;

use super::{assert_invalid_grant, introspect, refresh, two_nodes, userinfo};
use crate::oauth::world::{Asking, SIGNED_OUT, World, came};
use crate::support::browser::Browser;
use crate::support::database::in_shared_set_ups;

/// Authorization request, sign-in, consent, code, tokens: whichever node is first.
async fn sign_in_to_tokens(world: &World, browser: &Browser) -> Value {
    let asking = Asking::of("spa").with("scope", "openid profile offline_access").with("prompt", "login consent");
    let login = browser.follow(browser.get(&asking.path()).await).await;
    assert_eq!(login.step(), Some("identifier-password"), "{}", login.text());
    let consent = browser.follow(world.step(browser, &login).await).await;
    assert_eq!(consent.step(), Some("consent"), "{}", consent.text());
    let code = came(&world.step(browser, &consent).await).expect("an answer to the client").code();
    let tokens = world.redeem("spa", &code).await;
    assert_eq!(tokens.status, 200, "{}", tokens.text());
    tokens.json()
}

in_shared_set_ups!(every_step_from_the_request_to_the_logout, async |set_up| {
    let (world, nodes) = two_nodes(set_up).await;
    for first in [0, 1] {
        nodes.turn_to(first);
        let browser = world.browser();
        let tokens = sign_in_to_tokens(&world, &browser).await;
        let refreshed = refresh(&world, "spa", &tokens).await.json();
        let again = refresh(&world, "spa", &refreshed).await.json();
        for _ in 0..2 {
            assert_eq!(introspect(&world, &again["access_token"]).await["active"], true);
            assert_eq!(userinfo(&world, &again["access_token"]).await.json()["sub"], world.user.sub.as_str());
        }
        let form = [("client_id", "spa"), ("token", again["refresh_token"].as_str().unwrap())];
        assert_eq!(world.machine(TestRequest::post().set_form(form), "/oauth2/revoke").await.status, 200);
        for _ in 0..2 {
            assert_eq!(userinfo(&world, &again["access_token"]).await.status, 401);
            assert_eq!(introspect(&world, &again["access_token"]).await["active"], false);
            assert_invalid_grant(&refresh(&world, "spa", &again).await);
        }
        log_out(&world, &browser, &again).await;
    }
});

async fn log_out(world: &World, browser: &Browser, tokens: &Value) {
    let parameters = [
        ("id_token_hint", tokens["id_token"].as_str().unwrap()),
        ("post_logout_redirect_uri", SIGNED_OUT),
        ("state", "a state"),
    ];
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
    let silent = Asking::of("spa").with("prompt", "none").path();
    let left = came(&browser.get(&format!("/oauth2/logout?{query}")).await).expect("back at the client");
    assert_eq!((left.at.as_str(), left.parameters["state"].as_str()), (SIGNED_OUT, "a state"));
    for _ in 0..2 {
        assert_eq!(came(&browser.get(&silent).await).unwrap().error(), "login_required");
    }
    assert_eq!(world.test.sessions(&world.user).await, 0);
}

in_shared_set_ups!(a_code_that_one_node_took_is_used_on_the_other, async |set_up| {
    let (world, nodes) = two_nodes(set_up).await;
    for first in [0, 1] {
        let code = world.code(&Asking::of("spa").with("scope", "openid offline_access")).await;
        nodes.turn_to(first);
        let tokens = world.redeem("spa", &code).await.json();
        assert_invalid_grant(&world.redeem("spa", &code).await);
        // RFC 6749 §10.5: its login is dead, on either.
        for _ in 0..2 {
            assert_invalid_grant(&refresh(&world, "spa", &tokens).await);
        }
    }
});

// The response was lost: the client asks again and comes to the other node. An older token is a replay there, too.
in_shared_set_ups!(a_refresh_is_tried_again_at_the_other_node, async |set_up| {
    let (world, nodes) = two_nodes(set_up).await;
    for first in [0, 1] {
        nodes.turn_to(first);
        let tokens = sign_in_to_tokens(&world, &world.browser()).await;
        let one = refresh(&world, "spa", &tokens).await.json();
        let again = refresh(&world, "spa", &tokens).await.json();
        assert_eq!(one["refresh_token"], again["refresh_token"]);
        let next = refresh(&world, "spa", &one).await.json();
        assert_invalid_grant(&refresh(&world, "spa", &tokens).await);
        assert_invalid_grant(&refresh(&world, "spa", &next).await);
    }
});
