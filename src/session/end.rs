//! The end of sessions, and which clients have to hear of it.

use uuid::Uuid;

use crate::store::events::{Actor, By, Event, EventType, Origin};
use crate::store::realms::Realm;
use crate::store::session_clients::SessionClient;
use crate::store::sessions::{Live, Session};
use crate::store::{Result, Tx};

use super::{Beginning, Sessions};
use crate::clock::Timestamp;

/// A user who comes to a client that has to hear of the session's end.
#[derive(Debug, Clone)]
pub struct Joining {
    /// The session.
    pub session: Uuid,
    /// The client's row.
    pub client: Uuid,
    /// The subject as issued to the client.
    pub sub: String,
    /// The session id as issued to the client.
    pub sid: String,
}

impl Sessions {
    /// Notes that a client has to hear when a session ends.
    ///
    /// # Errors
    /// The database's.
    pub async fn join(&self, realm: &Realm, joining: Joining, now: Timestamp) -> Result<()> {
        let Joining { session, client, sub, sid } = joining;
        let (id, realm_id) = (self.random.id(now), realm.id);
        let joining = SessionClient { id, realm_id, session_id: session, client_id: client, sub, sid, created_at: now };
        self.db.join_session(joining).await
    }

    /// Ends a session of `user`, with its families; says whether it was live.
    ///
    /// # Errors
    /// The database's.
    pub async fn end(
        &self,
        realm: &Realm,
        user: Uuid,
        session: Uuid,
        actor: Actor,
        origin: &Origin,
        now: Timestamp,
    ) -> Result<bool> {
        let event = Event::new(self.random.id(now), realm.id, EventType::SessionEnded, now, actor)
            .about(user)
            .in_session(session)
            .from_origin(origin);
        let realm = realm.id;
        self.db
            .write(async move |tx| {
                let ended = tx.end_session(realm, session, now).await?;
                if ended {
                    tx.record(&event).await?;
                }
                Ok(ended)
            })
            .await
    }

    /// Ends every session of `user` but `except`, with their families; says how many there were.
    ///
    /// # Errors
    /// The database's.
    pub async fn end_all(&self, realm: &Realm, user: Uuid, except: Option<Uuid>, by: &By) -> Result<u64> {
        let event = by.event(self.random.id(by.at), realm.id, EventType::SessionEnded).about(user);
        let (realm, now) = (realm.id, by.at);
        self.db
            .write(async move |tx| {
                let count = tx.end_sessions_of(realm, user, except, now).await?;
                if count > 0 {
                    tx.record(&event.clone().with_data(serde_json::json!({ "count": count }))).await?;
                }
                Ok(count)
            })
            .await
    }

    /// The end of an account for which a browser has no more room, and its event.
    pub(super) fn ending(&self, account: &Live, beginning: &Beginning) -> (Session, Event) {
        let (session, now) = (account.session.clone(), beginning.now);
        let id = self.random.id(now);
        let event = Event::new(id, session.realm_id, EventType::SessionEnded, now, Actor::User(beginning.user))
            .about(session.user_id)
            .in_session(session.id)
            .from_origin(&beginning.origin);
        (session, event)
    }
}

/// Ends a session within a transaction, and records it.
pub(super) async fn end_recorded(tx: &Tx, session: &Session, event: &Event, now: Timestamp) -> Result<()> {
    if tx.end_session(session.realm_id, session.id, now).await? {
        tx.record(event).await?;
    }
    Ok(())
}
