//! Which clients a session has signed its user in at: those that want to hear of its end. No other leaves a row.

use std::time::Duration;

use entity::session_client;
use sea_orm::{ColumnTrait as _, DbBackend, EntityTrait as _, QueryFilter as _, QueryOrder as _};
use uuid::Uuid;

use crate::clock::Timestamp;

use super::outbox::Kind;
use super::statement::Run as _;
use super::{Db, Result, Tx};

/// For how long a client that does not answer is told of a logout again.
pub const TOLD_FOR: Duration = Duration::from_hours(24);

/// A client that has to hear when a session ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionClient {
    /// The row's id, which its notice in the outbox has too.
    pub id: Uuid,
    /// The realm.
    pub realm_id: Uuid,
    /// The session.
    pub session_id: Uuid,
    /// The client's row.
    pub client_id: Uuid,
    /// The subject as issued to it.
    pub sub: String,
    /// The session id as issued to it.
    pub sid: String,
    /// When its user was first signed in there.
    pub created_at: Timestamp,
}

/// Whose sessions have ended.
#[derive(Debug, Clone, Copy)]
pub(super) enum EndedSessions {
    /// One alone.
    Session(Uuid),
    /// Those of one user.
    User(Uuid),
    /// All of the realm.
    All,
}

impl Db {
    /// Notes that a client has to hear when a session ends, unless that is known or the session has ended. One statement.
    ///
    /// # Errors
    /// The database's.
    pub async fn join_session(&self, joining: SessionClient) -> Result<()> {
        // Who ends the session meanwhile waits for this row, and finds it; or this waits for them, and finds the session ended.
        let lock = if self.backend() == DbBackend::Postgres { "FOR SHARE" } else { "" };
        let sql = format!(
            "INSERT INTO session_clients (id, realm_id, session_id, client_id, sub, sid, created_at) \
             SELECT $1, $2, $3, $4, $5, $6, $7 FROM sessions WHERE sessions.id = $3 AND sessions.ended_at IS NULL \
             AND NOT EXISTS (SELECT 1 FROM session_clients WHERE session_id = $3 AND client_id = $4 AND sid = $6) {lock} \
             ON CONFLICT DO NOTHING RETURNING id"
        );
        let values = vec![
            joining.id.into(),
            joining.realm_id.into(),
            joining.session_id.into(),
            joining.client_id.into(),
            joining.sub.into(),
            joining.sid.into(),
            joining.created_at.millis().into(),
        ];
        self.write_one(sql, values).await?;
        Ok(())
    }

    /// The clients that have to hear when a session ends, in the order in which its user came to them.
    ///
    /// # Errors
    /// The database's.
    pub async fn session_clients(&self, realm: Uuid, session: Uuid) -> Result<Vec<SessionClient>> {
        let rows = session_client::Entity::find()
            .filter(session_client::Column::RealmId.eq(realm))
            .filter(session_client::Column::SessionId.eq(session))
            .order_by_asc(session_client::Column::CreatedAt)
            .order_by_asc(session_client::Column::Id)
            .all(self.reader())
            .await?;
        Ok(rows.into_iter().map(read).collect())
    }

    /// One of them, by its id; none where the client or the session is deleted since.
    ///
    /// # Errors
    /// The database's.
    pub async fn session_client(&self, realm: Uuid, id: Uuid) -> Result<Option<SessionClient>> {
        let find = session_client::Entity::find_by_id(id).filter(session_client::Column::RealmId.eq(realm));
        Ok(find.one(self.reader()).await?.map(read))
    }
}

impl Tx {
    /// Puts a notice into the outbox for each client that has to hear of sessions that have just ended. It belongs to the
    /// statement that ends them: they come after it, so that no client joins in between.
    pub(super) async fn announce_end(&self, realm: Uuid, ended: EndedSessions, now: Timestamp) -> Result<()> {
        let (whose, id) = match ended {
            EndedSessions::Session(session) => ("sessions.id = $6", session),
            EndedSessions::User(user) => ("sessions.user_id = $6", user),
            EndedSessions::All => ("sessions.realm_id = $6", realm),
        };
        // What was told is deleted, and what waits is left as it is: nobody is told twice.
        let sql = format!(
            "INSERT INTO outbox (id, realm_id, kind, receiver, payload, attempts, next_at, expires_at, created_at) \
             SELECT session_clients.id, session_clients.realm_id, $1, session_clients.client_id, NULL, 0, $2, $3, $4 \
             FROM session_clients JOIN sessions ON sessions.id = session_clients.session_id \
             WHERE sessions.ended_at IS NOT NULL AND sessions.realm_id = $5 AND {whose} ON CONFLICT (id) DO NOTHING"
        );
        let values = [
            Kind::BackchannelLogout.as_str().into(),
            now.millis().into(),
            (now + TOLD_FOR).millis().into(),
            now.millis().into(),
            realm.into(),
            id.into(),
        ];
        if self.change(&sql, values).await? > 0 {
            self.sends.set(true);
        }
        Ok(())
    }
}

fn read(row: session_client::Model) -> SessionClient {
    SessionClient {
        id: row.id,
        realm_id: row.realm_id,
        session_id: row.session_id,
        client_id: row.client_id,
        sub: row.sub,
        sid: row.sid,
        created_at: Timestamp::from_millis(row.created_at),
    }
}
