//! The step that asks for identifier and password.
//!
//! Known and unknown accounts take the same way: the same limits, one read, one hash, one write.

use std::time::Duration;

use crate::clock::Timestamp;
use crate::config;
use crate::credentials::password::{PasswordError, Passwords, Verdict};
use crate::ephemeral::limits::{Action, Counted, Limited, Limiter};
use crate::protocol::acr::Amr;
use crate::protocol::identifier::Identifier;
use crate::random::Random;
use crate::secret::Secret;
use crate::session::{Beginning, Secrets, Sessions};
use crate::store::credentials::PasswordAccount;
use crate::store::events::{Actor, Event, EventType, Origin};
use crate::store::realms::Realm;
use crate::store::sessions::Session;
use crate::store::users::Status;
use crate::store::{self, Db};

/// What was typed, and where.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// The identifier.
    pub identifier: String,
    /// The password.
    pub password: Secret,
    /// Whether to stay signed in.
    pub remember: bool,
    /// Where the request came from, for the record.
    pub origin: Origin,
    /// What attempts are counted by: an IPv4 address or the /64 of an IPv6 address.
    pub limit_subject: String,
    /// When.
    pub now: Timestamp,
}

/// What became of it.
#[derive(Debug)]
pub enum Outcome {
    /// A session has begun, in which more may be due; the browser holds these secrets from now on.
    SignedIn(Box<Session>, Secrets),
    /// Wrong identifier or password, or the account is shut out or locked: which of them is not told.
    Wrong,
    /// Too many attempts.
    Limited {
        /// When to try again.
        retry_after: Duration,
    },
    /// The server is busy with other passwords.
    Busy {
        /// When to try again.
        retry_after: Duration,
    },
}

/// What became of one comparison.
enum Tried {
    /// A session has begun.
    SignedIn(Box<Session>, Secrets),
    /// It has not, and the account as it is by now.
    Refused(Verdict, Option<Box<PasswordAccount>>),
    /// Right, but another hash is stored by now: of a new password, or another sign-in's better one of the same.
    Overtaken(Box<PasswordAccount>),
    /// The server is busy with other passwords.
    Busy { retry_after: Duration },
}

/// Signs users in by password.
#[derive(Debug, Clone)]
pub struct PasswordSignIn {
    /// The database.
    pub db: Db,
    /// Sessions.
    pub sessions: Sessions,
    /// Password hashes.
    pub passwords: Passwords,
    /// Rate limits.
    pub limiter: Limiter,
    /// Randomness.
    pub random: Random,
    /// How much is too much.
    pub limits: config::Limits,
    /// What follows wrong passwords.
    pub lockout: config::SignIn,
}

impl PasswordSignIn {
    /// Tries a password.
    ///
    /// # Errors
    /// The database's.
    pub async fn attempt(&self, realm: &Realm, secrets: &Secrets, attempt: Attempt) -> store::Result<Outcome> {
        let counted = match self.count(realm, &attempt).await {
            Ok(counted) => counted,
            Err(Limited { retry_after }) => return Ok(Outcome::Limited { retry_after }),
        };
        let account = self.account(realm, &attempt.identifier).await?;
        let mut tried = self.try_once(realm, secrets, &attempt, account).await?;
        if let Tried::Overtaken(again) = tried {
            tried = self.try_once(realm, secrets, &attempt, Some(*again)).await?;
        }
        let (verdict, account) = match tried {
            Tried::SignedIn(session, secrets) => {
                self.forgive(&counted, attempt.now).await;
                return Ok(Outcome::SignedIn(session, secrets));
            }
            Tried::Busy { retry_after } => {
                self.forgive(&counted, attempt.now).await;
                return Ok(Outcome::Busy { retry_after });
            }
            Tried::Refused(verdict, account) => (verdict, account.map(|account| *account)),
            Tried::Overtaken(account) => (Verdict::Matched { needs_rehash: false }, Some(*account)),
        };
        self.fail(realm, &attempt, verdict, account).await.map(|()| Outcome::Wrong)
    }

    /// Compares the password with the hash that was read, and begins a session if that is what is stored then, too.
    async fn try_once(
        &self,
        realm: &Realm,
        secrets: &Secrets,
        attempt: &Attempt,
        account: Option<PasswordAccount>,
    ) -> store::Result<Tried> {
        let stored = account.as_ref().and_then(|account| account.phc.as_ref()).map(Secret::expose);
        let verdict = match self.passwords.verify(&attempt.password, stored).await {
            Ok(verdict) => verdict,
            Err(PasswordError::Busy { retry_after }) => return Ok(Tried::Busy { retry_after }),
            Err(PasswordError::TooLong { .. }) => Verdict::Wrong,
            Err(error) => {
                tracing::error!(%error, "a password could not be checked");
                Verdict::Wrong
            }
        };
        let (Verdict::Matched { needs_rehash }, Some(proven)) = (verdict, &account) else {
            return Ok(Tried::Refused(verdict, account.map(Box::new)));
        };
        // One that is locked or shut out costs what a wrong password costs.
        if !may_sign_in(proven, attempt.now) {
            return Ok(Tried::Refused(verdict, account.map(Box::new)));
        }
        if let Some((session, secrets)) = self.begin(realm, secrets, attempt, proven).await? {
            self.tidy_up(proven, &attempt.password, needs_rehash).await?;
            return Ok(Tried::SignedIn(Box::new(session), secrets));
        }
        Ok(match self.db.password_account_of(realm.id, proven.user.id).await? {
            Some(again) if again.phc != proven.phc => Tried::Overtaken(Box::new(again)),
            again => Tried::Refused(verdict, again.map(Box::new)),
        })
    }

    async fn count(&self, realm: &Realm, attempt: &Attempt) -> Result<[Counted; 2], Limited> {
        let (subject, now) = (attempt.limit_subject.as_str(), attempt.now);
        let pair = format!("{subject} {}", attempt.identifier.to_lowercase());
        let by_address =
            self.limiter.count(realm.id, Action::SignInAddress, subject, self.limits.sign_in_address, now).await?;
        let by_pair = self.limiter.count(realm.id, Action::SignIn, &pair, self.limits.sign_in, now).await?;
        Ok([by_address, by_pair])
    }

    async fn forgive(&self, counted: &[Counted], now: Timestamp) {
        for counted in counted {
            self.limiter.forgive(counted, now).await;
        }
    }

    async fn account(&self, realm: &Realm, identifier: &str) -> store::Result<Option<PasswordAccount>> {
        match Identifier::guess(identifier) {
            Ok(identifier) => self.db.password_account(realm.id, &identifier).await,
            Err(_) => Ok(None),
        }
    }

    /// Begins the session of a user who has proven this password; none where it was changed, or the account locked or shut out,
    /// while it was compared.
    async fn begin(
        &self,
        realm: &Realm,
        secrets: &Secrets,
        attempt: &Attempt,
        proven: &PasswordAccount,
    ) -> store::Result<Option<(Session, Secrets)>> {
        let beginning = Beginning {
            user: proven.user.id,
            factors: vec![Amr::Password],
            proven: proven.phc.clone(),
            remember: attempt.remember,
            origin: attempt.origin.clone(),
            now: attempt.now,
        };
        self.sessions.begin(realm, secrets, beginning).await
    }

    /// Only now that the session has begun: what locks the account is not forgotten before.
    async fn tidy_up(&self, account: &PasswordAccount, password: &Secret, needs_rehash: bool) -> store::Result<()> {
        let user = account.user.id;
        if account.failures > 0 {
            self.db.write(async move |tx| tx.clear_failures(user).await).await?;
        }
        if needs_rehash { self.rehash(account, password).await } else { Ok(()) }
    }

    /// A hash with yesterday's parameters is replaced while the password is at hand; where that fails it is tried next time.
    async fn rehash(&self, account: &PasswordAccount, password: &Secret) -> store::Result<()> {
        let Some(old) = account.phc.clone() else { return Ok(()) };
        if let Ok(new) = self.passwords.hash(password, &self.random).await {
            let user = account.user.id;
            self.db.write(async move |tx| tx.rehash_password(user, &old, &new).await).await?;
        }
        Ok(())
    }

    async fn fail(
        &self,
        realm: &Realm,
        attempt: &Attempt,
        verdict: Verdict,
        account: Option<PasswordAccount>,
    ) -> store::Result<()> {
        let now = attempt.now;
        let reason = match (&account, verdict) {
            (None, _) => "unknown_account",
            (Some(account), _) if account.locked_until > now => "account_locked",
            (Some(account), _) if account.user.status != Status::Active => "account_disabled",
            (Some(_), _) => "wrong_password",
        };
        let event = |event_type| {
            let event = Event::new(self.random.id(now), realm.id, event_type, now, Actor::Anonymous);
            event.from_origin(&attempt.origin)
        };
        let failed = event(EventType::SignIn).failed(reason);
        let locked = event(EventType::AccountLocked);
        let wrong = (verdict == Verdict::Wrong).then_some(account).flatten().map(|account| account.user.id);
        let realm = realm.id;
        let (limit, until) = (self.lockout.lockout_limit(), now + self.lockout.lockout_duration.duration());
        self.db
            .write(async move |tx| {
                let Some(user) = wrong else { return tx.record(&failed).await };
                let failure = tx.count_failure(realm, user, limit, until, now).await?;
                if failure.failures == limit {
                    tx.record(&locked.clone().about(user)).await?;
                }
                tx.record(&failed.clone().about(user)).await
            })
            .await
    }
}

fn may_sign_in(account: &PasswordAccount, now: Timestamp) -> bool {
    account.user.status == Status::Active && account.locked_until <= now
}
