//! Links that work once. Only the hash of a link's token is kept.

use entity::one_time;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use serde_json::Value as Json;
use uuid::Uuid;

use crate::clock::Timestamp;

use super::statement::Run as _;
use super::users::HAS_ADMINISTRATOR;
use super::{Db, Result, Tx};

/// What a link is for. Part of every look-up, so that a link of one kind is never taken for one of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Makes the realm's first administrator.
    Administrator,
    /// Lets an invited user choose a password.
    Invitation,
}

impl Kind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::Invitation => "invitation",
        }
    }
}

/// A link.
#[derive(Debug, Clone)]
pub struct OneTime {
    /// The row's id.
    pub id: Uuid,
    /// The realm.
    pub realm_id: Uuid,
    /// What it is for.
    pub kind: Kind,
    /// SHA-256 of its token.
    pub token_hash: [u8; 32],
    /// Whom it is for.
    pub user_id: Option<Uuid>,
    /// What else belongs to it.
    pub data: Json,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Db {
    /// Whom and what a live link is for, without using it up: to show its page.
    ///
    /// # Errors
    /// The database's.
    pub async fn one_time(
        &self,
        realm: Uuid,
        kind: Kind,
        token_hash: [u8; 32],
        now: Timestamp,
    ) -> Result<Option<(Option<Uuid>, Json)>> {
        let row = one_time::Entity::find()
            .filter(one_time::Column::TokenHash.eq(token_hash.to_vec()))
            .filter(one_time::Column::RealmId.eq(realm))
            .filter(one_time::Column::Kind.eq(kind.as_str()))
            .filter(one_time::Column::UsedAt.is_null())
            .filter(one_time::Column::ExpiresAt.gt(now.millis()))
            .one(self.reader())
            .await?;
        Ok(row.map(|row| (row.user_id, row.data)))
    }

    /// The hash of the administrator link that was last printed, and when that was: what a start must know to be the one that
    /// replaces it.
    ///
    /// # Errors
    /// The database's.
    pub async fn administrator_link(&self, realm: Uuid) -> Result<Option<(Vec<u8>, Timestamp)>> {
        let row = one_time::Entity::find()
            .filter(one_time::Column::RealmId.eq(realm))
            .filter(one_time::Column::Kind.eq(Kind::Administrator.as_str()))
            .one(self.reader())
            .await?;
        Ok(row.map(|row| (row.token_hash, Timestamp::from_millis(row.created_at))))
    }
}

impl Tx {
    /// Stores a link; older unused ones of its kind for the same user are void from now on.
    ///
    /// # Errors
    /// The database's.
    pub async fn create_one_time(&self, link: &OneTime) -> Result<()> {
        self.change(
            "DELETE FROM one_time WHERE user_id = $1 AND kind = $2 AND used_at IS NULL",
            [link.user_id.into(), link.kind.as_str().into()],
        )
        .await?;
        self.insert_one_time(link).await?;
        Ok(())
    }

    /// Puts an administrator link in the place of `before`; says whether `before` was still in that place and the realm has no
    /// administrator: of several nodes that start at once, one wins, and none against a link that is being used.
    ///
    /// # Errors
    /// The database's.
    pub async fn replace_administrator_link(&self, link: &OneTime, before: Option<&[u8]>) -> Result<bool> {
        if !self.lock_administrator_link(link.realm_id, before).await? || self.has_administrator(link.realm_id).await? {
            return Ok(false);
        }
        if let Some(before) = before {
            self.change(
                "DELETE FROM one_time WHERE realm_id = $1 AND kind = 'administrator' AND token_hash = $2",
                [link.realm_id.into(), before.to_vec().into()],
            )
            .await?;
        }
        self.insert_one_time(link).await
    }

    /// Waits for whoever is using or replacing the link, and says whether it is the one expected.
    async fn lock_administrator_link(&self, realm: Uuid, expected: Option<&[u8]>) -> Result<bool> {
        let locked: Option<one_time::Model> = self
            .one(
                "UPDATE one_time SET kind = kind WHERE realm_id = $1 AND kind = 'administrator' RETURNING *",
                [realm.into()],
            )
            .await?;
        Ok(locked.as_ref().map(|row| row.token_hash.as_slice()) == expected)
    }

    async fn has_administrator(&self, realm: Uuid) -> Result<bool> {
        self.any(HAS_ADMINISTRATOR, [realm.into()]).await
    }

    async fn insert_one_time(&self, link: &OneTime) -> Result<bool> {
        let made = self
            .change(
                "INSERT INTO one_time (id, realm_id, kind, token_hash, user_id, data, expires_at, used_at, created_at) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, NULL, $8) ON CONFLICT DO NOTHING",
                [
                    link.id.into(),
                    link.realm_id.into(),
                    link.kind.as_str().into(),
                    link.token_hash.to_vec().into(),
                    link.user_id.into(),
                    link.data.clone().into(),
                    link.expires_at.millis().into(),
                    link.created_at.millis().into(),
                ],
            )
            .await?;
        Ok(made == 1)
    }

    /// Uses a link up; says whether it was live: of any number of callers one is told so.
    ///
    /// # Errors
    /// The database's.
    pub async fn use_one_time(&self, realm: Uuid, kind: Kind, token_hash: [u8; 32], now: Timestamp) -> Result<bool> {
        let used = self
            .change(
                "UPDATE one_time SET used_at = $1 WHERE token_hash = $2 AND realm_id = $3 AND kind = $4 \
                 AND used_at IS NULL AND expires_at > $1",
                [now.millis().into(), token_hash.to_vec().into(), realm.into(), kind.as_str().into()],
            )
            .await?;
        Ok(used == 1)
    }

    /// Gives a link back in the transaction that used it up, because what it was for was refused.
    ///
    /// # Errors
    /// The database's.
    pub async fn give_back_one_time(&self, realm: Uuid, kind: Kind, token_hash: [u8; 32]) -> Result<()> {
        self.change(
            "UPDATE one_time SET used_at = NULL WHERE token_hash = $1 AND realm_id = $2 AND kind = $3",
            [token_hash.to_vec().into(), realm.into(), kind.as_str().into()],
        )
        .await?;
        Ok(())
    }
}
