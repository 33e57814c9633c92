//! Clients, their secrets, resource servers: remembered, and strictly of their realm.

use std::time::Duration;

use futures_util::future::join_all;
use tessera::protocol::access_token::ClaimSet;
use tessera::protocol::algorithm::SigningAlgorithm;
use tessera::store::clients::{Client, ClientSecret};
use tessera::store::resource_servers::{ResourceServer, ScopeDescription, TokenForm};

use super::records::{self, HOUR};
use crate::support::database::{Database, START, on_both_databases};

fn secret(database: &Database, n: u32) -> ClientSecret {
    let now = START + Duration::from_secs(u64::from(n));
    ClientSecret {
        id: database.random.id(now),
        hash: records::hash(&n.to_string()),
        sealed: None,
        expires_at: None,
        created_at: now,
    }
}

const API: &str = "https://api.example.com";

async fn create(database: &Database, client: &Client) -> bool {
    let client = client.clone();
    database.db.write(async move |tx| tx.create_client(&client).await).await.unwrap()
}

on_both_databases!(a_client_is_read_as_it_was_stored, async |database| {
    let owner = records::user(database, "ada").await;
    let mut client = records::new_client(database, &database.realm, "app");
    client.owner_id = Some(owner.id);
    client.settings.access_token_seconds = Some(60);
    client.secrets = vec![secret(database, 1)];
    assert!(create(database, &client).await);
    let stored = database.db.client(client.realm_id, "app").await.unwrap().unwrap();
    assert_eq!(format!("{stored:?}"), format!("{client:?}"));
    let by_row = database.db.client_by_row(client.realm_id, client.id).await.unwrap().unwrap();
    assert_eq!(format!("{by_row:?}"), format!("{client:?}"));
});

on_both_databases!(a_client_id_is_free_once_in_a_realm_and_anew_in_another, async |database| {
    let first = records::client(database, "app").await;
    assert!(!create(database, &records::new_client(database, &database.realm, "app")).await);
    let mut namesake = records::new_client(database, &database.second, "app");
    namesake.metadata.client_name = Some("Namesake".to_owned());
    assert!(create(database, &namesake).await);
    let (db, realm, second) = (&database.db, database.realm.id, database.second.id);
    assert_eq!(db.client(realm, "app").await.unwrap().unwrap().id, first.id);
    assert_eq!(db.client(second, "app").await.unwrap().unwrap().id, namesake.id);
    assert!(db.client_by_row(second, first.id).await.unwrap().is_none());
    let (mut stolen, before) = (first.clone(), first.updated_at);
    stolen.realm_id = second;
    assert!(!db.write(async move |tx| tx.update_client(&stolen, before).await).await.unwrap());
    let id = first.id;
    assert!(!db.write(async move |tx| tx.delete_client(second, id).await).await.unwrap());
    assert_eq!(db.clients(realm, None, None, 10).await.unwrap().len(), 1);
});

on_both_databases!(of_two_changes_at_once_one_must_read_again, async |database| {
    let client = records::client(database, "app").await;
    let change = |name: &str| {
        let mut changed = client.clone();
        changed.metadata.client_name = Some(name.to_owned());
        changed.updated_at = START + HOUR;
        let before = client.updated_at;
        database.db.write(async move |tx| tx.update_client(&changed, before).await)
    };
    let (one, other) = tokio::join!(change("one"), change("other"));
    assert!(one.unwrap() ^ other.unwrap());
});

on_both_databases!(rotations_at_once_leave_two_secrets, async |database| {
    let mut client = records::new_client(database, &database.realm, "app");
    client.secrets = vec![secret(database, 0)];
    assert!(create(database, &client).await);
    let (another, _) = database.another_node().await;
    let (realm, id, grace) = (client.realm_id, client.id, START + 24 * HOUR);
    let rotations = (1..=10).map(|n| {
        let (db, new) = (if n % 2 == 0 { &database.db } else { &another }, secret(database, n));
        db.write(async move |tx| {
            tx.retire_client_secrets(id, 1, grace).await?;
            tx.add_client_secret(realm, id, &new).await
        })
    });
    for rotation in join_all(rotations).await {
        rotation.unwrap();
    }
    let secrets = database.db.client_by_row(realm, id).await.unwrap().unwrap().secrets;
    assert_eq!(secrets.len(), 2);
    assert_eq!(secrets.iter().filter(|secret| secret.expires_at.is_none()).count(), 1, "one has no end");
    assert!(secrets.iter().any(|secret| secret.expires_at == Some(grace) && secret.is_live(START)));
});

on_both_databases!(a_retired_secret_does_not_live_longer_than_it_would_have, async |database| {
    let mut client = records::new_client(database, &database.realm, "app");
    let mut ending = secret(database, 0);
    ending.expires_at = Some(START + HOUR);
    client.secrets = vec![ending];
    assert!(create(database, &client).await);
    let id = client.id;
    database.db.write(async move |tx| tx.retire_client_secrets(id, 1, START + 24 * HOUR).await).await.unwrap();
    let stored = database.db.client(client.realm_id, "app").await.unwrap().unwrap();
    assert_eq!(stored.secrets[0].expires_at, Some(START + HOUR));
    assert!(!stored.secrets[0].is_live(START + HOUR));
});

on_both_databases!(secrets_are_seen_at_once, async |database| {
    let client = records::client(database, "app").await;
    assert!(database.db.client(client.realm_id, "app").await.unwrap().unwrap().secrets.is_empty());
    let (realm, id, new) = (client.realm_id, client.id, secret(database, 1));
    database.db.write(async move |tx| tx.add_client_secret(realm, id, &new).await).await.unwrap();
    assert_eq!(database.db.client(realm, "app").await.unwrap().unwrap().secrets.len(), 1);
    database.db.write(async move |tx| tx.retire_client_secrets(id, 0, START).await).await.unwrap();
    assert!(database.db.client(realm, "app").await.unwrap().unwrap().secrets.is_empty());
});

on_both_databases!(clients_are_listed_by_owner_a_page_at_a_time, async |database| {
    let owner = records::user(database, "ada").await;
    for n in 0..4_u32 {
        let mut client = records::new_client(database, &database.realm, &format!("app{n}"));
        client.id = database.random.id(START + n * HOUR);
        client.owner_id = (n % 2 == 0).then_some(owner.id);
        assert!(create(database, &client).await);
    }
    let (db, realm) = (&database.db, database.realm.id);
    let ids = |clients: Vec<Client>| clients.into_iter().map(|client| client.client_id).collect::<Vec<_>>();
    let first = db.clients(realm, None, None, 3).await.unwrap();
    let before = first.last().map(|client| client.id);
    assert_eq!(ids(first), ["app3", "app2", "app1"]);
    assert_eq!(ids(db.clients(realm, None, before, 3).await.unwrap()), ["app0"]);
    assert_eq!(ids(db.clients(realm, Some(owner.id), None, 3).await.unwrap()), ["app2", "app0"]);
});

on_both_databases!(a_deleted_client_takes_its_tokens_with_it, async |database| {
    let (ada, client) = (records::user(database, "ada").await, records::client(database, "app").await);
    let family = records::new_family(database, &ada, &client, None);
    database
        .db
        .create_family(family.clone(), records::basis(database, &family).await, records::event_of(database, &family))
        .await
        .unwrap();
    let (realm, id) = (client.realm_id, client.id);
    assert!(database.db.write(async move |tx| tx.delete_client(realm, id).await).await.unwrap());
    assert!(database.db.family(realm, family.id).await.unwrap().is_none());
});

/// A resource server of the default realm that is not stored yet.
pub(super) fn new_server(database: &Database, identifier: &str) -> ResourceServer {
    ResourceServer {
        id: database.random.id(START),
        realm_id: database.realm.id,
        identifier: identifier.to_owned(),
        name: "API".to_owned(),
        issuer: Some("https://issuer.example.com".to_owned()),
        form: TokenForm::Signed(SigningAlgorithm::Es256),
        claim_set: ClaimSet::Tekcify,
        access_token_seconds: Some(300),
        scopes: vec![ScopeDescription { scope: "read".to_owned(), description: "Reads".to_owned() }],
        client_id: None,
        created_at: START,
        updated_at: START,
    }
}

on_both_databases!(a_resource_server_is_known_by_its_identifier_in_its_realm, async |database| {
    let (db, realm) = (&database.db, database.realm.id);
    assert!(db.resource_server(realm, API).await.unwrap().is_none());
    let client_id = Some(records::client(database, "api").await.id);
    let server = ResourceServer { client_id, ..new_server(database, API) };
    let create = async |server: &ResourceServer| {
        let server = server.clone();
        db.write(async move |tx| tx.create_resource_server(&server).await).await.unwrap()
    };
    assert!(create(&server).await);
    let again = ResourceServer { id: database.random.id(START), ..server.clone() };
    assert!(!create(&again).await);
    let stored = db.resource_server(realm, API).await.unwrap().unwrap();
    assert_eq!(format!("{stored:?}"), format!("{server:?}"));
    assert!(db.resource_server(database.second.id, API).await.unwrap().is_none());
    assert_eq!(db.resource_servers(realm).await.unwrap().len(), 1);
    assert!(db.resource_servers(database.second.id).await.unwrap().is_empty());
});
