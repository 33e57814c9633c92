//! Grants: what users have allowed clients.

use entity::grant;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::protocol::Scope;

use super::{Db, Error, Result, Tx};

/// What a user has allowed a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The user.
    pub user_id: Uuid,
    /// The client's row.
    pub client_id: Uuid,
    /// The scope.
    pub scope: Scope,
    /// The resource servers, by identifier.
    pub resources: Vec<String>,
    /// When it was first given.
    pub created_at: Timestamp,
    /// When it was last given.
    pub updated_at: Timestamp,
}

impl Grant {
    /// Whether it covers `scope` at `resources`.
    pub fn covers(&self, scope: &Scope, resources: &[String]) -> bool {
        scope.is_subset(&self.scope) && resources.iter().all(|resource| self.resources.contains(resource))
    }
}

impl Db {
    /// What the user has allowed the client.
    ///
    /// # Errors
    /// The database's.
    pub async fn grant(&self, realm: Uuid, user: Uuid, client: Uuid) -> Result<Option<Grant>> {
        let row = grant::Entity::find()
            .filter(grant::Column::UserId.eq(user))
            .filter(grant::Column::ClientId.eq(client))
            .filter(grant::Column::RealmId.eq(realm))
            .one(self.reader())
            .await?;
        row.map(read).transpose()
    }

    /// Everything that the user has allowed, the newest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn grants_of(&self, realm: Uuid, user: Uuid) -> Result<Vec<Grant>> {
        let rows = grant::Entity::find()
            .filter(grant::Column::UserId.eq(user))
            .filter(grant::Column::RealmId.eq(realm))
            .order_by_desc(grant::Column::UpdatedAt)
            .all(self.reader())
            .await?;
        rows.into_iter().map(read).collect()
    }
}

impl Tx {
    /// Adds to what the user has allowed the client.
    ///
    /// # Errors
    /// The database's.
    pub async fn grant(&self, id: Uuid, realm: Uuid, grant: &Grant) -> Result<()> {
        let held = grant::Entity::find()
            .filter(grant::Column::UserId.eq(grant.user_id))
            .filter(grant::Column::ClientId.eq(grant.client_id))
            .one(&self.0)
            .await?
            .map(read)
            .transpose()?;
        let scope = held.as_ref().map_or_else(|| grant.scope.clone(), |held| held.scope.union(&grant.scope));
        let mut resources = held.map(|held| held.resources).unwrap_or_default();
        for resource in &grant.resources {
            if !resources.contains(resource) {
                resources.push(resource.clone());
            }
        }
        let resources = serde_json::to_value(resources).map_err(|error| Error::unreadable("grants", error))?;
        self.change(
            "INSERT INTO grants (id, realm_id, user_id, client_id, scope, resources, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $7) ON CONFLICT (user_id, client_id) DO UPDATE SET \
             scope = excluded.scope, resources = excluded.resources, updated_at = excluded.updated_at",
            [
                id.into(),
                realm.into(),
                grant.user_id.into(),
                grant.client_id.into(),
                scope.as_str().into(),
                resources.into(),
                grant.updated_at.millis().into(),
            ],
        )
        .await?;
        Ok(())
    }

    /// Takes back what the user has allowed the client, and ends the families that came of it; says whether there was any.
    ///
    /// # Errors
    /// The database's.
    pub async fn revoke_grant(&self, realm: Uuid, user: Uuid, client: Uuid, now: Timestamp) -> Result<bool> {
        let deleted = self
            .change(
                "DELETE FROM grants WHERE user_id = $1 AND client_id = $2 AND realm_id = $3",
                [user.into(), client.into(), realm.into()],
            )
            .await?;
        self.change(
            "UPDATE families SET revoked_at = $1 WHERE user_id = $2 AND client_id = $3 AND realm_id = $4 \
             AND revoked_at IS NULL",
            [now.millis().into(), user.into(), client.into(), realm.into()],
        )
        .await?;
        Ok(deleted == 1)
    }
}

fn read(row: grant::Model) -> Result<Grant> {
    Ok(Grant {
        user_id: row.user_id,
        client_id: row.client_id,
        scope: row.scope.parse().map_err(|_| Error::unreadable("grants", "not a scope"))?,
        resources: serde_json::from_value(row.resources).map_err(|error| Error::unreadable("grants", error))?,
        created_at: Timestamp::from_millis(row.created_at),
        updated_at: Timestamp::from_millis(row.updated_at),
    })
}
