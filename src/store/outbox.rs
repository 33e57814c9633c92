//! What waits to be sent. A row is written in the transaction that calls for it; of several nodes one claims it at a time.

use entity::outbox;
use sea_orm::{FromQueryResult, Value};
use uuid::Uuid;

use crate::clock::Timestamp;

use super::keys::SealedColumn;
use super::statement::Run as _;
use super::{Db, Error, Result, Tx};

/// What is to be sent, where a row's id does not say it all.
pub const OUTBOX_PAYLOAD: SealedColumn = SealedColumn { table: "outbox", column: "payload" };

/// What a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A client is told that its user's session has ended: that of the session client with the row's id.
    BackchannelLogout,
    /// The logo of the client with the row's id is fetched.
    Logo,
}

impl Kind {
    /// As it is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BackchannelLogout => "backchannel_logout",
            Self::Logo => "logo",
        }
    }

    fn parse(text: &str) -> Result<Self> {
        match text {
            "backchannel_logout" => Ok(Self::BackchannelLogout),
            "logo" => Ok(Self::Logo),
            _ => Err(Error::unreadable("outbox", "a kind that this release does not know")),
        }
    }
}

/// Something to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The row's id.
    pub id: Uuid,
    /// The realm.
    pub realm_id: Uuid,
    /// What it is.
    pub kind: Kind,
    /// Whom it goes to.
    pub receiver: Uuid,
    /// How often it was tried, this time included.
    pub attempts: u32,
    /// When it is given up.
    pub expires_at: Timestamp,
}

#[derive(FromQueryResult)]
struct Receiver {
    receiver: Uuid,
}

impl Db {
    /// Whom something is due to, `limit` of them at most, but for those who are `busy`.
    ///
    /// # Errors
    /// The database's.
    pub async fn receivers_due(&self, now: Timestamp, busy: &[Uuid], limit: u32) -> Result<Vec<Uuid>> {
        let places: Vec<_> = (3..busy.len() + 3).map(|number| format!("${number}")).collect();
        let others =
            if busy.is_empty() { String::new() } else { format!("AND receiver NOT IN ({})", places.join(", ")) };
        let sql = format!("SELECT DISTINCT receiver FROM outbox WHERE next_at <= $1 {others} LIMIT $2");
        let values = [now.millis().into(), i64::from(limit).into()];
        let values = values.into_iter().chain(busy.iter().map(|receiver| Value::from(*receiver)));
        let rows: Vec<Receiver> = self.all(&sql, values).await?;
        Ok(rows.into_iter().map(|row| row.receiver).collect())
    }
}

impl Tx {
    /// Takes up to `limit` of what is due to `receiver`. Until `lease` nobody else does.
    ///
    /// # Errors
    /// The database's.
    pub async fn claim(&self, receiver: Uuid, limit: u32, now: Timestamp, lease: Timestamp) -> Result<Vec<Waiting>> {
        // The outer condition is asked again of a row that another node has claimed meanwhile.
        let rows: Vec<outbox::Model> = self
            .all(
                "UPDATE outbox SET attempts = attempts + 1, next_at = $1 WHERE next_at <= $2 AND id IN \
                 (SELECT id FROM outbox WHERE next_at <= $2 AND receiver = $3 ORDER BY next_at LIMIT $4) RETURNING *",
                [lease.millis().into(), now.millis().into(), receiver.into(), i64::from(limit).into()],
            )
            .await?;
        rows.iter().map(read).collect()
    }

    /// Deletes what was sent or is given up, with the session client that it was about; says whether it was still there, and not asked
    /// for anew.
    ///
    /// # Errors
    /// The database's.
    pub async fn discard(&self, waiting: &Waiting) -> Result<bool> {
        let Waiting { id, kind, expires_at, .. } = waiting;
        match kind {
            Kind::BackchannelLogout => {
                self.change("DELETE FROM session_clients WHERE id = $1", [(*id).into()]).await?;
            }
            Kind::Logo => {}
        }
        let sql = "DELETE FROM outbox WHERE id = $1 AND expires_at = $2";
        Ok(self.change(sql, [(*id).into(), expires_at.millis().into()]).await? == 1)
    }

    /// Puts off what was not sent, unless another has claimed it since; `attempts` are how many count.
    ///
    /// # Errors
    /// The database's.
    pub async fn put_off(&self, waiting: &Waiting, attempts: u32, next_at: Timestamp) -> Result<()> {
        let (counted, claimed) = (i64::from(attempts), i64::from(waiting.attempts));
        let values = [next_at.millis().into(), counted.into(), waiting.id.into(), claimed.into()];
        self.change("UPDATE outbox SET next_at = $1, attempts = $2 WHERE id = $3 AND attempts = $4", values).await?;
        Ok(())
    }
}

fn read(row: &outbox::Model) -> Result<Waiting> {
    Ok(Waiting {
        id: row.id,
        realm_id: row.realm_id,
        kind: Kind::parse(&row.kind)?,
        receiver: row.receiver,
        attempts: u32::try_from(row.attempts).unwrap_or(u32::MAX),
        expires_at: Timestamp::from_millis(row.expires_at),
    })
}
