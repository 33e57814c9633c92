//! OpenID Connect Registration §5: the sector of a pairwise client is the host of a document that lists all its redirect URIs.

use std::time::Duration;

use serde_json::json;
use tessera::clients::{Clients, NewClient, Reach};
use tessera::protocol::client_metadata::ClientMetadata;
use tessera::protocol::subject_type::SubjectType;
use tessera::store::events::By;
use uuid::Uuid;

use super::{by, clients, clients_that_reach, fields};
use crate::support::database::{Database, START, SetUp};
use crate::support::receiver::{Behaviour, Receiver, answer, json as answer_json};

const URIS: [&str; 2] = ["https://one.example/cb", "https://two.example/cb"];

fn metadata(document: &str) -> ClientMetadata {
    ClientMetadata {
        redirect_uris: URIS.map(str::to_owned).to_vec(),
        subject_type: SubjectType::Pairwise,
        sector_identifier_uri: Some(document.to_owned()),
        ..ClientMetadata::default()
    }
}

fn client(database: &Database, owner: Option<Uuid>, document: &str) -> NewClient {
    NewClient::new(database.realm.id, owner, metadata(document))
}

async fn with_document(document: Behaviour) -> (Database, Receiver, Clients) {
    let database = Database::new(SetUp::Sqlite).await;
    let receiver = Receiver::start(document).await;
    let clients = clients_that_reach(&database, &[&receiver.opening()]).await;
    (database, receiver, clients)
}

#[tokio::test]
async fn the_sector_is_the_host_of_the_document_that_lists_every_redirect_uri() {
    let (database, receiver, clients) = with_document(answer_json(&json!(URIS).to_string())).await;
    let made = clients.create(client(&database, None, &receiver.url("/sector")), &by()).await.unwrap();
    assert_eq!(made.client.sector(), Some("127.0.0.1"), "the host, without a port");
    assert_eq!(receiver.requests().len(), 1);
}

/// protocol.md: fetched, checked, bad → 400.
#[tokio::test]
async fn a_document_that_does_not_say_so_makes_no_client() {
    let (database, receiver, clients) = with_document(answer_json(&json!([URIS[0]]).to_string())).await;
    for behaviour in [
        answer_json(&json!([URIS[0]]).to_string()),
        answer_json(&json!(["https://one.example/cb/", "https://two.example/CB"]).to_string()),
        answer_json("{}"),
        answer_json("[1]"),
        answer_json("["),
        answer("404 Not Found", "content-type: application/json\r\n", "[]"),
        answer("302 Found", "location: https://one.example\r\n", ""),
        answer_json(&format!("[\"{}\"]", "x".repeat(64 * 1024))),
    ] {
        receiver.change(behaviour);
        let refused = clients.create(client(&database, None, &receiver.url("/sector")), &by()).await;
        assert_eq!(fields(refused), ["sector_identifier_uri"]);
    }
    assert!(clients.list(database.realm.id, Reach::All, None, 10).await.unwrap().is_empty());
}

/// security.md: outgoing.allow opens nothing to those who register themselves.
#[tokio::test]
async fn a_stranger_s_document_is_not_fetched_from_where_the_operator_opened() {
    let (database, receiver, clients) = with_document(answer_json(&json!(URIS).to_string())).await;
    let owner = super::update::user(&database, "ada").await;
    let refused = clients.create(client(&database, Some(owner), &receiver.url("/sector")), &by()).await;
    assert_eq!(fields(refused), ["sector_identifier_uri"]);
    assert_eq!(receiver.connections().await, 0);
}

#[tokio::test]
async fn it_is_asked_again_when_what_it_must_list_changes_and_not_otherwise() {
    let (database, receiver, clients) = with_document(answer_json(&json!(URIS).to_string())).await;
    let realm = database.realm.id;
    let made = clients.create(client(&database, None, &receiver.url("/sector")), &by()).await.unwrap();
    let id = made.client.client_id;
    let later = By::operator(START + Duration::from_secs(1));
    let renamed = ClientMetadata { client_name: Some("Shop".to_owned()), ..made.client.metadata };
    clients.update(realm, Reach::All, &id, renamed.clone(), &later).await.unwrap();
    assert_eq!(receiver.requests().len(), 1);
    let mut wider = renamed;
    wider.redirect_uris.push("https://three.example/cb".to_owned());
    let refused = clients.update(realm, Reach::All, &id, wider, &later).await;
    assert_eq!(fields(refused), ["sector_identifier_uri"]);
    let kept = clients.find(realm, Reach::All, &id).await.unwrap();
    assert_eq!(kept.metadata.redirect_uris, URIS);
}

#[tokio::test]
async fn a_document_on_the_inner_network_is_not_asked_for() {
    let database = Database::new(SetUp::Sqlite).await;
    let refused = clients(&database).await.create(client(&database, None, "https://10.0.0.1/sector"), &by()).await;
    assert_eq!(fields(refused), ["sector_identifier_uri"]);
}
