//! Two nodes on one PostgreSQL, with and without Redis: every flow step by step on the one and the other, and what one
//! changes known on the other.

mod accounts;
mod changes;
mod main_job;
mod processes;
mod races;

use serde_json::Value;

use crate::oauth::world::{Place, World};
use crate::support::app::Answer;
use crate::support::database::SetUp;
use crate::support::nodes::Nodes;

/// A realm with its clients, served by two nodes.
async fn two_nodes(set_up: SetUp) -> (World, Nodes) {
    let mut world = World::at(set_up, Place::Root, |config| config.sign_up.enabled = true).await;
    let nodes = Nodes::beside(&mut world.test).await;
    (world, nodes)
}

/// What the introspection endpoint says to the client `web`.
async fn introspect(world: &World, token: &Value) -> Value {
    world.introspect("web", token.as_str().expect("a token")).await
}

async fn userinfo(world: &World, access_token: &Value) -> Answer {
    world.userinfo(access_token.as_str().expect("a token")).await
}

async fn refresh(world: &World, client_id: &str, tokens: &Value) -> Answer {
    world.refresh(client_id, tokens["refresh_token"].as_str().expect("a refresh token")).await
}

#[track_caller]
fn assert_invalid_grant(answer: &Answer) {
    assert_eq!(answer.refusal(), (400, "invalid_grant".to_owned()));
}
