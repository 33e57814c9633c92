//! Fifty at once, on every set-up (security.md "Races"): exactly one success, and never a 500.

use actix_web::test::TestRequest;
use futures_util::future::join_all;
use serde_json::json;
use tessera::config::Config;

use super::world::{Asking, Place, REDIRECT_URI, World, came, decide};
use crate::support::database::in_every_set_up;

const AT_ONCE: usize = 50;
const ROUNDS: usize = 3;

in_every_set_up!(of_fifty_redemptions_of_a_code_one_gets_tokens, async |set_up| {
    let world = World::on(set_up).await;
    for _ in 0..ROUNDS {
        let code = world.code(&Asking::of("spa")).await;
        let answers = join_all((0..AT_ONCE).map(|_| world.redeem("spa", &code))).await;
        let won = answers.iter().filter(|answer| answer.status == 200).count();
        assert!(won == 1, "{won} won");
        assert!(answers.iter().all(|answer| matches!(answer.status.as_u16(), 200 | 400)), "{answers:?}");
    }
});

in_every_set_up!(of_fifty_refreshes_one_branch_lives, async |set_up| {
    let world = World::on(set_up).await;
    for _ in 0..ROUNDS {
        let code = world.code(&Asking::of("spa").with("scope", "openid offline_access")).await;
        let tokens = world.redeem("spa", &code).await.json();
        let token = tokens["refresh_token"].as_str().unwrap();
        let answers = join_all((0..AT_ONCE).map(|_| world.refresh("spa", token))).await;
        assert!(answers.iter().all(|answer| answer.status == 200), "{answers:?}");
        // Each got the very same successor: there is one branch.
        let mut successors: Vec<_> = answers.iter().map(|answer| answer.json()["refresh_token"].clone()).collect();
        successors.dedup();
        assert_eq!(successors.len(), 1);
        assert_eq!(world.refresh("spa", successors[0].as_str().unwrap()).await.status, 200);
    }
});

// Nobody fills the database with registrations, from however many connections.
in_every_set_up!(of_fifty_registrations_so_many_are_taken_as_may_wait, async |set_up| {
    let edit = |config: &mut Config| {
        config.registration.max_unused = 3;
        config.limits.registration = "1000 per 1h".parse().unwrap();
    };
    let world = World::at(set_up, Place::Root, edit).await;
    let body = json!({"redirect_uris": [REDIRECT_URI]});
    let register = || world.machine(TestRequest::post().set_json(&body), "/oauth2/register");
    let answers = join_all((0..AT_ONCE).map(|_| register())).await;
    let taken = answers.iter().filter(|answer| answer.status == 201).count();
    assert!(taken == 3, "{taken} were taken");
    assert!(answers.iter().all(|answer| matches!(answer.status.as_u16(), 201 | 503)), "{answers:?}");
});

in_every_set_up!(of_fifty_answers_to_one_consent_page_one_brings_a_code, async |set_up| {
    let world = World::on(set_up).await;
    let browser = world.signed_in().await;
    for _ in 0..ROUNDS {
        let page = browser.follow(browser.get(&Asking::of("web").with("prompt", "consent").path()).await).await;
        let interaction = page.value("interaction").unwrap();
        let answers = join_all((0..AT_ONCE).map(|_| decide(&browser, &interaction, "allow"))).await;
        let codes = answers.iter().filter(|answer| came(answer).is_some()).count();
        assert!(codes == 1, "{codes} codes");
        assert!(answers.iter().all(|answer| !answer.status.is_server_error()), "{answers:?}");
    }
});
