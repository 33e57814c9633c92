//! Users and their identifiers.

mod profile;

use entity::user::{self, UserStatus};
use entity::{identifier, password};
use sea_orm::{ColumnTrait as _, DbBackend, EntityTrait as _, FromQueryResult, QueryFilter as _, QueryOrder as _};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::protocol::claims::StandardClaims;
use crate::protocol::identifier::{Identifier, IdentifierKind};
use crate::secret::Secret;

use super::statement::Run as _;
use super::{Db, Error, Result, Tx};

pub use entity::user::UserStatus as Status;

/// A user.
#[derive(Debug, Clone)]
pub struct User {
    /// The row's id.
    pub id: Uuid,
    /// The realm.
    pub realm_id: Uuid,
    /// The subject that clients see.
    pub sub: String,
    /// Whether the user may sign in.
    pub status: Status,
    /// Whether the user may see and change every user and application of the realm.
    pub administrator: bool,
    /// The standard claims but for e-mail and phone.
    pub claims: StandardClaims,
    /// Nothing issued before this instant is alive.
    pub not_before: Timestamp,
    /// When the user was made.
    pub created_at: Timestamp,
    /// When the user was last changed.
    pub updated_at: Timestamp,
}

/// One identifier of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserIdentifier {
    /// What sort it is.
    pub kind: IdentifierKind,
    /// As it is shown.
    pub display: String,
    /// Whether it is the one put in tokens.
    pub is_primary: bool,
    /// When the user proved that it is theirs.
    pub verified_at: Option<Timestamp>,
}

/// A user to make.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// The row's id.
    pub id: Uuid,
    /// The realm.
    pub realm_id: Uuid,
    /// The subject.
    pub sub: String,
    /// Whether the user may sign in.
    pub status: Status,
    /// Whether the user is an administrator.
    pub administrator: bool,
    /// The standard claims.
    pub claims: StandardClaims,
    /// Ids and identifiers; the first of each kind is the primary one.
    pub identifiers: Vec<(Uuid, Identifier, Option<Timestamp>)>,
    /// The password's PHC string, and whether it must be changed at the next sign-in.
    pub password: Option<(Secret, bool)>,
    /// When.
    pub now: Timestamp,
}

/// Whether a user could be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Creation {
    /// It was.
    Created,
    /// An identifier of this kind belongs to another user.
    Taken(IdentifierKind),
}

/// A page of users.
#[derive(Debug, Clone)]
pub struct Page {
    /// The users with their primary identifiers, newest first.
    pub users: Vec<(User, Vec<UserIdentifier>)>,
    /// Where the next page begins.
    pub next: Option<Uuid>,
}

impl Db {
    /// The user with this id who is not deleted.
    ///
    /// # Errors
    /// The database's.
    pub async fn user(&self, realm: Uuid, id: Uuid) -> Result<Option<User>> {
        let row = user::Entity::find_by_id(id)
            .filter(user::Column::RealmId.eq(realm))
            .filter(user::Column::DeletedAt.is_null())
            .one(self.reader())
            .await?;
        row.map(read).transpose()
    }

    /// The user with this subject.
    ///
    /// # Errors
    /// The database's.
    pub async fn user_by_sub(&self, realm: Uuid, sub: &str) -> Result<Option<User>> {
        let row = user::Entity::find()
            .filter(user::Column::RealmId.eq(realm))
            .filter(user::Column::Sub.eq(sub))
            .filter(user::Column::DeletedAt.is_null())
            .one(self.reader())
            .await?;
        row.map(read).transpose()
    }

    /// The user whom `identifier` names.
    ///
    /// # Errors
    /// The database's.
    pub async fn user_by_identifier(&self, realm: Uuid, identifier: &Identifier) -> Result<Option<User>> {
        let row: Option<user::Model> = self
            .one(
                "SELECT users.* FROM identifiers JOIN users ON users.id = identifiers.user_id \
                 WHERE identifiers.realm_id = $1 AND identifiers.kind = $2 AND identifiers.value = $3 \
                 AND users.deleted_at IS NULL",
                [realm.into(), identifier.kind().as_str().into(), identifier.canonical().into()],
            )
            .await?;
        row.map(read).transpose()
    }

    /// The identifiers of a user, the primary ones first.
    ///
    /// # Errors
    /// The database's.
    pub async fn identifiers(&self, user: Uuid) -> Result<Vec<UserIdentifier>> {
        let rows = identifier::Entity::find()
            .filter(identifier::Column::UserId.eq(user))
            .order_by_desc(identifier::Column::IsPrimary)
            .order_by_asc(identifier::Column::CreatedAt)
            .all(self.reader())
            .await?;
        rows.into_iter().map(read_identifier).collect()
    }

    /// Users of a realm, newest first, `limit` at a time, from `before` on; `search` finds the beginning of an identifier.
    ///
    /// # Errors
    /// The database's.
    pub async fn users(&self, realm: Uuid, search: Option<&str>, before: Option<Uuid>, limit: u32) -> Result<Page> {
        let rows: Vec<user::Model> = self
            .all(
                "SELECT users.* FROM users WHERE users.realm_id = $1 AND users.deleted_at IS NULL AND users.id < $2 \
                 AND ($3 = '' OR EXISTS (SELECT 1 FROM identifiers WHERE identifiers.user_id = users.id \
                 AND substr(identifiers.value, 1, length($3)) = $3)) ORDER BY users.id DESC LIMIT $4",
                [
                    realm.into(),
                    before.unwrap_or(Uuid::max()).into(),
                    search.unwrap_or_default().to_lowercase().into(),
                    (i64::from(limit) + 1).into(),
                ],
            )
            .await?;
        let mut users = Vec::with_capacity(rows.len());
        for row in rows {
            let user = read(row)?;
            let identifiers = self.identifiers(user.id).await?;
            users.push((user, identifiers));
        }
        let more = users.len() > limit as usize;
        users.truncate(limit as usize);
        let next = if more { users.last().map(|(user, _)| user.id) } else { None };
        Ok(Page { users, next })
    }

    /// Whether the realm has an administrator, shut out or not.
    ///
    /// # Errors
    /// The database's.
    pub async fn has_administrator(&self, realm: Uuid) -> Result<bool> {
        self.any(HAS_ADMINISTRATOR, [realm.into()]).await
    }
}

/// Its one place is the realm.
pub(super) const HAS_ADMINISTRATOR: &str =
    "SELECT 1 FROM users WHERE realm_id = $1 AND administrator AND deleted_at IS NULL LIMIT 1";

impl Tx {
    /// Makes a user with identifiers and password. Nothing is made where an identifier is taken.
    ///
    /// # Errors
    /// The database's.
    pub async fn create_user(&self, new: &NewUser) -> Result<Creation> {
        for (_, identifier, _) in &new.identifiers {
            if self.is_taken(new.realm_id, identifier, new.id).await? {
                return Ok(Creation::Taken(identifier.kind()));
            }
        }
        self.insert_user(new).await?;
        let mut kinds = Vec::new();
        for (id, identifier, verified_at) in &new.identifiers {
            let is_primary = !kinds.contains(&identifier.kind());
            kinds.push(identifier.kind());
            if !self.insert_identifier(new, *id, identifier, *verified_at, is_primary).await? {
                // Another transaction was faster. What this one made is taken back.
                self.change("DELETE FROM users WHERE id = $1", [new.id.into()]).await?;
                return Ok(Creation::Taken(identifier.kind()));
            }
        }
        if let Some((phc, temporary)) = &new.password {
            self.set_password(new.realm_id, new.id, phc, *temporary, new.now).await?;
        }
        Ok(Creation::Created)
    }

    async fn is_taken(&self, realm: Uuid, identifier: &Identifier, by_other_than: Uuid) -> Result<bool> {
        self.any(
            "SELECT 1 FROM identifiers WHERE realm_id = $1 AND kind = $2 AND value = $3 AND user_id <> $4",
            [realm.into(), identifier.kind().as_str().into(), identifier.canonical().into(), by_other_than.into()],
        )
        .await
    }

    async fn insert_user(&self, new: &NewUser) -> Result<()> {
        let claims = serde_json::to_value(&new.claims).map_err(|error| Error::unreadable("users", error))?;
        let model = user::ActiveModel {
            id: sea_orm::Set(new.id),
            realm_id: sea_orm::Set(new.realm_id),
            sub: sea_orm::Set(new.sub.clone()),
            status: sea_orm::Set(new.status),
            administrator: sea_orm::Set(new.administrator),
            claims: sea_orm::Set(claims),
            attributes: sea_orm::Set(serde_json::json!({})),
            admin_attributes: sea_orm::Set(serde_json::json!({})),
            not_before: sea_orm::Set(0),
            created_at: sea_orm::Set(new.now.millis()),
            updated_at: sea_orm::Set(new.now.millis()),
            deleted_at: sea_orm::Set(None),
        };
        user::Entity::insert(model).exec_without_returning(&self.transaction).await?;
        Ok(())
    }

    async fn insert_identifier(
        &self,
        new: &NewUser,
        id: Uuid,
        identifier: &Identifier,
        verified_at: Option<Timestamp>,
        is_primary: bool,
    ) -> Result<bool> {
        let made = self
            .change(
                "INSERT INTO identifiers (id, realm_id, user_id, kind, value, display, is_primary, verified_at, created_at) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (realm_id, kind, value) DO NOTHING",
                [
                    id.into(),
                    new.realm_id.into(),
                    new.id.into(),
                    identifier.kind().as_str().into(),
                    identifier.canonical().into(),
                    identifier.display().into(),
                    is_primary.into(),
                    verified_at.map(Timestamp::millis).into(),
                    new.now.millis().into(),
                ],
            )
            .await?;
        Ok(made == 1)
    }

    /// Sets a user's password.
    ///
    /// # Errors
    /// The database's.
    pub async fn set_password(
        &self,
        realm: Uuid,
        user: Uuid,
        phc: &Secret,
        temporary: bool,
        now: Timestamp,
    ) -> Result<()> {
        self.change(
            "INSERT INTO passwords (user_id, realm_id, phc, temporary, changed_at) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (user_id) DO UPDATE SET phc = excluded.phc, temporary = excluded.temporary, \
             changed_at = excluded.changed_at",
            [user.into(), realm.into(), phc.expose().into(), temporary.into(), now.millis().into()],
        )
        .await?;
        Ok(())
    }

    /// Replaces a hash by a better one of the same password, if it is still the same.
    ///
    /// # Errors
    /// The database's.
    pub async fn rehash_password(&self, user: Uuid, old: &Secret, new: &Secret) -> Result<()> {
        self.change(
            "UPDATE passwords SET phc = $1 WHERE user_id = $2 AND phc = $3",
            [new.expose().into(), user.into(), old.expose().into()],
        )
        .await?;
        Ok(())
    }

    /// Sets whether a user may sign in; where they may not, `not_before` moves too, which kills what they hold, and their sessions
    /// end. Says whether there was such a user.
    ///
    /// # Errors
    /// The database's.
    pub async fn set_user_status(&self, realm: Uuid, user: Uuid, status: Status, now: Timestamp) -> Result<bool> {
        self.ends(user);
        let not_before = if status == UserStatus::Disabled { now.millis() } else { 0 };
        let changed = self
            .change(
                "UPDATE users SET status = $1, updated_at = $2, \
                 not_before = CASE WHEN $3 > not_before THEN $3 ELSE not_before END \
                 WHERE id = $4 AND realm_id = $5 AND deleted_at IS NULL",
                [status_text(status).into(), now.millis().into(), not_before.into(), user.into(), realm.into()],
            )
            .await?;
        if changed == 1 && status == UserStatus::Disabled {
            self.end_everything_of(realm, user, now).await?;
        }
        Ok(changed == 1)
    }

    /// Ends everything that a user holds: sessions, whose clients are told, and all that was issued before `now`, for offline
    /// access too. Says how many sessions there were; none where there is no such user.
    ///
    /// # Errors
    /// The database's.
    pub async fn sign_out_user(&self, realm: Uuid, user: Uuid, now: Timestamp) -> Result<Option<u64>> {
        let sql = "UPDATE users SET not_before = CASE WHEN $1 > not_before THEN $1 ELSE not_before END \
                   WHERE id = $2 AND realm_id = $3 AND deleted_at IS NULL";
        if self.change(sql, [now.millis().into(), user.into(), realm.into()]).await? == 0 {
            return Ok(None);
        }
        self.end_everything_of(realm, user, now).await.map(Some)
    }

    /// Ends every session of a user, and then every family: who begins one meanwhile has waited for its session. Says how many sessions
    /// there were.
    async fn end_everything_of(&self, realm: Uuid, user: Uuid, now: Timestamp) -> Result<u64> {
        let sessions = self.end_sessions_of(realm, user, None, now).await?;
        self.revoke_families_of(realm, user, now).await?;
        Ok(sessions)
    }

    /// Lets an invited user in, and no other; says whether there was such a user.
    ///
    /// # Errors
    /// The database's.
    pub async fn activate_invited(&self, realm: Uuid, user: Uuid, now: Timestamp) -> Result<bool> {
        let changed = self
            .change(
                "UPDATE users SET status = 'active', updated_at = $1 \
                 WHERE id = $2 AND realm_id = $3 AND status = 'invited' AND deleted_at IS NULL",
                [now.millis().into(), user.into(), realm.into()],
            )
            .await?;
        Ok(changed == 1)
    }

    /// Sets the claim `name` of a user, and no other.
    ///
    /// # Errors
    /// The database's.
    pub async fn set_user_name(&self, realm: Uuid, user: Uuid, name: &str, now: Timestamp) -> Result<bool> {
        // Not the user, but what is remembered of it.
        self.ends(user);
        let named = match self.backend() {
            DbBackend::Postgres => "jsonb_set(claims, '{name}', to_jsonb($1::text))",
            _ => "json_set(claims, '$.name', $1)",
        };
        let sql = format!(
            "UPDATE users SET claims = {named}, updated_at = $2 WHERE id = $3 AND realm_id = $4 AND deleted_at IS NULL"
        );
        Ok(self.change(&sql, [name.into(), now.millis().into(), user.into(), realm.into()]).await? == 1)
    }

    /// Replaces a user's standard claims.
    ///
    /// # Errors
    /// The database's.
    pub async fn set_user_claims(
        &self,
        realm: Uuid,
        user: Uuid,
        claims: &StandardClaims,
        now: Timestamp,
    ) -> Result<bool> {
        // Not the user, but what is remembered of it.
        self.ends(user);
        let claims = serde_json::to_value(claims).map_err(|error| Error::unreadable("users", error))?;
        let changed = self
            .change(
                "UPDATE users SET claims = $1, updated_at = $2 WHERE id = $3 AND realm_id = $4 AND deleted_at IS NULL",
                [claims.into(), now.millis().into(), user.into(), realm.into()],
            )
            .await?;
        Ok(changed == 1)
    }
}

const fn status_text(status: Status) -> &'static str {
    match status {
        UserStatus::Active => "active",
        UserStatus::Invited => "invited",
        UserStatus::Disabled => "disabled",
    }
}

/// What signing in with a password reads, in one statement.
#[derive(Debug, FromQueryResult)]
pub(super) struct WithPassword {
    #[sea_orm(nested)]
    pub(super) user: user::Model,
    pub(super) phc: Option<String>,
    pub(super) temporary: Option<bool>,
    pub(super) failures: Option<i64>,
    pub(super) locked_until: Option<i64>,
}

/// A user's row, understood.
pub(super) fn read(row: user::Model) -> Result<User> {
    Ok(User {
        id: row.id,
        realm_id: row.realm_id,
        sub: row.sub,
        status: row.status,
        administrator: row.administrator,
        claims: serde_json::from_value(row.claims).map_err(|error| Error::unreadable("users", error))?,
        not_before: Timestamp::from_millis(row.not_before),
        created_at: Timestamp::from_millis(row.created_at),
        updated_at: Timestamp::from_millis(row.updated_at),
    })
}

fn read_identifier(row: identifier::Model) -> Result<UserIdentifier> {
    Ok(UserIdentifier {
        kind: row.kind.parse().map_err(|error| Error::unreadable("identifiers", error))?,
        display: row.display,
        is_primary: row.is_primary,
        verified_at: row.verified_at.map(Timestamp::from_millis),
    })
}

/// The password's row of a user.
///
/// # Errors
/// The database's.
pub(super) async fn password(db: &Db, user: Uuid) -> Result<Option<password::Model>> {
    Ok(password::Entity::find_by_id(user).one(db.reader()).await?)
}
