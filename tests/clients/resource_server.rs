//! Resource servers: RFC 8707 §2 identifiers and plain names (features.md T1), scopes, and who introspects.

use tessera::clients::{Error, NewClient, NewResourceServer, NewTokenForm, ResourceServerChange};
use tessera::protocol::access_token::{ClaimSet, TokenFormat};
use tessera::protocol::algorithm::{JwsAlgorithm, SigningAlgorithm};
use tessera::protocol::token_endpoint_auth_method::TokenEndpointAuthMethod as Method;
use tessera::secret::Secret;
use tessera::store::keys::RESOURCE_SERVER_SECRET;
use tessera::store::resource_servers::{ScopeDescription, TokenForm};

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
        form: NewTokenForm::Signed(SigningAlgorithm::Es256),
        claim_set: ClaimSet::Rfc9068,
        access_token_seconds: None,
        scopes: vec![scope("read:orders", "See your orders")],
        client_id: None,
    }
}

on_both_databases!(an_identifier_is_a_uri_or_a_plain_name, async |database: &Database| {
    let clients = clients(database).await;
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
    let refused = fields(clients(&database).await.create_resource_server(wrong, &by()).await);
    let expected = ["name", "issuer", "access_token_seconds", "scopes", "scopes", "scopes", "scopes", "client_id"];
    assert_eq!(refused, expected);
}

#[tokio::test]
async fn a_confidential_client_of_the_realm_introspects() {
    let database = Database::new(SetUp::Sqlite).await;
    let clients = clients(&database).await;
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

fn shared_secret(secret: &str) -> NewTokenForm {
    NewTokenForm::SharedSecret(Secret::from(secret))
}

/// Row T2, RFC 7518 §3.2: a secret of HS256 has 32 bytes or more; it is kept sealed.
#[tokio::test]
async fn a_shared_secret_is_long_and_sealed() {
    let database = Database::new(SetUp::Sqlite).await;
    let clients = clients(&database).await;
    let with = |form| NewResourceServer { form, ..new(&database, "tekcify-api") };
    let short = "31 bytes are one byte too few..";
    assert_eq!(fields(clients.create_resource_server(with(shared_secret(short)), &by()).await), ["secret"]);
    let long = "a secret that has forty bytes or so, yes";
    let made = clients.create_resource_server(with(shared_secret(long)), &by()).await.unwrap();
    assert_eq!(made.form.algorithm(), Some(JwsAlgorithm::Hs256));
    let stored = database.db.resource_server(database.realm.id, "tekcify-api").await.unwrap().unwrap();
    let TokenForm::SharedSecret(sealed) = &stored.form else { panic!("{:?}", stored.form) };
    assert!(!sealed.windows(8).any(|bytes| bytes == &long.as_bytes()[..8]));
    assert!(!format!("{stored:?}").contains(long));
    let opened = super::keys(&database).await.unseal(RESOURCE_SERVER_SECRET, stored.id, sealed).unwrap();
    assert_eq!(opened.as_slice(), long.as_bytes());
}

/// What is not named stays; what is wrong changes nothing.
#[tokio::test]
async fn a_resource_server_is_changed_member_by_member() {
    let database = Database::new(SetUp::Sqlite).await;
    let (clients, realm) = (clients(&database).await, database.realm.id);
    clients.create_resource_server(new(&database, "tekcify-api"), &by()).await.unwrap();
    let update = async |change| clients.update_resource_server(realm, "tekcify-api", change, &by()).await;
    let change = ResourceServerChange {
        issuer: Some(Some("tekcify-auth".to_owned())),
        form: Some(shared_secret("a secret that has forty bytes or so, yes")),
        claim_set: Some(ClaimSet::Tekcify),
        access_token_seconds: Some(Some(60)),
        ..ResourceServerChange::default()
    };
    let changed = update(change).await.unwrap();
    assert_eq!((changed.name.as_str(), changed.issuer.as_deref()), ("Orders", Some("tekcify-auth")));
    assert_eq!(
        (changed.claim_set, changed.access_token_seconds, changed.scopes.len()),
        (ClaimSet::Tekcify, Some(60), 1)
    );
    let wrong = ResourceServerChange {
        name: Some(String::new()),
        form: Some(shared_secret("short")),
        ..ResourceServerChange::default()
    };
    assert_eq!(fields(update(wrong).await), ["name", "secret"]);
    let back = ResourceServerChange {
        issuer: Some(None),
        form: Some(NewTokenForm::Opaque),
        access_token_seconds: Some(None),
        ..ResourceServerChange::default()
    };
    update(back).await.unwrap();
    let stored = database.db.resource_server(realm, "tekcify-api").await.unwrap().unwrap();
    assert_eq!(
        (stored.issuer.as_deref(), stored.form.format(), stored.access_token_seconds),
        (None, TokenFormat::Opaque, None)
    );
    assert!(stored.updated_at > changed.updated_at, "two changes in one instant are still two");
    let (second, nothing) = (database.second.id, ResourceServerChange::default());
    let elsewhere = clients.update_resource_server(second, "tekcify-api", nothing, &by()).await;
    assert!(matches!(elsewhere, Err(Error::NotFound)));
    let expected = ["resource_server.created", "resource_server.updated", "resource_server.updated"];
    assert_eq!(event_types(&database).await, expected);
}
