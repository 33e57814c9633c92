//! Sessions: which accounts are signed in in a browser.
//!
//! Owns: beginning a session (pending, until `sign_in` says that nothing is due), raising and ending it, which clients have to hear
//! of its end, and the secrets that a browser's cookie holds. Does not own: the cookie itself, or what a session may open. That its
//! clients are told is part of the statements that end a session (`store`): nobody can end one without.

mod end;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use uuid::Uuid;

use crate::clock::Timestamp;
use crate::config::Lifetimes;
use crate::protocol::acr::Amr;
use crate::random::Random;
use crate::secret::Secret;
use crate::store::events::{Actor, Event, EventType, Origin};
use crate::store::realms::Realm;
use crate::store::sessions::{Factor, Live, Session};
use crate::store::{Db, Result, Tx};

use end::end_recorded;

pub use end::Joining;

/// The most accounts signed in in one browser.
pub const MAX_ACCOUNTS: usize = 5;
/// Use is noted to the minute: a session in use costs no write a request.
const NOTED_EVERY: Duration = Duration::from_mins(1);

/// The secrets of a browser's sessions; the first one's account is active.
#[derive(Debug, Clone, Default)]
pub struct Secrets(Vec<Secret>);

/// What begins a session.
#[derive(Debug, Clone)]
pub struct Beginning {
    /// Who signs in.
    pub user: Uuid,
    /// What they have shown.
    pub factors: Vec<Amr>,
    /// The hash of the password that they have shown; none where they have just set it.
    pub proven: Option<Secret>,
    /// Whether it stays when the browser closes.
    pub remember: bool,
    /// Where the request came from.
    pub origin: Origin,
    /// When.
    pub now: Timestamp,
}

/// Sessions.
#[derive(Debug, Clone)]
pub struct Sessions {
    db: Db,
    random: Random,
    lifetimes: Lifetimes,
    seen: Arc<Mutex<HashMap<Uuid, (Timestamp, Timestamp)>>>,
}

impl Secrets {
    /// From the cookie's value: secrets joined by dots. What is not of the right form is left out.
    pub fn from_cookie(value: &str) -> Self {
        Self(value.split('.').filter(|text| is_secret(text)).take(MAX_ACCOUNTS).map(Secret::from).collect())
    }

    /// The cookie's value.
    pub fn to_cookie(&self) -> String {
        self.0.iter().map(Secret::expose).collect::<Vec<_>>().join(".")
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn put_first(&mut self, secret: Secret) {
        self.0.retain(|held| *held != secret);
        self.0.insert(0, secret);
        self.0.truncate(MAX_ACCOUNTS);
    }
}

fn is_secret(text: &str) -> bool {
    text.len() == 43 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

impl Sessions {
    /// Sessions with these lifetimes.
    pub fn new(db: Db, random: Random, lifetimes: Lifetimes) -> Self {
        Self { db, random, lifetimes, seen: Arc::default() }
    }

    /// The account that is active in this browser, in one read.
    ///
    /// # Errors
    /// The database's.
    pub async fn active(&self, realm: &Realm, secrets: &Secrets, now: Timestamp) -> Result<Option<Live>> {
        let Some(secret) = secrets.0.first() else { return Ok(None) };
        self.account(realm, secret, now).await
    }

    /// Every account of this browser whose session is live, the active one first.
    ///
    /// # Errors
    /// The database's.
    pub async fn accounts(&self, realm: &Realm, secrets: &Secrets, now: Timestamp) -> Result<Vec<Live>> {
        let mut accounts = Vec::with_capacity(secrets.0.len());
        for secret in &secrets.0 {
            accounts.extend(self.account(realm, secret, now).await?);
        }
        Ok(accounts)
    }

    async fn account(&self, realm: &Realm, secret: &Secret, now: Timestamp) -> Result<Option<Live>> {
        let found = self.db.session(realm.id, secret.sha256(), now).await?;
        if let Some(live) = &found {
            self.note(&live.session, now);
        }
        Ok(found)
    }

    /// Signs a user in, where more may still be due, and makes that session the active one. A session that the same user has in
    /// this browser goes on, with what they have shown just now: its applications stay signed in. Every secret of the browser is
    /// renewed, an account beyond [`MAX_ACCOUNTS`] is signed out, and the event is recorded, in one transaction. None, and nothing
    /// of it, where the user may not sign in any more, or not with what was proven: it was changed or locked meanwhile.
    ///
    /// # Errors
    /// The database's.
    pub async fn begin(
        &self,
        realm: &Realm,
        secrets: &Secrets,
        beginning: Beginning,
    ) -> Result<Option<(Session, Secrets)>> {
        let now = beginning.now;
        let others = self.accounts(realm, secrets, now).await?;
        let (own, mut kept): (Vec<_>, Vec<_>) =
            others.into_iter().partition(|account| account.session.user_id == beginning.user);
        let too_many = kept.split_off(kept.len().min(MAX_ACCOUNTS - 1));
        let endings: Vec<_> = too_many.iter().map(|account| self.ending(account, &beginning)).collect();
        let secret = Secret::from(self.random.text::<32>());
        let new = self.new_session(realm, &beginning, &secret);
        let earlier = own.into_iter().next().map(|account| account.session);
        let event = Event::new(self.random.id(now), realm.id, EventType::SignIn, now, Actor::User(beginning.user))
            .about(beginning.user)
            .from_origin(&beginning.origin);
        let renewals = self.renewals(&kept);
        let mut renewed = Secrets(renewals.iter().map(|renewal| renewal.new.clone()).collect());
        renewed.put_first(secret);
        let proven = beginning.proven;
        let begun = self.db.write(async move |tx| {
            let Some(session) = go_on(tx, earlier.as_ref(), &new, proven.as_ref()).await? else { return Ok(None) };
            for (session, event) in &endings {
                end_recorded(tx, session, event, now).await?;
            }
            for renewal in &renewals {
                tx.renew_session(&renewal.session, renewal.old).await?;
            }
            tx.record(&event.clone().in_session(session.id)).await?;
            Ok(Some(session))
        });
        Ok(begun.await?.map(|session| (session, renewed)))
    }

    /// Adds a factor to a session, which gets a new secret as every other of the browser does; none where the session has
    /// ended meanwhile.
    ///
    /// # Errors
    /// The database's.
    pub async fn raise(
        &self,
        realm: &Realm,
        secrets: &Secrets,
        session: Uuid,
        factors: &[Amr],
        now: Timestamp,
    ) -> Result<Option<Secrets>> {
        let accounts = self.accounts(realm, secrets, now).await?;
        if !accounts.iter().any(|account| account.session.id == session) {
            return Ok(None);
        }
        let mut renewals = self.renewals(&accounts);
        for renewal in renewals.iter_mut().filter(|renewal| renewal.session.id == session) {
            for amr in factors {
                renewal.session.factors.retain(|factor| factor.amr != *amr);
                renewal.session.factors.push(Factor { amr: *amr, at: now });
            }
            renewal.session.auth_time = now;
            renewal.session.seen_at = now;
            renewal.session.idle_expires_at = self.idle_end(renewal.session.remember, now);
        }
        let renewed = Secrets(renewals.iter().map(|renewal| renewal.new.clone()).collect());
        let won = self
            .db
            .write(async move |tx| {
                let mut won = true;
                for renewal in &renewals {
                    won &= tx.renew_session(&renewal.session, renewal.old).await?;
                }
                Ok(won)
            })
            .await?;
        Ok(won.then_some(renewed))
    }

    /// Makes the account of `session` the active one of the browser; none where it is not signed in here.
    ///
    /// # Errors
    /// The database's.
    pub async fn activate(
        &self,
        realm: &Realm,
        secrets: &Secrets,
        session: Uuid,
        now: Timestamp,
    ) -> Result<Option<Secrets>> {
        for secret in &secrets.0 {
            if let Some(account) = self.account(realm, secret, now).await?
                && account.session.id == session
            {
                let mut reordered = secrets.clone();
                reordered.put_first(secret.clone());
                return Ok(Some(reordered));
            }
        }
        Ok(None)
    }

    /// What is left of the browser's secrets: those whose sessions are live.
    ///
    /// # Errors
    /// The database's.
    pub async fn without_ended(&self, realm: &Realm, secrets: &Secrets, now: Timestamp) -> Result<Secrets> {
        let mut left = Vec::with_capacity(secrets.0.len());
        for secret in &secrets.0 {
            if self.db.session(realm.id, secret.sha256(), now).await?.is_some() {
                left.push(secret.clone());
            }
        }
        Ok(Secrets(left))
    }

    /// Writes down when sessions were last used; says how many.
    ///
    /// # Errors
    /// The database's; what was to be written is kept for the next time.
    pub async fn flush_seen(&self) -> Result<usize> {
        let noted = std::mem::take(&mut *self.seen.lock().unwrap_or_else(PoisonError::into_inner));
        if noted.is_empty() {
            return Ok(0);
        }
        let rows: Vec<_> = noted.iter().map(|(id, times)| (*id, *times)).collect();
        let written = self
            .db
            .write(async move |tx| {
                for (id, (seen_at, idle_end)) in &rows {
                    tx.touch_session(*id, *seen_at, *idle_end).await?;
                }
                Ok(rows.len())
            })
            .await;
        if written.is_err() {
            let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            for (id, times) in noted {
                seen.entry(id).or_insert(times);
            }
        }
        written
    }

    fn note(&self, session: &Session, now: Timestamp) {
        if now.since(session.seen_at) >= NOTED_EVERY {
            let idle_end = self.idle_end(session.remember, now);
            self.seen.lock().unwrap_or_else(PoisonError::into_inner).insert(session.id, (now, idle_end));
        }
    }

    fn new_session(&self, realm: &Realm, beginning: &Beginning, secret: &Secret) -> Session {
        let now = beginning.now;
        Session {
            id: self.random.id(now),
            realm_id: realm.id,
            user_id: beginning.user,
            secret_hash: secret.sha256(),
            factors: beginning.factors.iter().map(|amr| Factor { amr: *amr, at: now }).collect(),
            remember: beginning.remember,
            auth_time: now,
            seen_at: now,
            idle_expires_at: self.idle_end(beginning.remember, now),
            expires_at: now + self.lifetimes.session_absolute.duration(),
            ip: beginning.origin.ip.clone(),
            user_agent: beginning.origin.user_agent.clone(),
            created_at: now,
        }
    }

    fn idle_end(&self, remember: bool, now: Timestamp) -> Timestamp {
        let idle = if remember { self.lifetimes.remember_idle } else { self.lifetimes.session_idle };
        now + idle.duration()
    }

    /// A new secret for each of `accounts`.
    fn renewals(&self, accounts: &[Live]) -> Vec<Renewal> {
        accounts
            .iter()
            .map(|account| {
                let new = Secret::from(self.random.text::<32>());
                let session = Session { secret_hash: new.sha256(), ..account.session.clone() };
                Renewal { old: account.session.secret_hash, session, new }
            })
            .collect()
    }
}

/// Stores `new` in the place of an earlier session of the same user, else as one of its own; none where it may not begin.
async fn go_on(tx: &Tx, earlier: Option<&Session>, new: &Session, proven: Option<&Secret>) -> Result<Option<Session>> {
    if let Some(earlier) = earlier {
        let session = Session { id: earlier.id, created_at: earlier.created_at, ..new.clone() };
        if tx.resume_session(&session, earlier.secret_hash, proven).await? {
            return Ok(Some(session));
        }
    }
    Ok(tx.create_session(new, proven).await?.then(|| new.clone()))
}

/// A session's change of secret.
struct Renewal {
    session: Session,
    old: [u8; 32],
    new: Secret,
}
