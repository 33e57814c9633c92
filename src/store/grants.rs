//! Grants: what users have allowed clients.

use std::collections::BTreeMap;

use entity::grant;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, Value};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::protocol::Scope;

use super::statement::Run as _;
use super::{Db, Error, Result, Tx};

/// Scopes by the identifier of the resource server at which they mean something: two servers may call different things alike.
pub type ResourceScopes = BTreeMap<String, Scope>;

/// What a user has allowed a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The row, which is another one when it was taken back and given again.
    pub id: Uuid,
    /// The user.
    pub user_id: Uuid,
    /// The client's row.
    pub client_id: Uuid,
    /// The scope.
    pub scope: Scope,
    /// The resource servers, and what of the scope was allowed at each.
    pub resources: ResourceScopes,
    /// When it was first given.
    pub created_at: Timestamp,
    /// When it was last given.
    pub updated_at: Timestamp,
}

impl Grant {
    /// Whether it covers `scope`, and `resources` with what each of them is asked for.
    pub fn covers(&self, scope: &Scope, resources: &ResourceScopes) -> bool {
        resources.keys().all(|resource| self.resources.contains_key(resource))
            && scope.iter().all(|token| self.covers_token(token, resources))
    }

    /// Whether it covers one scope token, wherever in `resources` that is asked for.
    pub fn covers_token(&self, token: &str, resources: &ResourceScopes) -> bool {
        let allowed_at = |resource| self.resources.get(resource).is_some_and(|allowed| allowed.contains(token));
        let mut asked_at = resources.iter().filter(|(_, asked)| asked.contains(token));
        self.scope.contains(token) && asked_at.all(|(resource, _)| allowed_at(resource))
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
    /// Adds to what the user has allowed the client; says which row holds it.
    ///
    /// # Errors
    /// The database's.
    pub async fn grant(&self, realm: Uuid, grant: &Grant) -> Result<Uuid> {
        let [resources, resource_scopes] = columns(&grant.resources)?;
        // The row is written first, which locks it: of two at once, the second adds to what the first has left.
        let held: Option<grant::Model> = self
            .one(
                "INSERT INTO grants (id, realm_id, user_id, client_id, scope, resources, resource_scopes, created_at, updated_at) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8) \
                 ON CONFLICT (user_id, client_id) DO UPDATE SET updated_at = excluded.updated_at RETURNING *",
                [
                    grant.id.into(),
                    realm.into(),
                    grant.user_id.into(),
                    grant.client_id.into(),
                    grant.scope.as_str().into(),
                    resources,
                    resource_scopes,
                    grant.updated_at.millis().into(),
                ],
            )
            .await?;
        match held {
            Some(row) if row.id != grant.id => self.widen(row, grant).await,
            _ => Ok(grant.id),
        }
    }

    async fn widen(&self, row: grant::Model, by: &Grant) -> Result<Uuid> {
        let Grant { id, scope, mut resources, .. } = read(row)?;
        for (resource, new) in &by.resources {
            let allowed = resources.entry(resource.clone()).or_default();
            *allowed = allowed.union(new);
        }
        let [resources, resource_scopes] = columns(&resources)?;
        self.change(
            "UPDATE grants SET scope = $1, resources = $2, resource_scopes = $3 WHERE id = $4",
            [scope.union(&by.scope).as_str().into(), resources, resource_scopes, id.into()],
        )
        .await?;
        Ok(id)
    }

    /// Takes back what the user has allowed the client, and ends every family of that client, also of one that needs no consent; says
    /// whether there was anything.
    ///
    /// # Errors
    /// The database's.
    pub async fn revoke_grant(&self, realm: Uuid, user: Uuid, client: Uuid, now: Timestamp) -> Result<bool> {
        self.ends(user);
        let deleted = self
            .change(
                "DELETE FROM grants WHERE user_id = $1 AND client_id = $2 AND realm_id = $3",
                [user.into(), client.into(), realm.into()],
            )
            .await?;
        let ended = self
            .change(
                "UPDATE families SET revoked_at = $1 WHERE user_id = $2 AND client_id = $3 AND realm_id = $4 \
             AND revoked_at IS NULL",
                [now.millis().into(), user.into(), client.into(), realm.into()],
            )
            .await?;
        Ok(deleted + ended > 0)
    }
}

/// `resources` and `resource_scopes`.
fn columns(resources: &ResourceScopes) -> Result<[Value; 2]> {
    let unreadable = |error: serde_json::Error| Error::unreadable("grants", error);
    let identifiers: Vec<_> = resources.keys().collect();
    let scopes: BTreeMap<_, _> = resources.iter().map(|(resource, scope)| (resource, scope.as_str())).collect();
    let identifiers = serde_json::to_value(identifiers).map_err(unreadable)?;
    Ok([identifiers.into(), serde_json::to_value(scopes).map_err(unreadable)?.into()])
}

fn resource_scopes(column: serde_json::Value) -> Result<ResourceScopes> {
    let texts: BTreeMap<String, String> =
        serde_json::from_value(column).map_err(|error| Error::unreadable("grants", error))?;
    texts.into_iter().map(|(resource, text)| Ok((resource, scope(&text)?))).collect()
}

/// A row of before: all of its scope was allowed at each of its resource servers.
fn everywhere(identifiers: serde_json::Value, scope: &Scope) -> Result<ResourceScopes> {
    let identifiers: Vec<String> =
        serde_json::from_value(identifiers).map_err(|error| Error::unreadable("grants", error))?;
    Ok(identifiers.into_iter().map(|resource| (resource, scope.clone())).collect())
}

fn scope(text: &str) -> Result<Scope> {
    Scope::stored(text).map_err(|_| Error::unreadable("grants", "not a scope"))
}

fn read(row: grant::Model) -> Result<Grant> {
    let scope = scope(&row.scope)?;
    let resources = match row.resource_scopes {
        Some(scopes) => resource_scopes(scopes)?,
        None => everywhere(row.resources, &scope)?,
    };
    Ok(Grant {
        id: row.id,
        user_id: row.user_id,
        client_id: row.client_id,
        scope,
        resources,
        created_at: Timestamp::from_millis(row.created_at),
        updated_at: Timestamp::from_millis(row.updated_at),
    })
}
