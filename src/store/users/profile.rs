//! A user with the identifiers, in one read: what userinfo tells, asked as often as tokens are used.

use entity::user;
use sea_orm::FromQueryResult;
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::store::statement::Run as _;
use crate::store::{Db, Error, Result};

use super::{User, UserIdentifier};

/// A row for each identifier; one without, where there is none.
#[derive(FromQueryResult)]
struct Row {
    #[sea_orm(nested)]
    user: user::Model,
    kind: Option<String>,
    display: Option<String>,
    is_primary: Option<bool>,
    verified_at: Option<i64>,
}

impl Db {
    /// The user with this id, unless deleted, and their identifiers, primary ones first.
    ///
    /// # Errors
    /// The database's.
    pub async fn profile(&self, realm: Uuid, id: Uuid) -> Result<Option<(User, Vec<UserIdentifier>)>> {
        let rows: Vec<Row> = self
            .all(
                "SELECT users.*, identifiers.kind AS kind, identifiers.display AS display, \
                 identifiers.is_primary AS is_primary, identifiers.verified_at AS verified_at FROM users \
                 LEFT JOIN identifiers ON identifiers.user_id = users.id \
                 WHERE users.id = $1 AND users.realm_id = $2 AND users.deleted_at IS NULL \
                 ORDER BY identifiers.is_primary DESC, identifiers.created_at",
                [id.into(), realm.into()],
            )
            .await?;
        let (mut user, mut identifiers) = (None, Vec::with_capacity(rows.len()));
        for row in rows {
            if let (Some(kind), Some(display), Some(is_primary)) = (row.kind, row.display, row.is_primary) {
                let kind = kind.parse().map_err(|error| Error::unreadable("identifiers", error))?;
                let verified_at = row.verified_at.map(Timestamp::from_millis);
                identifiers.push(UserIdentifier { kind, display, is_primary, verified_at });
            }
            user = Some(row.user);
        }
        Ok(user.map(super::read).transpose()?.map(|user| (user, identifiers)))
    }
}
