//! Changing clients: whose they are, what a change does to secrets and tokens, and changes that cross.

use std::time::Duration;

use tessera::clients::{Configuration, Error, NewClient, Reach};
use tessera::clock::Timestamp;
use tessera::protocol::claims::StandardClaims;
use tessera::protocol::client_metadata::ClientMetadata;
use tessera::protocol::grant_type::GrantType;
use tessera::protocol::identifier::{Identifier, IdentifierKind};
use tessera::protocol::profile::Profile;
use tessera::protocol::response_type::ResponseType;
use tessera::protocol::token_endpoint_auth_method::TokenEndpointAuthMethod as Method;
use tessera::random::Random;
use tessera::store::clients::{Client, Settings};
use tessera::store::events::By;
use tessera::store::users::{NewUser, Status};
use uuid::Uuid;

use super::{by, clients, fields, metadata};
use crate::support::database::{Database, START, SetUp, on_both_databases};
use crate::support::events::event_types;

async fn made(database: &Database, owner: Option<Uuid>, method: Method) -> Client {
    let new = NewClient::new(database.realm.id, owner, metadata(method));
    clients(database).await.create(new, &by()).await.unwrap().client
}

pub(super) async fn user(database: &Database, name: &str) -> Uuid {
    let random = Random::system();
    let name = Identifier::parse(IdentifierKind::UserName, name).unwrap();
    let new = NewUser {
        id: random.id(START),
        realm_id: database.realm.id,
        sub: random.text::<16>(),
        status: Status::Active,
        administrator: false,
        claims: StandardClaims::default(),
        identifiers: vec![(random.id(START), name, None)],
        password: None,
        now: START,
    };
    let id = new.id;
    database.db.write(async move |tx| tx.create_user(&new).await).await.unwrap();
    id
}

fn renamed(name: &str) -> ClientMetadata {
    ClientMetadata { client_name: Some(name.to_owned()), ..metadata(Method::ClientSecretBasic) }
}

/// security.md: another realm's or owner's id is not found, on every route.
#[tokio::test]
async fn another_owners_or_realms_client_is_not_found() {
    let database = Database::new(SetUp::Sqlite).await;
    let clients = clients(&database).await;
    let (owner, stranger) = (user(&database, "ann").await, user(&database, "mallory").await);
    let id = made(&database, Some(owner), Method::ClientSecretBasic).await.client_id;
    let (realm, second) = (database.realm.id, database.second.id);
    for (realm, reach) in [(realm, Reach::Owned(stranger)), (second, Reach::All), (second, Reach::Owned(owner))] {
        let outcomes = [
            clients.find(realm, reach, &id).await.map(drop),
            clients.update(realm, reach, &id, renamed("Taken over"), &by()).await.map(drop),
            clients.set_disabled(realm, reach, &id, true, &by()).await.map(drop),
            clients.rotate_secret(realm, reach, &id, Duration::ZERO, &by()).await.map(drop),
            clients.delete(realm, reach, &id, &by()).await,
        ];
        for outcome in outcomes {
            assert!(matches!(outcome, Err(Error::NotFound)), "{outcome:?}");
        }
        assert!(clients.list(realm, reach, None, 10).await.unwrap().is_empty());
    }
    let configuration = configured(true, Settings::default());
    assert!(matches!(clients.configure(second, &id, configuration, &by()).await, Err(Error::NotFound)));
    assert_eq!(event_types(&database).await, ["client.created"]);
    assert_eq!(clients.find(realm, Reach::Owned(owner), &id).await.unwrap().client_id, id);
    assert_eq!(clients.list(realm, Reach::All, None, 10).await.unwrap().len(), 1);
}

on_both_databases!(metadata_is_replaced_whole_and_checked, async |database: &Database| {
    let clients = clients(database).await;
    let realm = database.realm.id;
    let id = made(database, None, Method::ClientSecretBasic).await.client_id;
    let updated = clients.update(realm, Reach::All, &id, renamed("Market"), &by()).await.unwrap();
    assert!(updated.secret.is_none(), "its secret stays");
    assert_eq!(database.db.client(realm, &id).await.unwrap().unwrap().name(), "Market");
    let wrong = ClientMetadata { redirect_uris: vec!["https://a.example/#x".to_owned()], ..renamed("Market") };
    assert_eq!(fields(clients.update(realm, Reach::All, &id, wrong, &by()).await), ["redirect_uris"]);
    assert_eq!(event_types(database).await, ["client.created", "client.updated"]);
});

#[tokio::test]
async fn a_client_that_becomes_public_loses_its_secrets_and_gets_a_new_one_on_the_way_back() {
    let database = Database::new(SetUp::Sqlite).await;
    let (clients, realm) = (clients(&database).await, database.realm.id);
    let id = made(&database, None, Method::ClientSecretBasic).await.client_id;
    let before = clients.find(realm, Reach::All, &id).await.unwrap().secrets[0].hash;
    clients.update(realm, Reach::All, &id, metadata(Method::None), &by()).await.unwrap();
    assert!(clients.find(realm, Reach::All, &id).await.unwrap().secrets.is_empty());
    assert_eq!(
        fields(clients.rotate_secret(realm, Reach::All, &id, Duration::ZERO, &by()).await),
        ["token_endpoint_auth_method"]
    );
    let back = clients.update(realm, Reach::All, &id, metadata(Method::ClientSecretPost), &by()).await.unwrap();
    let secret = back.secret.expect("it needs one").sha256();
    assert_ne!(secret, before);
    assert_eq!(clients.find(realm, Reach::All, &id).await.unwrap().secrets[0].hash, secret);
}

/// storage.md, access tokens: disabling a client is its `not_before`.
#[tokio::test]
async fn shutting_a_client_out_ends_what_it_holds_and_letting_it_in_revives_nothing() {
    let database = Database::new(SetUp::Sqlite).await;
    let (clients, realm) = (clients(&database).await, database.realm.id);
    let id = made(&database, None, Method::ClientSecretBasic).await.client_id;
    let later = By::operator(START + Duration::from_secs(5));
    let out = clients.set_disabled(realm, Reach::All, &id, true, &later).await.unwrap();
    assert!(out.disabled && out.not_before == later.at);
    let back = clients.set_disabled(realm, Reach::All, &id, false, &By::operator(later.at)).await.unwrap();
    assert!(!back.disabled && back.not_before == later.at);
}

#[tokio::test]
async fn consent_is_skipped_for_first_party_clients_only() {
    let database = Database::new(SetUp::Sqlite).await;
    let (clients, realm) = (clients(&database).await, database.realm.id);
    let id = made(&database, None, Method::ClientSecretBasic).await.client_id;
    let settings = Settings { skip_consent: true, ..Settings::default() };
    let refused = clients.configure(realm, &id, configured(false, settings.clone()), &by()).await;
    assert_eq!(fields(refused), ["skip_consent"]);
    let client = clients.configure(realm, &id, configured(true, settings), &by()).await.unwrap().client;
    assert!(client.first_party && client.settings.skip_consent);
}

/// protocol.md "Profiles": one switch that sets and enforces all of it, with a refusal that names the rule; on every way to change.
#[tokio::test]
async fn a_client_keeps_its_profile_whichever_of_the_two_is_changed() {
    let database = Database::new(SetUp::Sqlite).await;
    let (clients, realm) = (clients(&database).await, database.realm.id);
    let id = made(&database, None, Method::ClientSecretBasic).await.client_id;
    let hybrid = ClientMetadata {
        grant_types: vec![GrantType::AuthorizationCode, GrantType::Implicit],
        response_types: vec![ResponseType::CodeIdToken],
        ..metadata(Method::ClientSecretBasic)
    };
    let refused = clients.update(realm, Reach::All, &id, hybrid.clone(), &by()).await;
    let message = refused.as_ref().map(drop).unwrap_err().to_string();
    assert!(message.contains("profile oauth2.1") && message.contains("OAuth 2.1 section"), "{message}");
    assert_eq!(fields(refused), ["response_types"]);
    let legacy = Settings { profile: Profile::LegacyOidc, ..Settings::default() };
    let configuration = Configuration { metadata: hybrid.clone(), first_party: false, settings: legacy.clone() };
    let client = clients.configure(realm, &id, configuration, &by()).await.unwrap().client;
    assert_eq!((client.settings.profile, &client.metadata), (Profile::LegacyOidc, &hybrid));
    let strict = Configuration { metadata: hybrid.clone(), first_party: false, settings: Settings::default() };
    assert_eq!(fields(clients.configure(realm, &id, strict, &by()).await), ["response_types"]);
    let kept = clients.find(realm, Reach::All, &id).await.unwrap();
    assert_eq!((kept.settings, kept.metadata), (legacy, hybrid));
}

fn configured(first_party: bool, settings: Settings) -> Configuration {
    Configuration { metadata: metadata(Method::ClientSecretBasic), first_party, settings }
}

/// An edit that was begun before the client was shut out must not let it in again.
#[tokio::test]
async fn changes_that_cross_all_count() {
    let database = Database::new(SetUp::Sqlite).await;
    let realm = database.realm.id;
    let id = made(&database, None, Method::ClientSecretBasic).await.client_id;
    let (one, two) = (clients(&database).await, super::other_clients(database.db.clone(), 9));
    for round in 0..20 {
        let shut = round % 2 == 0;
        let by = by();
        let name = format!("Round {round}");
        let (edited, barred) = tokio::join!(
            one.update(realm, Reach::All, &id, renamed(&name), &by),
            two.set_disabled(realm, Reach::All, &id, shut, &by)
        );
        edited.unwrap();
        barred.unwrap();
        let client = one.find(realm, Reach::All, &id).await.unwrap();
        assert_eq!((client.name(), client.disabled), (name.as_str(), shut));
    }
}

on_both_databases!(a_deleted_client_is_gone_with_its_secrets, async |database: &Database| {
    let (clients, realm) = (clients(database).await, database.realm.id);
    let id = made(database, None, Method::ClientSecretBasic).await.client_id;
    clients.delete(realm, Reach::All, &id, &by()).await.unwrap();
    assert!(database.db.client(realm, &id).await.unwrap().is_none());
    assert!(matches!(clients.delete(realm, Reach::All, &id, &by()).await, Err(Error::NotFound)));
    assert_eq!(event_types(database).await, ["client.created", "client.deleted"]);
});

#[tokio::test]
async fn the_list_goes_on_where_it_stopped() {
    let database = Database::new(SetUp::Sqlite).await;
    let clients = clients(&database).await;
    for seconds in 0..5 {
        let at = By::operator(START + Duration::from_secs(seconds));
        let new = NewClient::new(database.realm.id, None, renamed(&format!("Client {seconds}")));
        clients.create(new, &at).await.unwrap();
    }
    let first = clients.list(database.realm.id, Reach::All, None, 3).await.unwrap();
    let rest = clients.list(database.realm.id, Reach::All, Some(first[2].id), 3).await.unwrap();
    let names: Vec<_> = first.iter().chain(&rest).map(|client| client.name().to_owned()).collect();
    assert_eq!(names, ["Client 4", "Client 3", "Client 2", "Client 1", "Client 0"]);
    assert!(first[0].created_at > Timestamp::from_millis(0));
}
