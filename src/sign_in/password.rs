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
        let stored = account.as_ref().and_then(|account| account.phc.as_ref()).map(Secret::expose);
        let verdict = match self.passwords.verify(&attempt.password, stored).await {
            Ok(verdict) => verdict,
            Err(PasswordError::Busy { retry_after }) => {
                self.forgive(&counted, attempt.now).await;
                return Ok(Outcome::Busy { retry_after });
            }
            Err(PasswordError::TooLong { .. }) => Verdict::Wrong,
            Err(error) => {
                tracing::error!(%error, "a password could not be checked");
                Verdict::Wrong
            }
        };
        match (verdict, account) {
            (Verdict::Matched { needs_rehash }, Some(account)) if self.may_sign_in(&account, attempt.now).await? => {
                self.forgive(&counted, attempt.now).await;
                self.succeed(realm, secrets, attempt, account, needs_rehash).await
            }
            (verdict, account) => self.fail(realm, &attempt, verdict, account).await.map(|()| Outcome::Wrong),
        }
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

    /// Read again after the hash: guesses that were made side by side may have locked the account meanwhile.
    async fn may_sign_in(&self, account: &PasswordAccount, now: Timestamp) -> store::Result<bool> {
        let again = self.db.password_account_of(account.user.realm_id, account.user.id).await?;
        Ok(again.is_some_and(|again| {
            again.user.status == Status::Active && again.locked_until <= now && again.phc == account.phc
        }))
    }

    async fn succeed(
        &self,
        realm: &Realm,
        secrets: &Secrets,
        attempt: Attempt,
        account: PasswordAccount,
        needs_rehash: bool,
    ) -> store::Result<Outcome> {
        let user = account.user.id;
        if account.failures > 0 {
            self.db.write(async move |tx| tx.clear_failures(user).await).await?;
        }
        if needs_rehash {
            self.rehash(&account, &attempt.password).await?;
        }
        let beginning = Beginning {
            user,
            factors: vec![Amr::Password],
            remember: attempt.remember,
            origin: attempt.origin,
            now: attempt.now,
        };
        let (session, secrets) = self.sessions.begin(realm, secrets, beginning).await?;
        Ok(Outcome::SignedIn(Box::new(session), secrets))
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
