//! Starts that others are in the way of.

use futures_util::future::join_all;

use super::site::{Visitor, bare, installed};
use crate::oauth::world::EMAIL;
use crate::support::database::SetUp;
use crate::support::server::{Server, free_port};

#[tokio::test]
async fn three_nodes_at_once_on_an_empty_database_make_one_of_everything() {
    let installation = bare(SetUp::Postgres).await;
    let mut nodes: Vec<_> = (0..3).map(|_| installation.spawn(free_port(), &[])).collect();
    join_all(nodes.iter_mut().map(Server::ready)).await;
    let links: Vec<_> = nodes.iter().filter_map(|node| node.announced()["administrator_link"].as_str()).collect();
    assert_eq!(links.len(), 1, "{links:?}");
    let mut published = Vec::new();
    for node in &nodes {
        published.push(Visitor::new(&installation, node).get("/oauth2/jwks").await.text().to_owned());
    }
    published.dedup();
    assert_eq!(published.len(), 1, "one set of keys");
    let pending = installation.command(&["migrate", "status"]).await["pending"].clone();
    assert_eq!(pending, serde_json::json!([]));
    assert_eq!(installation.command(&["realm", "list"]).await.as_array().unwrap().len(), 1);
    let path = links[0].split_once("/setup").expect("the link").1;
    for node in &nodes {
        // Whichever printed it, it opens on all.
        let page = Visitor::new(&installation, node).browser().get(&format!("/setup{path}")).await;
        assert!(page.value("token").is_some(), "{}", page.text());
    }
    for node in &mut nodes {
        assert!(node.stop().await.success(), "{}", node.log());
    }
}

/// keys: a process that cannot open what the database holds refuses to start, and says why.
#[tokio::test]
async fn a_wrong_keyring_is_refused_with_a_message() {
    for set_up in [SetUp::Sqlite, SetUp::Postgres] {
        let installation = installed(set_up).await;
        let other = tessera::keys::keyring::Keyring::generate(&tessera::random::Random::system()).to_text();
        let mut server = installation.spawn(free_port(), &[("keys.master", other.expose())]);
        let status = server.ended().await;
        assert_eq!(status.code(), Some(3), "{status}");
        assert!(server.log().contains("this keyring is not the database's"), "{}", server.log());
        assert!(!server.log().contains(other.expose()));
        // And it has changed nothing.
        let server = installation.start().await;
        let visitor = Visitor::new(&installation, &server);
        assert_eq!(visitor.browser().sign_in(EMAIL).await.location(), "/account");
    }
}
