//! Sessions: signed-in, or half signed-in, browsers. Only the hash of a session's secret is kept.

use entity::{session, user};
use sea_orm::{ColumnTrait as _, DbBackend, EntityTrait as _, FromQueryResult, QueryFilter as _, Value};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::protocol::acr::Amr;
use crate::secret::Secret;

use super::session_clients::EndedSessions;
use super::statement::Run as _;
use super::users::{self, User};
use super::{Db, Error, Result, Tx};

/// A factor that was shown, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Factor {
    /// How the user proved who they are (RFC 8176).
    pub amr: Amr,
    /// When.
    pub at: Timestamp,
}

/// A session.
#[derive(Debug, Clone)]
pub struct Session {
    /// The row's id. It never leaves the server: tokens carry an HMAC of it.
    pub id: Uuid,
    /// The realm.
    pub realm_id: Uuid,
    /// Whose it is.
    pub user_id: Uuid,
    /// SHA-256 of the secret in the browser's cookie.
    pub secret_hash: [u8; 32],
    /// What was shown so far.
    pub factors: Vec<Factor>,
    /// Whether it stays when the browser closes.
    pub remember: bool,
    /// When the user last proved who they are.
    pub auth_time: Timestamp,
    /// When it was last used, to within minutes.
    pub seen_at: Timestamp,
    /// When it ends if it is not used.
    pub idle_expires_at: Timestamp,
    /// When it ends in any case.
    pub expires_at: Timestamp,
    /// The address that it began from.
    pub ip: Option<String>,
    /// The browser that it began in.
    pub user_agent: Option<String>,
    /// When it began.
    pub created_at: Timestamp,
}

/// A live session with its user.
#[derive(Debug, Clone)]
pub struct Live {
    /// The session.
    pub session: Session,
    /// Its user.
    pub user: User,
    /// Whether the user's password must be changed before anything else.
    pub password_due: bool,
}

/// That a session is live, and its user may sign in: of `sessions` joined with `users`, at `$2`.
pub(super) const LIVE: &str = "sessions.ended_at IS NULL AND sessions.idle_expires_at > $2 AND sessions.expires_at > $2 \
                    AND sessions.created_at > users.not_before AND users.status = 'active' AND users.deleted_at IS NULL \
                    AND sessions.created_at > (SELECT realms.not_before FROM realms WHERE realms.id = sessions.realm_id)";

#[derive(FromQueryResult)]
struct WithUser {
    #[sea_orm(nested(prefix = "s_"))]
    session: session::Model,
    #[sea_orm(nested)]
    user: user::Model,
    password_due: Option<bool>,
}

impl Db {
    /// The live session with this secret's hash, in one read.
    ///
    /// # Errors
    /// The database's.
    pub async fn session(&self, realm: Uuid, secret_hash: [u8; 32], now: Timestamp) -> Result<Option<Live>> {
        let row: Option<WithUser> = self
            .one(
                &format!(
                    "SELECT users.*, {SESSION_COLUMNS}, passwords.temporary AS password_due FROM sessions \
                     JOIN users ON users.id = sessions.user_id LEFT JOIN passwords ON passwords.user_id = users.id \
                     WHERE sessions.secret_hash = $1 AND {LIVE} AND sessions.realm_id = $3"
                ),
                [secret_hash.to_vec().into(), now.millis().into(), realm.into()],
            )
            .await?;
        row.map(|row| {
            Ok(Live {
                session: read(row.session)?,
                user: users::read(row.user)?,
                password_due: row.password_due.unwrap_or(false),
            })
        })
        .transpose()
    }

    /// Whose session it is, or was.
    ///
    /// # Errors
    /// The database's.
    pub async fn user_of_session(&self, realm: Uuid, id: Uuid) -> Result<Option<Uuid>> {
        let find = session::Entity::find_by_id(id).filter(session::Column::RealmId.eq(realm));
        Ok(find.one(self.reader()).await?.map(|row| row.user_id))
    }

    /// The live sessions of a user, the one last used first.
    ///
    /// # Errors
    /// The database's.
    pub async fn sessions_of(&self, realm: Uuid, user: Uuid, now: Timestamp) -> Result<Vec<Session>> {
        let rows: Vec<session::Model> = self
            .all(
                &format!(
                    "SELECT sessions.* FROM sessions JOIN users ON users.id = sessions.user_id \
                     WHERE sessions.user_id = $1 AND {LIVE} AND sessions.realm_id = $3 ORDER BY sessions.seen_at DESC"
                ),
                [user.into(), now.millis().into(), realm.into()],
            )
            .await?;
        rows.into_iter().map(read).collect()
    }
}

/// The session's columns under names that do not meet the user's.
const SESSION_COLUMNS: &str = "sessions.id AS s_id, sessions.realm_id AS s_realm_id, sessions.user_id AS s_user_id, \
    sessions.secret_hash AS s_secret_hash, sessions.factors AS s_factors, sessions.remember AS s_remember, \
    sessions.auth_time AS s_auth_time, sessions.seen_at AS s_seen_at, sessions.idle_expires_at AS s_idle_expires_at, \
    sessions.expires_at AS s_expires_at, sessions.ended_at AS s_ended_at, sessions.ip AS s_ip, \
    sessions.user_agent AS s_user_agent, sessions.created_at AS s_created_at";

impl Tx {
    /// Stores a new session, if its user may sign in still: the password whose hash was `proven` is theirs, and not locked. Says
    /// whether.
    ///
    /// # Errors
    /// The database's.
    pub async fn create_session(&self, session: &Session, proven: Option<&Secret>) -> Result<bool> {
        let may_begin = may_begin(self.backend(), proven.map(|_| "$14"));
        let sql = format!(
            "INSERT INTO sessions (secret_hash, factors, remember, auth_time, seen_at, idle_expires_at, expires_at, ip, \
             user_agent, id, realm_id, user_id, created_at) \
             SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13 WHERE {may_begin}"
        );
        let lasting =
            [session.id.into(), session.realm_id.into(), session.user_id.into(), session.created_at.millis().into()];
        let proven = proven.map(|phc| phc.expose().into());
        Ok(self.change(&sql, renewable(session)?.into_iter().chain(lasting).chain(proven)).await? == 1)
    }

    /// As [`Tx::renew_session`], with a new proof of who its user is, who may sign in still as in [`Tx::create_session`].
    ///
    /// # Errors
    /// The database's.
    pub async fn resume_session(&self, session: &Session, old: [u8; 32], proven: Option<&Secret>) -> Result<bool> {
        let may_begin = may_begin(self.backend(), proven.map(|_| "$13"));
        let proven = proven.map(|phc| phc.expose().into());
        let more = std::iter::once(session.user_id.into()).chain(proven);
        self.renew(session, old, &format!(" AND {may_begin}"), more).await
    }

    /// Gives a live session a new secret, and what it has gained since: factors, their time, its ends, where it is used. Says
    /// whether the old secret was still its own: of two at once, one wins.
    ///
    /// # Errors
    /// The database's.
    pub async fn renew_session(&self, session: &Session, old: [u8; 32]) -> Result<bool> {
        self.renew(session, old, "", None).await
    }

    /// Renews a session on a further condition, whose parameters begin at `$12`.
    async fn renew(
        &self,
        session: &Session,
        old: [u8; 32],
        condition: &str,
        more: impl IntoIterator<Item = Value>,
    ) -> Result<bool> {
        let sql = format!(
            "UPDATE sessions SET secret_hash = $1, factors = $2, remember = $3, auth_time = $4, seen_at = $5, \
             idle_expires_at = $6, expires_at = $7, ip = $8, user_agent = $9 \
             WHERE id = $10 AND secret_hash = $11 AND ended_at IS NULL{condition}"
        );
        let which = [session.id.into(), old.to_vec().into()];
        Ok(self.change(&sql, renewable(session)?.into_iter().chain(which).chain(more)).await? == 1)
    }

    /// Puts off the idle end of a session that is in use.
    ///
    /// # Errors
    /// The database's.
    pub async fn touch_session(&self, id: Uuid, now: Timestamp, idle_expires_at: Timestamp) -> Result<()> {
        self.change(
            "UPDATE sessions SET seen_at = $1, idle_expires_at = $2 WHERE id = $3 AND ended_at IS NULL AND seen_at < $1",
            [now.millis().into(), idle_expires_at.millis().into(), id.into()],
        )
        .await?;
        Ok(())
    }

    /// Ends a session and the families that end with it, and tells its clients; says whether it was live.
    ///
    /// # Errors
    /// The database's.
    pub async fn end_session(&self, realm: Uuid, id: Uuid, now: Timestamp) -> Result<bool> {
        self.ends(id);
        let ended = self
            .change(
                "UPDATE sessions SET ended_at = $1 WHERE id = $2 AND realm_id = $3 AND ended_at IS NULL",
                [now.millis().into(), id.into(), realm.into()],
            )
            .await?;
        self.change(
            "UPDATE families SET revoked_at = $1 WHERE session_id = $2 AND realm_id = $3 AND revoked_at IS NULL",
            [now.millis().into(), id.into(), realm.into()],
        )
        .await?;
        if ended == 1 {
            self.announce_end(realm, EndedSessions::Session(id), now).await?;
        }
        Ok(ended == 1)
    }

    /// Ends every session of a user but `except`, with their families, and tells their clients; says how many there were.
    ///
    /// # Errors
    /// The database's.
    pub async fn end_sessions_of(&self, realm: Uuid, user: Uuid, except: Option<Uuid>, now: Timestamp) -> Result<u64> {
        self.ends(user);
        let except = except.unwrap_or(Uuid::nil());
        let values = || [now.millis().into(), user.into(), realm.into(), except.into()];
        let ended = self
            .change(
                "UPDATE sessions SET ended_at = $1 WHERE user_id = $2 AND realm_id = $3 AND id <> $4 AND ended_at IS NULL",
                values(),
            )
            .await?;
        self.change(
            "UPDATE families SET revoked_at = $1 WHERE user_id = $2 AND realm_id = $3 AND session_id IS NOT NULL \
             AND session_id <> $4 AND revoked_at IS NULL",
            values(),
        )
        .await?;
        if ended > 0 {
            self.announce_end(realm, EndedSessions::User(user), now).await?;
        }
        Ok(ended)
    }

    /// Ends every session of a realm, and tells their clients. Their families are the realm's `not_before` to end.
    pub(super) async fn end_every_session(&self, realm: Uuid, now: Timestamp) -> Result<u64> {
        let sql = "UPDATE sessions SET ended_at = $1 WHERE realm_id = $2 AND ended_at IS NULL";
        let ended = self.change(sql, [now.millis().into(), realm.into()]).await?;
        if ended > 0 {
            self.announce_end(realm, EndedSessions::All, now).await?;
        }
        Ok(ended)
    }
}

/// What a session gains while it lives, as the parameters `$1` to `$9`.
fn renewable(session: &Session) -> Result<[Value; 9]> {
    Ok([
        session.secret_hash.to_vec().into(),
        written(&session.factors)?.into(),
        session.remember.into(),
        session.auth_time.millis().into(),
        session.seen_at.millis().into(),
        session.idle_expires_at.millis().into(),
        session.expires_at.millis().into(),
        session.ip.clone().into(),
        session.user_agent.clone().into(),
    ])
}

/// That a session may begin of the user `$12` at `$5`: they may sign in, and where a password was proven, its hash, the parameter
/// `phc`, is the stored one and not locked.
///
/// On PostgreSQL, whoever changes the password or shuts the user out waits for these rows, and then finds the session to end; or
/// this waits for them, and finds what they have changed.
fn may_begin(backend: DbBackend, phc: Option<&str>) -> String {
    let lock = if backend == DbBackend::Postgres { " FOR SHARE" } else { "" };
    let active = "users.id = $12 AND users.status = 'active' AND users.deleted_at IS NULL";
    match phc {
        None => format!("EXISTS (SELECT 1 FROM users WHERE {active}{lock})"),
        Some(phc) => format!(
            "EXISTS (SELECT 1 FROM users JOIN passwords ON passwords.user_id = users.id \
             WHERE {active} AND passwords.phc = {phc} AND NOT EXISTS (SELECT 1 FROM attempts \
             WHERE attempts.user_id = $12 AND attempts.factor = 'password' AND attempts.locked_until > $5){lock})"
        ),
    }
}

fn written(factors: &[Factor]) -> Result<serde_json::Value> {
    serde_json::to_value(factors).map_err(|error| Error::unreadable("sessions", error))
}

fn read(row: session::Model) -> Result<Session> {
    Ok(Session {
        id: row.id,
        realm_id: row.realm_id,
        user_id: row.user_id,
        secret_hash: row
            .secret_hash
            .try_into()
            .map_err(|_| Error::unreadable("sessions", "a hash of another length"))?,
        factors: serde_json::from_value(row.factors).map_err(|error| Error::unreadable("sessions", error))?,
        remember: row.remember,
        auth_time: Timestamp::from_millis(row.auth_time),
        seen_at: Timestamp::from_millis(row.seen_at),
        idle_expires_at: Timestamp::from_millis(row.idle_expires_at),
        expires_at: Timestamp::from_millis(row.expires_at),
        ip: row.ip,
        user_agent: row.user_agent,
        created_at: Timestamp::from_millis(row.created_at),
    })
}
