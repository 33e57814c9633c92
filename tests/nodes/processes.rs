//! Two processes and a command line beside them: each node asks by itself, once a second, so that a change is live within two seconds.

use std::time::Duration;

use serde_json::Value;

use crate::faults::site::{Visitor, installed, refresh_token};
use crate::oauth::world::EMAIL;
use crate::support::database::SetUp;
use crate::support::eventually;

/// Two seconds, and what a machine with much else to do is late by.
const LIVE: Duration = Duration::from_secs(6);

async fn on_both(nodes: &[Visitor; 2], is_so: impl AsyncFn(&Visitor) -> bool) {
    let on_both = async || (is_so(&nodes[0]).await && is_so(&nodes[1]).await).then_some(());
    eventually(LIVE, on_both).await;
}

fn kids(jwks: &Value) -> Vec<Value> {
    jwks["keys"].as_array().unwrap().iter().map(|key| key["kid"].clone()).collect()
}

#[tokio::test]
async fn what_a_command_changes_is_live_on_every_node_within_two_seconds() {
    let installation = installed(SetUp::Postgres).await;
    let servers = [installation.start().await, installation.start_node(&[]).await];
    let nodes = servers.each_ref().map(|server| Visitor::new(&installation, server));
    let browser = nodes[0].signed_in().await;
    let tokens = nodes[0].tokens(&browser).await;
    for node in &nodes {
        assert_eq!(node.client_credentials().await.status, 200);
        assert_eq!(node.introspect(&tokens["access_token"]).await.json()["active"], true);
    }

    let before = kids(&nodes[1].get("/oauth2/jwks").await.json());
    installation.command(&["keys", "rotate", "--now", "--alg", "ES256"]).await;
    on_both(&nodes, async |node| kids(&node.get("/oauth2/jwks").await.json()).len() == before.len() + 1).await;

    installation.command(&["client", "update", "web", "--disable"]).await;
    on_both(&nodes, async |node| node.client_credentials().await.status == 401).await;
    installation.command(&["client", "update", "web", "--enable"]).await;
    on_both(&nodes, async |node| node.client_credentials().await.status == 200).await;
    installation.command(&["client", "rotate-secret", "web"]).await;
    on_both(&nodes, async |node| node.client_credentials().await.status == 401).await;

    // Nobody keeps a user in memory.
    installation.command(&["user", "disable", EMAIL]).await;
    for node in &nodes {
        assert_eq!(node.refresh(&refresh_token(&tokens)).await.refusal(), (400, "invalid_grant".to_owned()));
    }
}
