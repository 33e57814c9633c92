//! When an account, or an application of it, was last used: for people who look at their lists. Nothing is decided by it.

use sea_orm::{FromQueryResult, Value};
use uuid::Uuid;

use crate::clock::Timestamp;

use super::statement::Run as _;
use super::{Db, Result, users};

#[derive(FromQueryResult)]
struct Number {
    number: Option<i64>,
}

impl Db {
    /// When the user's password was set; none where there is none.
    ///
    /// # Errors
    /// The database's.
    pub async fn password_set_at(&self, realm: Uuid, user: Uuid) -> Result<Option<Timestamp>> {
        let password = users::password(self, user).await?.filter(|password| password.realm_id == realm);
        Ok(password.map(|password| Timestamp::from_millis(password.changed_at)))
    }

    /// When the client last asked for tokens of the user.
    ///
    /// # Errors
    /// The database's.
    pub async fn last_token(&self, realm: Uuid, user: Uuid, client: Uuid) -> Result<Option<Timestamp>> {
        let sql =
            "SELECT MAX(rotated_at) AS number FROM families WHERE realm_id = $1 AND user_id = $2 AND client_id = $3";
        Ok(self.number(sql, [realm.into(), user.into(), client.into()]).await?.map(Timestamp::from_millis))
    }

    /// When the user last signed in.
    ///
    /// # Errors
    /// The database's.
    pub async fn last_sign_in(&self, realm: Uuid, user: Uuid) -> Result<Option<Timestamp>> {
        let sql = "SELECT MAX(at) AS number FROM events WHERE realm_id = $1 AND subject_id = $2 \
                   AND type = 'sign_in' AND outcome = 'success'";
        Ok(self.number(sql, [realm.into(), user.into()]).await?.map(Timestamp::from_millis))
    }

    /// How many users have allowed the client something.
    ///
    /// # Errors
    /// The database's.
    pub async fn connected_accounts(&self, realm: Uuid, client: Uuid) -> Result<u64> {
        let sql = "SELECT COUNT(*) AS number FROM grants WHERE realm_id = $1 AND client_id = $2";
        let count = self.number(sql, [realm.into(), client.into()]).await?;
        Ok(count.and_then(|count| u64::try_from(count).ok()).unwrap_or_default())
    }

    async fn number(&self, sql: &str, values: impl IntoIterator<Item = Value>) -> Result<Option<i64>> {
        Ok(self.one::<Number>(sql, values).await?.and_then(|row| row.number))
    }
}
