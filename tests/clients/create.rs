//! Registering clients: ids and secrets that we make, those that an operator chooses, and the events of it.

use tessera::clients::{Chosen, NewClient};
use tessera::config::FirstClient;
use tessera::protocol::client_metadata::ClientMetadata;
use tessera::protocol::profile::Profile;
use tessera::protocol::token_endpoint_auth_method::TokenEndpointAuthMethod as Method;
use tessera::secret::Secret;
use tessera::store::clients::Settings;

use super::{by, clients, fields, metadata};
use crate::support::database::{Database, START, SetUp, on_both_databases};
use crate::support::events::{event_types, events};

fn chosen(database: &Database, id: &str, secret: Option<&str>, method: Method) -> NewClient {
    let chosen = Chosen { client_id: id.to_owned(), secret: secret.map(Secret::from) };
    NewClient { chosen: Some(chosen), ..NewClient::new(database.realm.id, None, metadata(method)) }
}

on_both_databases!(a_client_gets_an_id_and_a_secret_that_is_shown_once, async |database: &Database| {
    let made =
        clients(database).await.create(NewClient::new(database.realm.id, None, ClientMetadata::default()), &by()).await;
    assert_eq!(fields(made), ["redirect_uris"], "confidential with the code grant by default");
    let new = NewClient::new(database.realm.id, None, metadata(Method::ClientSecretBasic));
    let issued = clients(database).await.create(new, &by()).await.unwrap();
    let id = &issued.client.client_id;
    assert!(id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "128 bits, never https://: {id}");
    let secret = issued.secret.unwrap();
    assert_eq!(secret.expose().len(), 43, "256 bits in base64url");
    let stored = database.db.client(database.realm.id, id).await.unwrap().unwrap();
    assert_eq!(stored.secrets[0].hash, secret.sha256());
    assert_eq!(stored.uris.redirect_uris.len(), 1);
    let event = events(database).await.pop().unwrap();
    assert_eq!((event.event_type.as_str(), event.actor_kind.as_str()), ("client.created", "operator"));
    assert_eq!(event.data["client_id"], id.as_str());
    assert!(!event.data.to_string().contains(secret.expose()));
});

#[tokio::test]
async fn a_public_client_has_no_secret() {
    let database = Database::new(SetUp::Sqlite).await;
    let issued =
        clients(&database).await.create(NewClient::new(database.realm.id, None, metadata(Method::None)), &by()).await;
    let issued = issued.unwrap();
    assert!(issued.secret.is_none() && issued.client.secrets.is_empty());
}

/// protocol.md: our own client ids never begin with https://.
#[tokio::test]
async fn a_chosen_id_is_no_address_and_a_chosen_secret_is_long() {
    let database = Database::new(SetUp::Sqlite).await;
    let clients = clients(&database).await;
    let long = "x".repeat(129);
    for id in ["https://app.example/id", "http:x", "", "a b", "-a", "a/b", "ä", &long] {
        let refused = clients.create(chosen(&database, id, None, Method::ClientSecretBasic), &by()).await;
        assert_eq!(fields(refused), ["client_id"], "{id}");
    }
    let short = chosen(&database, "shop", Some(&"s".repeat(31)), Method::ClientSecretBasic);
    assert_eq!(fields(clients.create(short, &by()).await), ["client_secret"]);
    let enough = chosen(&database, "shop", Some(&"s".repeat(32)), Method::ClientSecretBasic);
    assert_eq!(clients.create(enough, &by()).await.unwrap().client.client_id, "shop");
    let public = chosen(&database, "spa", Some(&"s".repeat(40)), Method::None);
    assert_eq!(fields(clients.create(public, &by()).await), ["client_secret"]);
}

on_both_databases!(a_chosen_id_is_unique_in_its_realm_only, async |database: &Database| {
    let clients = clients(database).await;
    let new = chosen(database, "shop", None, Method::ClientSecretBasic);
    clients.create(new.clone(), &by()).await.unwrap();
    assert_eq!(fields(clients.create(new.clone(), &by()).await), ["client_id"]);
    clients.create(NewClient { realm: database.second.id, ..new }, &by()).await.unwrap();
    assert_eq!(event_types(database).await, ["client.created", "client.created"]);
});

#[tokio::test]
async fn settings_are_checked_with_the_metadata_and_all_faults_are_told() {
    let database = Database::new(SetUp::Sqlite).await;
    let settings = Settings {
        profile: Profile::OAuth21,
        skip_consent: true,
        default_resource: Some("https://api.example".to_owned()),
        access_token_seconds: Some(0),
        id_token_seconds: Some(86_401),
    };
    let metadata = ClientMetadata { redirect_uris: vec!["javascript:x".to_owned()], ..metadata(Method::None) };
    let new = NewClient { settings, ..NewClient::new(database.realm.id, None, metadata) };
    let faults = fields(clients(&database).await.create(new, &by()).await);
    let expected = ["skip_consent", "access_token_seconds", "id_token_seconds", "default_resource", "redirect_uris"];
    assert_eq!(faults, expected);
    assert!(event_types(&database).await.is_empty());
}

fn first() -> FirstClient {
    FirstClient {
        client_id: Some("portal".to_owned()),
        client_secret: Some(Secret::from("a-secret-of-more-than-32-characters")),
        redirect_uris: vec!["https://portal.example/cb".to_owned()],
        first_party: true,
        ..FirstClient::default()
    }
}

/// An unattended start is idempotent.
#[tokio::test]
async fn an_unattended_start_registers_its_client_once_and_changes_nothing_again() {
    let database = Database::new(SetUp::Sqlite).await;
    let (clients, realm) = (clients(&database).await, database.realm.id);
    assert!(!clients.ensure_first(realm, &FirstClient::default(), START).await.unwrap(), "nothing is configured");
    assert!(clients.ensure_first(realm, &first(), START).await.unwrap());
    let made = database.db.client(realm, "portal").await.unwrap().unwrap();
    assert!(made.first_party && made.settings.skip_consent);
    let other = FirstClient { client_secret: Some(Secret::from("another-secret-of-32-characters-or-more")), ..first() };
    assert!(!clients.ensure_first(realm, &other, START).await.unwrap());
    let again = database.db.client(realm, "portal").await.unwrap().unwrap();
    assert_eq!(again.secrets[0].hash, first().client_secret.unwrap().sha256());
    assert_eq!(event_types(&database).await, ["client.created"]);
}

#[tokio::test]
async fn two_nodes_that_start_at_once_register_one_client() {
    let database = Database::new(SetUp::Sqlite).await;
    let (other, _) = database.another_node().await;
    let other = super::other_clients(other, 8);
    let (clients, first) = (clients(&database).await, first());
    let (one, two) = tokio::join!(
        clients.ensure_first(database.realm.id, &first, START),
        other.ensure_first(database.realm.id, &first, START)
    );
    assert_eq!(u8::from(one.unwrap()) + u8::from(two.unwrap()), 1);
    assert_eq!(event_types(&database).await, ["client.created"]);
}
