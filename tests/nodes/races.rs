//! security.md "Races": fifty at once, at two nodes: exactly one success, and never a 500.

use futures_util::future::join_all;

use super::{refresh, two_nodes};
use crate::oauth::world::Asking;
use crate::support::database::in_shared_set_ups;

const AT_ONCE: usize = 50;

in_shared_set_ups!(of_fifty_redemptions_at_two_nodes_one_gets_tokens, async |set_up| {
    let (world, _nodes) = two_nodes(set_up).await;
    let code = world.code(&Asking::of("spa")).await;
    let answers = join_all((0..AT_ONCE).map(|_| world.redeem("spa", &code))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
    assert!(answers.iter().all(|answer| matches!(answer.status.as_u16(), 200 | 400)), "{answers:?}");
});

in_shared_set_ups!(of_fifty_refreshes_at_two_nodes_one_branch_lives, async |set_up| {
    let (world, _nodes) = two_nodes(set_up).await;
    let code = world.code(&Asking::of("spa").with("scope", "openid offline_access")).await;
    let tokens = world.redeem("spa", &code).await.json();
    let answers = join_all((0..AT_ONCE).map(|_| refresh(&world, "spa", &tokens))).await;
    assert!(answers.iter().all(|answer| answer.status == 200), "{answers:?}");
    let mut successors: Vec<_> = answers.iter().map(|answer| answer.json()["refresh_token"].clone()).collect();
    successors.dedup();
    assert_eq!(successors.len(), 1);
});
