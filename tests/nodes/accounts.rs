//! Accounts: sign-up, first administrator, invitation, temporary password, and what an owner takes back.

use std::time::Duration;

use actix_web::http::StatusCode;

use super::{assert_invalid_grant, introspect, refresh, two_nodes};
use crate::oauth::world::{Asking, EMAIL, came, sign_in};
use crate::support::app::{Answer, PASSWORD};
use crate::support::database::in_shared_set_ups;

in_shared_set_ups!(sign_up_leads_to_a_code, async |set_up| {
    let (world, nodes) = two_nodes(set_up).await;
    for (first, email) in [(0, "bob@example.com"), (1, "eve@example.com")] {
        nodes.turn_to(first);
        let browser = world.browser();
        let page = browser.follow(browser.get(&Asking::of("web").with("prompt", "create").path()).await).await;
        let interaction = page.value("interaction").unwrap();
        let form = [("interaction", interaction.as_str()), ("email", email), ("name", "B"), ("new_password", PASSWORD)];
        let consent = browser.follow(browser.post("/signup", &form).await).await;
        assert_eq!(consent.step(), Some("consent"), "{}", consent.text());
        let code = came(&world.step(&browser, &consent).await).expect("an answer to the client").code();
        assert_eq!(world.redeem("web", &code).await.status, 200);
        assert_eq!(browser.get("/account").await.status, StatusCode::OK);
    }
});

in_shared_set_ups!(a_temporary_password_is_changed_on_the_way, async |set_up| {
    let (world, nodes) = two_nodes(set_up).await;
    for (first, email) in [(0, "bob@example.com"), (1, "eve@example.com")] {
        world.test.user_with_temporary_password(email).await;
        nodes.turn_to(first);
        let browser = world.browser();
        let page = browser.follow(browser.get(&Asking::of("web").path()).await).await;
        let interaction = page.value("interaction").unwrap();
        let pending = browser.follow(sign_in(&browser, &interaction, email).await).await;
        assert_eq!(pending.step(), Some("update-password"), "{}", pending.text());
        for _ in 0..2 {
            // A pending session opens nothing, on either node.
            assert_eq!(browser.get("/account").await.location(), "/account/password");
        }
        let form = [("interaction", interaction.as_str()), ("new_password", "another horse battery")];
        let consent = browser.follow(browser.post("/account/password", &form).await).await;
        assert_eq!(consent.step(), Some("consent"), "{}", consent.text());
        assert!(came(&world.step(&browser, &consent).await).is_some());
    }
});

in_shared_set_ups!(a_one_time_link_works_once_on_either_node, async |set_up| {
    let (world, nodes) = two_nodes(set_up).await;
    let (realm, now) = (world.realm.id, world.test.clock.now());
    let lifetime = Duration::from_hours(1);
    let setup = nodes.apps[1].users.administrator_link(realm, now, lifetime, now).await.unwrap().unwrap();
    // A second node that starts later prints its own, and voids this one.
    let later = now + Duration::from_secs(1);
    let newer = nodes.apps[0].users.administrator_link(realm, later, lifetime, later).await.unwrap().unwrap();
    let admin = world.browser();
    let fields = |token| [("token", token), ("email", "root@example.com"), ("name", "R"), ("new_password", PASSWORD)];
    assert_dead(&admin.post("/setup", &fields(setup.expose())).await);
    assert_eq!(admin.post("/setup", &fields(newer.expose())).await.location(), "/account");
    assert_dead(&admin.post("/setup", &fields(newer.expose())).await);

    let invited = admin.post("/admin/users/invite", &[("email", "bob@example.com"), ("name", "Bob")]).await;
    let token = invited.text().split_once("/invitation?token=").expect("a link").1.split('<').next().unwrap();
    let bob = world.browser();
    assert!(bob.get(&format!("/invitation?token={token}")).await.value("name").is_some());
    let fields = [("token", token), ("name", "Bob"), ("new_password", PASSWORD)];
    assert_eq!(bob.post("/invitation", &fields).await.location(), "/account");
    for _ in 0..2 {
        assert_dead(&bob.post("/invitation", &fields).await);
        assert_eq!(bob.get("/account").await.status, StatusCode::OK);
    }
});

#[track_caller]
fn assert_dead(answer: &Answer) {
    assert_eq!((answer.status, answer.step()), (StatusCode::GONE, Some("dead-link")));
}

in_shared_set_ups!(what_an_owner_takes_back_is_gone_on_both, async |set_up| {
    let (world, nodes) = two_nodes(set_up).await;
    for first in [0, 1] {
        let (browser, phone) = (world.signed_in().await, world.signed_in().await);
        let asking = Asking::of("web").with("scope", "openid offline_access").with("prompt", "consent");
        let code = world.allow(&browser, &asking).await.code();
        let tokens = world.redeem("web", &code).await.json();
        nodes.turn_to(first);
        assert!(browser.get("/account/apps").await.text().contains("web"));
        let answer = browser.post("/account/apps/revoke", &[("client_id", "web")]).await;
        assert_eq!(answer.location(), "/account/apps?revoked=web");
        for _ in 0..2 {
            assert_invalid_grant(&refresh(&world, "web", &tokens).await);
            assert_eq!(introspect(&world, &tokens["access_token"]).await["active"], false);
            let silent = came(&browser.get(&Asking::of("web").with("prompt", "none").path()).await).unwrap();
            assert_eq!(silent.error(), "consent_required");
        }
        let [handle] = browser.get("/account/sessions").await.values("session").try_into().expect("the telephone's");
        browser.post("/account/sessions/end", &[("session", &handle)]).await;
        for _ in 0..2 {
            assert_eq!(phone.get("/account").await.location(), "/login?next=%2Faccount");
            assert_eq!(browser.get("/account").await.status, StatusCode::OK);
        }
        browser.post("/signout", &[]).await;
    }
});

// security.md "Races": the counter is exact, though each wrong password comes to another node, and locks the account on both.
in_shared_set_ups!(wrong_passwords_are_counted_together, async |set_up| {
    let (world, nodes) = two_nodes(set_up).await;
    let limit = u8::try_from(nodes.apps[0].config.sign_in.lockout_failures).unwrap();
    // The form on the one, the answer to the other. Each from an address of its own: limits by address are each node's.
    let sign_in = async |n: u8, password: &str| {
        nodes.turn_to(usize::from(n) % 2);
        world.browser().from([203, 0, 113, n]).post("/login", &[("identifier", EMAIL), ("password", password)]).await
    };
    for n in 0..limit {
        assert_eq!(sign_in(n, "wrong").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    for n in [limit, limit + 1] {
        assert_eq!(sign_in(n, PASSWORD).await.status, StatusCode::UNPROCESSABLE_ENTITY, "locked");
    }
    let account = world.test.app.db.password_account_of(world.realm.id, world.user.id).await.unwrap().unwrap();
    assert_eq!(account.failures, u32::from(limit));
});
