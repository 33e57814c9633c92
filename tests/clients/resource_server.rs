//! Resource servers: RFC 8707 §2 identifiers and plain names (features.md T1), scopes, and who introspects.

use tessera::clients::{NewClient, NewResourceServer};
use tessera::protocol::algorithm::SigningAlgorithm;
use tessera::protocol::token_endpoint_auth_method::TokenEndpointAuthMethod as Method;
use tessera::store::resource_servers::ScopeDescription;

use super::{by, clients, fields, metadata};
use crate::support::database::{Database, SetUp, on_both_databases};
use crate::support::events::event_types;

fn scope(scope: &str, description: &str) -> ScopeDescription {
    ScopeDescription { scope: scope.to_owned(), description: description.to_owned() }
}

fn new(database: &Database, identifier: &str) -> NewResourceServer {
    NewResourceServer {
        realm: database.realm.id,
        identifier: identifier.to_owned(),
        name: "Orders".to_owned(),
        issuer: None,
        signing_alg: SigningAlgorithm::Es256,
        access_token_seconds: None,
        scopes: vec![scope("read:orders", "See your orders")],
        client_id: None,
    }
}

on_both_databases!(an_identifier_is_a_uri_or_a_plain_name, async |database: &Database| {
    let clients = clients(database);
    for identifier in ["https://api.example/orders", "urn:example:orders", "tekcify-api"] {
        clients.create_resource_server(new(database, identifier), &by()).await.unwrap();
        assert!(database.db.resource_server(database.realm.id, identifier).await.unwrap().is_some());
        assert!(database.db.resource_server(database.second.id, identifier).await.unwrap().is_none());
    }
    for identifier in ["", "a b", "https://api.example/#x", "ä", "/orders", "http://localhost:8080"] {
        assert_eq!(fields(clients.create_resource_server(new(database, identifier), &by()).await), ["identifier"]);
    }
    let taken = clients.create_resource_server(new(database, "tekcify-api"), &by()).await;
    assert_eq!(fields(taken), ["identifier"]);
    assert_eq!(clients.resource_servers(database.realm.id).await.unwrap().len(), 3);
    assert_eq!(event_types(database).await, ["resource_server.created"; 3]);
});

#[tokio::test]
async fn every_other_member_is_checked_too() {
    let database = Database::new(SetUp::Sqlite).await;
    let wrong = NewResourceServer {
        name: " ".to_owned(),
        issuer: Some("tekcify auth".to_owned()),
        access_token_seconds: Some(0),
        scopes: vec![scope("a b", "x"), scope("openid", "x"), scope("r", "x"), scope("r", "x"), scope("w", "")],
        client_id: Some("nobody".to_owned()),
        ..new(&database, "tekcify-api")
    };
    let refused = fields(clients(&database).create_resource_server(wrong, &by()).await);
    let expected = ["name", "issuer", "access_token_seconds", "scopes", "scopes", "scopes", "scopes", "client_id"];
    assert_eq!(refused, expected);
}

#[tokio::test]
async fn a_confidential_client_of_the_realm_introspects() {
    let database = Database::new(SetUp::Sqlite).await;
    let clients = clients(&database);
    let mut made = Vec::new();
    for (realm, method) in [
        (database.realm.id, Method::ClientSecretBasic),
        (database.realm.id, Method::None),
        (database.second.id, Method::ClientSecretBasic),
    ] {
        made.push(clients.create(NewClient::new(realm, None, metadata(method)), &by()).await.unwrap().client);
    }
    let with = |id: &str| NewResourceServer { client_id: Some(id.to_owned()), ..new(&database, "orders") };
    for refused in [&made[1], &made[2]] {
        assert_eq!(fields(clients.create_resource_server(with(&refused.client_id), &by()).await), ["client_id"]);
    }
    let server = clients.create_resource_server(with(&made[0].client_id), &by()).await.unwrap();
    assert_eq!(server.client_id, Some(made[0].id));
}
