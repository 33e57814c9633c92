//! Setting a password: an owner's own, or one that an operator gives.

use uuid::Uuid;

use crate::credentials::password::Verdict;
use crate::locale::Message;
use crate::protocol::identifier::Identifier;
use crate::secret::Secret;
use crate::store::credentials::PasswordAccount;
use crate::store::events::{By, EventType};

use super::fault::{self, Fault};
use super::{Error, NewPassword, Result, Users};

/// What an owner fills in to change their password.
#[derive(Debug, Clone)]
pub struct PasswordChange {
    /// The present password; not asked for where that is a temporary one.
    pub current: Option<Secret>,
    /// The new one.
    pub new: Secret,
    /// The session in which this happens: it has to be live, and goes on.
    pub session: Uuid,
    /// Whether every other session ends.
    pub end_others: bool,
}

/// On what a new password rests.
#[derive(Debug)]
enum Basis {
    /// Its owner has proven the password with this hash, in this session: both have to stand still when it is written.
    Proof { phc: Secret, session: Uuid },
    /// Somebody gives it to them, whatever was before.
    Gift { temporary: bool },
}

/// Which of a user's sessions end with a change.
#[derive(Debug, Clone, Copy)]
enum Ending {
    /// None.
    Nothing,
    /// All but this one.
    Others(Uuid),
    /// All.
    Everything,
}

impl Users {
    /// Changes a user's own password. The present one is proven first, unless it is temporary: wrong ones count as they do at
    /// the sign-in. What somebody else has changed or ended meanwhile stays so.
    ///
    /// # Errors
    /// [`Error::Invalid`]; [`Error::Locked`]; [`Error::Changed`]; [`Error::SignedOut`]; [`Error::NotFound`]; the password pool's;
    /// the database's.
    pub async fn change_password(&self, realm: Uuid, user: Uuid, change: PasswordChange, by: &By) -> Result<()> {
        let account = self.db.password_account_of(realm, user).await?.ok_or(Error::NotFound)?;
        fault::all(self.own_password_fault("new_password", &change.new, user).await?)?;
        if !account.temporary {
            self.prove(&account, change.current.as_ref(), by).await?;
        }
        self.refuse_same(&account, &change.new).await?;
        let phc = self.passwords.hash(&change.new, &self.random).await?;
        let session = change.session;
        let ending = if change.end_others { Ending::Others(session) } else { Ending::Nothing };
        let basis = Basis::Proof { phc: account.phc.ok_or(Error::NotFound)?, session };
        if self.store_password(realm, user, phc, basis, ending, by).await? {
            return Ok(());
        }
        let live = self.db.sessions_of(realm, user, by.at).await?;
        Err(if live.iter().any(|live| live.id == session) { Error::Changed } else { Error::SignedOut })
    }

    /// Sets a user's password for them, forgets wrong attempts, and ends every session where asked to. A user who was invited
    /// is let in.
    ///
    /// # Errors
    /// [`Error::Invalid`]; [`Error::NotFound`]; the password pool's; the database's.
    pub async fn set_password(
        &self,
        realm: Uuid,
        user: Uuid,
        new: NewPassword,
        end_sessions: bool,
        by: &By,
    ) -> Result<()> {
        let user = self.user(realm, user).await?;
        fault::all(self.own_password_fault("password", &new.password, user.id).await?)?;
        let phc = self.passwords.hash(&new.password, &self.random).await?;
        let ending = if end_sessions { Ending::Everything } else { Ending::Nothing };
        let basis = Basis::Gift { temporary: new.temporary };
        self.store_password(realm, user.id, phc, basis, ending, by).await.map(drop)
    }

    async fn own_password_fault(&self, field: &'static str, password: &Secret, user: Uuid) -> Result<Option<Fault>> {
        let identifiers = self.db.identifiers(user).await?;
        let own = identifiers.iter().filter_map(|one| Identifier::parse(one.kind, &one.display).ok());
        Ok(self.password_fault(field, password, &own.collect::<Vec<_>>()))
    }

    /// Compares the present password, within the limits of the sign-in.
    async fn prove(&self, account: &PasswordAccount, current: Option<&Secret>, by: &By) -> Result<()> {
        refuse_locked(account, by)?;
        let current = current.filter(|current| !current.expose().is_empty());
        let missing = || Fault::new("current_password", Message::new("error-password-missing"));
        let current = current.ok_or_else(|| Error::Invalid(vec![missing()]))?;
        let stored = account.phc.as_ref().map(Secret::expose);
        if matches!(self.passwords.verify(current, stored).await?, Verdict::Matched { .. }) {
            // Guesses that were made side by side may have locked the account meanwhile.
            let again = self.db.password_account_of(account.user.realm_id, account.user.id).await?;
            return refuse_locked(&again.ok_or(Error::NotFound)?, by);
        }
        self.count_failure(account, by).await?;
        Err(Error::Invalid(vec![Fault::new("current_password", Message::new("error-password-wrong"))]))
    }

    async fn count_failure(&self, account: &PasswordAccount, by: &By) -> Result<()> {
        let (realm, user, now) = (account.user.realm_id, account.user.id, by.at);
        let limit = self.lockout.lockout_limit();
        let locked_until = now + self.lockout.lockout_duration.duration();
        let failed = self.event(by, realm, EventType::PasswordChanged, user).failed("wrong_password");
        let locked = self.event(by, realm, EventType::AccountLocked, user);
        self.db
            .write(async move |tx| {
                let failure = tx.count_failure(realm, user, limit, locked_until, now).await?;
                tx.record(&failed).await?;
                if failure.failures == limit { tx.record(&locked).await } else { Ok(()) }
            })
            .await?;
        Ok(())
    }

    /// A temporary password that is "changed" to itself would stay known to whoever gave it.
    async fn refuse_same(&self, account: &PasswordAccount, new: &Secret) -> Result<()> {
        let Some(phc) = &account.phc else { return Ok(()) };
        match self.passwords.verify(new, Some(phc.expose())).await? {
            Verdict::Matched { .. } => {
                Err(Error::Invalid(vec![Fault::new("new_password", Message::new("error-password-same"))]))
            }
            Verdict::Wrong => Ok(()),
        }
    }

    /// Writes a password with all that goes with it, or nothing where its basis is gone; says whether.
    async fn store_password(
        &self,
        realm: Uuid,
        user: Uuid,
        phc: Secret,
        basis: Basis,
        ending: Ending,
        by: &By,
    ) -> Result<bool> {
        let data = serde_json::json!({ "temporary": matches!(basis, Basis::Gift { temporary: true }) });
        let changed = self.event(by, realm, EventType::PasswordChanged, user).with_data(data);
        let ended = self.event(by, realm, EventType::SessionEnded, user);
        let enabled = self.event(by, realm, EventType::UserEnabled, user);
        let now = by.at;
        let stored = self
            .db
            .write(async move |tx| {
                match &basis {
                    Basis::Gift { temporary } => tx.set_password(realm, user, &phc, *temporary, now).await?,
                    Basis::Proof { phc: proven, session } => {
                        if !tx.change_password(realm, user, proven, &phc, *session, now).await? {
                            return Ok(false);
                        }
                    }
                }
                tx.clear_failures(user).await?;
                tx.record(&changed).await?;
                if tx.activate_invited(realm, user, now).await? {
                    tx.record(&enabled).await?;
                }
                let except = match ending {
                    Ending::Nothing => return Ok(true),
                    Ending::Others(own) => Some(own),
                    Ending::Everything => None,
                };
                let count = tx.end_sessions_of(realm, user, except, now).await?;
                if count > 0 {
                    tx.record(&ended.clone().with_data(serde_json::json!({ "count": count }))).await?;
                }
                Ok(true)
            })
            .await?;
        Ok(stored)
    }
}

fn refuse_locked(account: &PasswordAccount, by: &By) -> Result<()> {
    if account.locked_until <= by.at {
        return Ok(());
    }
    Err(Error::Locked { retry_after: account.locked_until.since(by.at) })
}
