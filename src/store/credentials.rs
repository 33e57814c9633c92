//! Passwords, and the count of wrong ones. The count is raised before a guess is checked, and is exact.

use sea_orm::FromQueryResult;
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::protocol::identifier::Identifier;
use crate::secret::Secret;

use super::sessions::LIVE;
use super::statement::Run as _;
use super::users::{self, User, WithPassword};
use super::{Db, Result, Tx};

/// A user with what is needed to check a password.
#[derive(Debug, Clone)]
pub struct PasswordAccount {
    /// The user.
    pub user: User,
    /// The password's hash as a PHC string; none where the user has no password.
    pub phc: Option<Secret>,
    /// Whether the password must be changed at the next sign-in.
    pub temporary: bool,
    /// Wrong attempts in a row.
    pub failures: u32,
    /// Until when attempts are refused.
    pub locked_until: Timestamp,
}

/// What one more failure has led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failure {
    /// Wrong attempts in a row, this one included.
    pub failures: u32,
    /// Until when attempts are refused.
    pub locked_until: Timestamp,
}

const SELECT: &str = "SELECT users.*, passwords.phc, passwords.temporary, attempts.failures, attempts.locked_until \
                      FROM users LEFT JOIN passwords ON passwords.user_id = users.id \
                      LEFT JOIN attempts ON attempts.user_id = users.id AND attempts.factor = 'password'";

impl Db {
    /// Whom `identifier` names, with their password, in one read.
    ///
    /// # Errors
    /// The database's.
    pub async fn password_account(&self, realm: Uuid, identifier: &Identifier) -> Result<Option<PasswordAccount>> {
        let row: Option<WithPassword> = self
            .one(
                &format!(
                    "{SELECT} JOIN identifiers ON identifiers.user_id = users.id \
                     WHERE identifiers.realm_id = $1 AND identifiers.kind = $2 AND identifiers.value = $3 \
                     AND users.deleted_at IS NULL"
                ),
                [realm.into(), identifier.kind().as_str().into(), identifier.canonical().into()],
            )
            .await?;
        row.map(account).transpose()
    }

    /// A user by id, with their password, in one read.
    ///
    /// # Errors
    /// The database's.
    pub async fn password_account_of(&self, realm: Uuid, user: Uuid) -> Result<Option<PasswordAccount>> {
        let row: Option<WithPassword> = self
            .one(
                &format!("{SELECT} WHERE users.realm_id = $1 AND users.id = $2 AND users.deleted_at IS NULL"),
                [realm.into(), user.into()],
            )
            .await?;
        row.map(account).transpose()
    }

    /// Whether the user's password must be changed before anything else.
    ///
    /// # Errors
    /// The database's.
    pub async fn must_change_password(&self, user: Uuid) -> Result<bool> {
        Ok(users::password(self, user).await?.is_some_and(|password| password.temporary))
    }
}

impl Tx {
    /// Replaces a user's own password, if the hash that was proven is still the stored one and the session that asks is live; says
    /// whether. A temporary one becomes their own.
    ///
    /// # Errors
    /// The database's.
    pub async fn change_password(
        &self,
        realm: Uuid,
        user: Uuid,
        proven: &Secret,
        new: &Secret,
        session: Uuid,
        now: Timestamp,
    ) -> Result<bool> {
        let sql = format!(
            "UPDATE passwords SET phc = $1, temporary = FALSE, changed_at = $2 \
             WHERE user_id = $3 AND realm_id = $4 AND phc = $5 \
             AND EXISTS (SELECT 1 FROM sessions JOIN users ON users.id = sessions.user_id \
             WHERE sessions.id = $6 AND sessions.user_id = $3 AND {LIVE})"
        );
        let values = [
            new.expose().into(),
            now.millis().into(),
            user.into(),
            realm.into(),
            proven.expose().into(),
            session.into(),
        ];
        Ok(self.change(&sql, values).await? == 1)
    }

    /// Counts a wrong password. From `limit` failures in a row on, attempts are refused until `locked_until`.
    ///
    /// # Errors
    /// The database's.
    pub async fn count_failure(
        &self,
        realm: Uuid,
        user: Uuid,
        limit: u32,
        locked_until: Timestamp,
        now: Timestamp,
    ) -> Result<Failure> {
        #[derive(FromQueryResult)]
        struct Row {
            failures: i64,
            locked_until: i64,
        }
        let row: Option<Row> = self
            .one(
                "INSERT INTO attempts (user_id, factor, realm_id, failures, locked_until, updated_at) \
                 VALUES ($1, 'password', $2, 1, CASE WHEN $3 <= 1 THEN $4 ELSE 0 END, $5) \
                 ON CONFLICT (user_id, factor) DO UPDATE SET failures = attempts.failures + 1, \
                 locked_until = CASE WHEN attempts.failures + 1 >= $3 THEN $4 ELSE attempts.locked_until END, \
                 updated_at = $5 RETURNING failures, locked_until",
                [user.into(), realm.into(), i64::from(limit).into(), locked_until.millis().into(), now.millis().into()],
            )
            .await?;
        let (failures, locked_until) = row.map_or((1, 0), |row| (row.failures, row.locked_until));
        Ok(Failure {
            failures: u32::try_from(failures).unwrap_or(u32::MAX),
            locked_until: Timestamp::from_millis(locked_until),
        })
    }

    /// Forgets the failures after a success.
    ///
    /// # Errors
    /// The database's.
    pub async fn clear_failures(&self, user: Uuid) -> Result<()> {
        self.change("DELETE FROM attempts WHERE user_id = $1 AND factor = 'password'", [user.into()]).await?;
        Ok(())
    }
}

fn account(row: WithPassword) -> Result<PasswordAccount> {
    Ok(PasswordAccount {
        user: users::read(row.user)?,
        phc: row.phc.map(Secret::from),
        temporary: row.temporary.unwrap_or(false),
        failures: u32::try_from(row.failures.unwrap_or(0)).unwrap_or(u32::MAX),
        locked_until: Timestamp::from_millis(row.locked_until.unwrap_or(0)),
    })
}
