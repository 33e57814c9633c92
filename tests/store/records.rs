//! Records of which a test needs one, and does not care which.

use std::time::Duration;

use tessera::clock::Timestamp;
use tessera::protocol::acr::{Acr, Amr};
use tessera::protocol::client_metadata::ClientMetadata;
use tessera::protocol::identifier::Identifier;
use tessera::protocol::token_endpoint_auth_method::TokenEndpointAuthMethod;
use tessera::secret::sha256;
use tessera::store::clients::{Client, Settings};
use tessera::store::events::{Actor, Event, EventType};
use tessera::store::families::{Basis, Family, Presented, Refresh};
use tessera::store::realms::Realm;
use tessera::store::sessions::{Factor, Session};
use tessera::store::users::{Creation, NewUser, Status};
use uuid::Uuid;

use crate::support::database::{Database, START};

pub(super) const HOUR: Duration = Duration::from_hours(1);

/// An active user whose e-mail address and user name are made of `name`.
pub(super) fn new_user(database: &Database, realm: &Realm, name: &str) -> NewUser {
    let identifier = |text: &str| (database.random.id(START), Identifier::guess(text).unwrap(), None);
    NewUser {
        id: database.random.id(START),
        realm_id: realm.id,
        sub: database.random.text::<16>(),
        status: Status::Active,
        administrator: false,
        claims: serde_json::from_value(serde_json::json!({"name": name})).unwrap(),
        identifiers: vec![identifier(&format!("{name}@example.com")), identifier(name)],
        password: None,
        now: START,
    }
}

/// A user in the default realm.
pub(super) async fn user(database: &Database, name: &str) -> NewUser {
    let user = new_user(database, &database.realm, name);
    create_user(database, &user).await;
    user
}

pub(super) async fn create_user(database: &Database, user: &NewUser) {
    let new = user.clone();
    let created = database.db.write(async move |tx| tx.create_user(&new).await).await.unwrap();
    assert_eq!(created, Creation::Created);
}

/// A public client that is not stored yet.
pub(super) fn new_client(database: &Database, realm: &Realm, client_id: &str) -> Client {
    let metadata = ClientMetadata {
        client_name: Some(client_id.to_owned()),
        redirect_uris: vec!["https://app.example.com/cb".to_owned()],
        token_endpoint_auth_method: TokenEndpointAuthMethod::None,
        ..ClientMetadata::default()
    };
    Client {
        id: database.random.id(START),
        realm_id: realm.id,
        client_id: client_id.to_owned(),
        owner_id: None,
        registrant: tessera::protocol::registrant::Registrant::Operator,
        used: false,
        logo: None,
        uris: metadata.validate().unwrap(),
        metadata,
        first_party: false,
        settings: Settings::default(),
        disabled: false,
        not_before: Timestamp::from_millis(0),
        secrets: Vec::new(),
        created_at: START,
        updated_at: START,
    }
}

/// A client in the default realm.
pub(super) async fn client(database: &Database, client_id: &str) -> Client {
    let client = new_client(database, &database.realm, client_id);
    let new = client.clone();
    assert!(database.db.write(async move |tx| tx.create_client(&new).await).await.unwrap());
    client
}

/// A session that was begun an hour after [`START`].
pub(super) async fn session(database: &Database, user: &NewUser) -> Session {
    session_of(database, user.realm_id, user.id).await
}

async fn session_of(database: &Database, realm_id: Uuid, user_id: Uuid) -> Session {
    let now = START + HOUR;
    let session = Session {
        id: database.random.id(now),
        realm_id,
        user_id,
        secret_hash: database.random.bytes(),
        factors: vec![Factor { amr: Amr::Password, at: now }],
        remember: false,
        auth_time: now,
        seen_at: now,
        idle_expires_at: now + 2 * HOUR,
        expires_at: now + 10 * HOUR,
        ip: Some("192.0.2.1".to_owned()),
        user_agent: Some("a browser".to_owned()),
        created_at: now,
    };
    let stored = session.clone();
    database.db.write(async move |tx| tx.create_session(&stored, None).await).await.unwrap();
    session
}

/// A family with a refresh token, begun two hours after [`START`], that is not stored yet.
pub(super) fn new_family(database: &Database, user: &NewUser, client: &Client, session: Option<&Session>) -> Family {
    let now = START + 2 * HOUR;
    Family {
        id: database.random.id(now),
        realm_id: user.realm_id,
        client_id: client.id,
        user_id: user.id,
        session_id: session.map(|session| session.id),
        scope: "openid profile".parse().unwrap(),
        resources: vec!["https://api.example.com".to_owned()],
        claims: tessera::protocol::claims_request::RequestedClaims {
            userinfo: vec!["email".to_owned()],
            id_token: Vec::new(),
        },
        sub: user.sub.clone(),
        auth_time: START + HOUR,
        acr: Acr::OneFactor,
        amr: vec![Amr::Password],
        sid: session.map(|_| "a sid".to_owned()),
        origin_hash: database.random.bytes(),
        origin_proof: database.random.bytes(),
        refresh: Some(Refresh { key: 1, secret_hash: database.random.bytes() }),
        counter: 0,
        rotated_at: now,
        revoked_at: None,
        idle_expires_at: now + HOUR,
        expires_at: now + 3 * HOUR,
        created_at: now,
    }
}

/// What a family is begun on: authorized at that very moment, without a grant, and in a session that it may outlive.
pub(super) async fn basis(database: &Database, family: &Family) -> Basis {
    let session_id = match family.session_id {
        Some(session) => session,
        None => session_of(database, family.realm_id, family.user_id).await.id,
    };
    Basis { authorized_at: family.created_at, grant_id: None, session_id }
}

/// The event of a family's beginning.
pub(super) fn event_of(database: &Database, family: &Family) -> Event {
    let id = database.random.id(family.created_at);
    Event::new(id, family.realm_id, EventType::FamilyCreated, family.created_at, Actor::Client(family.client_id))
        .about(family.user_id)
        .with_client(family.client_id)
}

/// The family's first refresh token, presented as it should be.
pub(super) fn presented(family: &Family) -> Presented {
    Presented {
        realm_id: family.realm_id,
        family_id: family.id,
        client_id: family.client_id,
        secret_hash: family.refresh.expect("the family has a refresh token").secret_hash,
        counter: 0,
        not_before: Timestamp::from_millis(0),
        now: family.created_at + Duration::from_mins(1),
    }
}

pub(super) fn hash(text: &str) -> [u8; 32] {
    sha256(text.as_bytes())
}

/// An id that no record has.
pub(super) fn nobody() -> Uuid {
    Uuid::max()
}
