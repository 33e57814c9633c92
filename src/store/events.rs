//! The record of what happened, written in the transaction that did it. One versioned envelope serves audit, webhooks and metrics.

use serde_json::Value as Json;
use uuid::Uuid;

use crate::clock::Timestamp;

use super::{Result, Tx, tally};

/// The version of the envelope.
const VERSION: i64 = 1;

macro_rules! catalogue {
    ($($(#[$doc:meta])* $variant:ident = $name:literal),+ $(,)?) => {
        /// Everything that can happen: the catalogue is closed, so that who consumes events can know them all.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum EventType { $($(#[$doc])* $variant,)+ }

        impl EventType {
            /// Every type.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// Its name in the envelope.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }
        }
    };
}

catalogue! {
    /// A password or another factor was right and the sign-in is complete or goes on.
    SignIn = "sign_in",
    /// An account was locked after failures in a row.
    AccountLocked = "account.locked",
    /// A session ended: logged out, revoked, or ended by an administrator.
    SessionEnded = "session.ended",
    /// A client could not be told that its user's session ended.
    LogoutUndelivered = "logout.undelivered",
    /// A user was made: by sign-up, by an administrator, by the command line.
    UserCreated = "user.created",
    /// A user was invited.
    UserInvited = "user.invited",
    /// A user's profile was changed.
    UserUpdated = "user.updated",
    /// A user was shut out.
    UserDisabled = "user.disabled",
    /// A user was signed out everywhere, and all that was issued to them was ended.
    UserSignedOut = "user.signed_out",
    /// A user was let in again.
    UserEnabled = "user.enabled",
    /// A password was set or changed.
    PasswordChanged = "password.changed",
    /// A user allowed a client something.
    ConsentGranted = "consent.granted",
    /// A user refused a client.
    ConsentDenied = "consent.denied",
    /// A user took back what a client was allowed.
    ConsentRevoked = "consent.revoked",
    /// A family of tokens began.
    FamilyCreated = "family.created",
    /// A family of tokens was ended.
    FamilyRevoked = "family.revoked",
    /// A code or an old refresh token came again, and its family was ended.
    FamilyReplayed = "family.replayed",
    /// A client was registered.
    ClientCreated = "client.created",
    /// A client's metadata was changed.
    ClientUpdated = "client.updated",
    /// A client was deleted.
    ClientDeleted = "client.deleted",
    /// A client was given a new secret.
    ClientSecretRotated = "client.secret_rotated",
    /// A resource server was registered.
    ResourceServerCreated = "resource_server.created",
    /// A resource server was changed.
    ResourceServerUpdated = "resource_server.updated",
    /// A realm was made.
    RealmCreated = "realm.created",
    /// A realm's signing keys changed.
    KeysRotated = "keys.rotated",
    /// Everything issued before was ended.
    EpochRaised = "epoch.raised",
}

/// Who did it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// A user.
    User(Uuid),
    /// A client, by its row.
    Client(Uuid),
    /// Nobody who is known: an attempt to sign in.
    Anonymous,
    /// The command line, or the server itself.
    Operator,
}

/// Where a request came from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// The request's id, as in the log and on error pages.
    pub request_id: Option<String>,
    /// The client's address.
    pub ip: Option<String>,
    /// The browser's own name, shortened.
    pub user_agent: Option<String>,
}

/// Who does something, from where, and when: what all events of one request have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct By {
    /// Who.
    pub actor: Actor,
    /// From where.
    pub origin: Origin,
    /// When.
    pub at: Timestamp,
}

impl By {
    /// The command line, or the server itself.
    pub fn operator(at: Timestamp) -> Self {
        Self { actor: Actor::Operator, origin: Origin::default(), at }
    }

    /// A user, by a request from `origin`.
    pub fn user(user: Uuid, origin: &Origin, at: Timestamp) -> Self {
        Self { actor: Actor::User(user), origin: origin.clone(), at }
    }

    /// Nobody who is known, by a request from `origin`.
    pub fn anonymous(origin: &Origin, at: Timestamp) -> Self {
        Self { actor: Actor::Anonymous, origin: origin.clone(), at }
    }

    /// A success of `event_type`.
    pub fn event(&self, id: Uuid, realm_id: Uuid, event_type: EventType) -> Event {
        Event::new(id, realm_id, event_type, self.at, self.actor).from_origin(&self.origin)
    }
}

/// One thing that happened.
#[derive(Debug, Clone)]
pub struct Event {
    /// Its id.
    pub id: Uuid,
    /// The realm.
    pub realm_id: Uuid,
    /// What it was.
    pub event_type: EventType,
    /// When.
    pub at: Timestamp,
    /// Who did it.
    pub actor: Actor,
    /// The user whom it concerns.
    pub subject: Option<Uuid>,
    /// The client's row.
    pub client: Option<Uuid>,
    /// The session.
    pub session: Option<Uuid>,
    /// Where the request came from.
    pub origin: Origin,
    /// Why it failed; none where it succeeded.
    pub failure: Option<&'static str>,
    /// What else there is to know; never a secret.
    pub data: Json,
}

impl Event {
    /// A success of `event_type`, done by `actor`.
    pub fn new(id: Uuid, realm_id: Uuid, event_type: EventType, at: Timestamp, actor: Actor) -> Self {
        Self {
            id,
            realm_id,
            event_type,
            at,
            actor,
            subject: None,
            client: None,
            session: None,
            origin: Origin::default(),
            failure: None,
            data: Json::Object(serde_json::Map::new()),
        }
    }

    /// The same, concerning a user.
    #[must_use]
    pub fn about(self, user: Uuid) -> Self {
        Self { subject: Some(user), ..self }
    }

    /// The same, concerning a client (by its row).
    #[must_use]
    pub fn with_client(self, client: Uuid) -> Self {
        Self { client: Some(client), ..self }
    }

    /// The same, in a session.
    #[must_use]
    pub fn in_session(self, session: Uuid) -> Self {
        Self { session: Some(session), ..self }
    }

    /// The same, by a request from `origin`.
    #[must_use]
    pub fn from_origin(self, origin: &Origin) -> Self {
        Self { origin: origin.clone(), ..self }
    }

    /// The same, as a failure.
    #[must_use]
    pub fn failed(self, reason: &'static str) -> Self {
        Self { failure: Some(reason), ..self }
    }

    /// The same, with more to know.
    #[must_use]
    pub fn with_data(self, data: Json) -> Self {
        Self { data, ..self }
    }

    /// The columns, in the order of [`COLUMNS`].
    pub(super) fn values(&self) -> Vec<sea_orm::Value> {
        let (actor_kind, actor_id) = match self.actor {
            Actor::User(id) => ("user", Some(id)),
            Actor::Client(id) => ("client", Some(id)),
            Actor::Anonymous => ("anonymous", None),
            Actor::Operator => ("operator", None),
        };
        vec![
            self.id.into(),
            self.realm_id.into(),
            VERSION.into(),
            self.event_type.as_str().into(),
            self.at.millis().into(),
            actor_kind.into(),
            actor_id.into(),
            self.subject.into(),
            self.client.into(),
            self.session.into(),
            self.origin.request_id.clone().into(),
            self.origin.ip.clone().into(),
            self.origin.user_agent.clone().into(),
            if self.failure.is_some() { "failure" } else { "success" }.into(),
            self.failure.into(),
            self.data.clone().into(),
        ]
    }
}

/// The columns of an event, in the order of [`Event::values`].
pub(super) const COLUMNS: &str = "id, realm_id, version, type, at, actor_kind, actor_id, subject_id, client_id, session_id, \
                                  request_id, ip, user_agent, outcome, reason, data";

impl Tx {
    /// Records `event`.
    ///
    /// # Errors
    /// The database's.
    pub async fn record(&self, event: &Event) -> Result<()> {
        self.change(
            &format!(
                "INSERT INTO events ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)"
            ),
            event.values(),
        )
        .await?;
        self.count(event);
        Ok(())
    }

    /// An event was recorded in this transaction: it is counted if that commits. For a statement that records one beside its own change.
    pub(super) fn count(&self, event: &Event) {
        self.recorded.borrow_mut().push(tally::of(event));
    }
}
