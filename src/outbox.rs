//! What waits to be sent: claimed by one node at a time, tried again after pauses that grow, given up in its time.
//!
//! Owns when something is tried, and for how long. A row is written in the transaction that calls for it (`store`); what is sent,
//! and how, is for `jobs`.

use std::time::Duration;

use uuid::Uuid;

use crate::clock::Timestamp;
use crate::config;
use crate::random::Random;
use crate::store::events::{Actor, Event, EventType};
use crate::store::outbox::Waiting;
use crate::store::{Db, Result};

/// Who has claimed something has sent it by the end of the longest request and this, or is gone.
const MARGIN: Duration = Duration::from_mins(1);
/// The pause after the first try in vain; each further one is three times as long, to an hour.
const FIRST_PAUSE: Duration = Duration::from_secs(5);
const LAST_PAUSE: Duration = Duration::from_hours(1);

/// What waits to be sent; clones share the database.
#[derive(Debug, Clone)]
pub struct Outbox {
    db: Db,
    random: Random,
    lease: Duration,
}

impl Outbox {
    /// The outbox of this database; requests end as `outgoing` says.
    pub fn new(db: Db, random: Random, outgoing: &config::Outgoing) -> Self {
        let longest = outgoing.connect_timeout.duration() + outgoing.timeout.duration();
        Self { db, random, lease: longest + MARGIN }
    }

    /// Whom something is due to, `limit` of them at most, but for those who are `busy`. One read.
    ///
    /// # Errors
    /// The database's.
    pub async fn receivers(&self, busy: &[Uuid], limit: u32, now: Timestamp) -> Result<Vec<Uuid>> {
        self.db.receivers_due(now, busy, limit).await
    }

    /// Takes up to `limit` of what is due to `receiver`: of several nodes one sends it.
    ///
    /// # Errors
    /// The database's.
    pub async fn claim(&self, receiver: Uuid, limit: u32, now: Timestamp) -> Result<Vec<Waiting>> {
        let lease = now + self.lease;
        self.db.write(async move |tx| tx.claim(receiver, limit, now, lease).await).await
    }

    /// It was sent, or there is nobody left to send it to.
    ///
    /// # Errors
    /// The database's.
    pub async fn done(&self, waiting: Waiting) -> Result<()> {
        self.db.write(async move |tx| tx.discard(&waiting).await).await.map(|_| ())
    }

    /// It was sent in vain, and will be again; false where its time is over, and it is to be given up.
    ///
    /// # Errors
    /// The database's.
    pub async fn again(&self, waiting: &Waiting, now: Timestamp) -> Result<bool> {
        let next_at = now + pause(waiting.attempts);
        if next_at >= waiting.expires_at {
            return Ok(false);
        }
        self.put_off(waiting, waiting.attempts, next_at).await?;
        Ok(true)
    }

    /// There was no room to send it: that was no try.
    ///
    /// # Errors
    /// The database's.
    pub async fn not_yet(&self, waiting: &Waiting, now: Timestamp) -> Result<()> {
        self.put_off(waiting, waiting.attempts.saturating_sub(1), now + FIRST_PAUSE).await
    }

    async fn put_off(&self, waiting: &Waiting, attempts: u32, next_at: Timestamp) -> Result<()> {
        let waiting = waiting.clone();
        self.db.write(async move |tx| tx.put_off(&waiting, attempts, next_at).await).await
    }

    /// A logout notice will not be sent again, which is recorded, with the session that it is about.
    ///
    /// # Errors
    /// The database's.
    pub async fn give_up(&self, waiting: Waiting, session: Uuid, why: &'static str, now: Timestamp) -> Result<()> {
        let id = self.random.id(now);
        let event = Event::new(id, waiting.realm_id, EventType::LogoutUndelivered, now, Actor::Operator);
        let event = event.with_client(waiting.receiver).failed(why);
        let user = self.db.user_of_session(waiting.realm_id, session).await?;
        let event = Event { subject: user, ..event.in_session(session) };
        let event = event.with_data(serde_json::json!({ "attempts": waiting.attempts }));
        self.db.write(async move |tx| if tx.discard(&waiting).await? { tx.record(&event).await } else { Ok(()) }).await
    }
}

/// How long after its `attempts`-th try something is tried again.
fn pause(attempts: u32) -> Duration {
    let factor = 3_u32.saturating_pow(attempts.saturating_sub(1).min(16));
    FIRST_PAUSE.saturating_mul(factor).min(LAST_PAUSE)
}
