//! Realms: issuers with users, clients and keys of their own.

use std::sync::Arc;

use entity::realm;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _, QueryOrder as _,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::protocol::client_registration::RegistrationMode;
use crate::protocol::profile::Profile;

use super::caches::{RealmAddress, may_be_there};
use super::epochs::Cached;
use super::statement::Run as _;
use super::{Db, Error, Result, Tx};

/// The longest slug, in bytes: as long as a DNS label.
pub const MAX_SLUG: usize = 63;

/// The longest host name, in bytes (RFC 1035 §2.3.4, as text).
pub const MAX_HOST: usize = 253;

/// A realm as every request needs it.
#[derive(Debug, Clone)]
pub struct Realm {
    /// The row's id.
    pub id: Uuid,
    /// The last part of its path; empty for the default realm.
    pub slug: String,
    /// A host name of its own.
    pub host: Option<String>,
    /// What people read.
    pub name: String,
    /// Its issuer identifier (RFC 8414 §2), without a slash at its end: the stem of every address of its own.
    pub issuer: String,
    /// What it has set otherwise than the configuration.
    pub settings: Settings,
    /// Nothing issued before this instant is alive.
    pub not_before: Timestamp,
}

/// What a realm has set otherwise than the configuration.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Whether strangers may make an account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sign_up: Option<bool>,
    /// Whether users may register applications.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub self_service: Option<bool>,
    /// The rules that applications keep which register themselves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_profile: Option<Profile>,
    /// Who may register applications at the registration endpoint.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registration: Option<RegistrationMode>,
}

/// A realm to make.
#[derive(Debug, Clone)]
pub struct NewRealm {
    /// Its id.
    pub id: Uuid,
    /// The last part of its path; empty for the default realm.
    pub slug: String,
    /// A host name of its own, lower case.
    pub host: Option<String>,
    /// What people read.
    pub name: String,
    /// When.
    pub now: Timestamp,
}

impl Realm {
    /// The address of `path`, which begins with a slash, in this realm.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.issuer)
    }

    /// Eight letters that no other realm of this server has, for the names of cookies. The end of a UUIDv7 is random.
    pub fn short_id(&self) -> String {
        self.id.simple().to_string()[24..].to_owned()
    }
}

impl Db {
    /// The default realm, whose address is the public URL itself.
    ///
    /// # Errors
    /// The database's.
    pub async fn default_realm(&self) -> Result<Option<Arc<Realm>>> {
        self.realm(RealmAddress::Slug(String::new())).await
    }

    /// The realm at `{public_url}/r/{slug}`.
    ///
    /// # Errors
    /// The database's.
    pub async fn realm_by_slug(&self, slug: &str) -> Result<Option<Arc<Realm>>> {
        if !may_be_there(slug, MAX_SLUG) {
            return Ok(None);
        }
        self.realm(RealmAddress::Slug(slug.to_owned())).await
    }

    /// The realm with a host name of its own.
    ///
    /// # Errors
    /// The database's.
    pub async fn realm_by_host(&self, host: &str) -> Result<Option<Arc<Realm>>> {
        if !may_be_there(host, MAX_HOST) {
            return Ok(None);
        }
        self.realm(RealmAddress::Host(host.to_ascii_lowercase())).await
    }

    /// The realm with this id.
    ///
    /// # Errors
    /// The database's.
    pub async fn realm_by_id(&self, id: Uuid) -> Result<Option<Arc<Realm>>> {
        self.realm(RealmAddress::Id(id)).await
    }

    /// Every realm, the default one first.
    ///
    /// # Errors
    /// The database's.
    pub async fn realms(&self) -> Result<Vec<Realm>> {
        let rows = realm::Entity::find().order_by_asc(realm::Column::Slug).all(self.reader()).await?;
        rows.into_iter().map(|row| self.read_realm(row)).collect()
    }

    async fn realm(&self, address: RealmAddress) -> Result<Option<Arc<Realm>>> {
        let generation = self.generation(Cached::Realms);
        if let Some(known) = self.0.caches.realms.get(&address, generation) {
            return Ok(known);
        }
        let condition = match &address {
            RealmAddress::Slug(slug) => realm::Column::Slug.eq(slug),
            RealmAddress::Host(host) => realm::Column::Host.eq(host),
            RealmAddress::Id(id) => realm::Column::Id.eq(*id),
        };
        let row = realm::Entity::find().filter(condition).one(self.reader()).await?;
        let found = row.map(|row| self.read_realm(row).map(Arc::new)).transpose()?;
        self.0.caches.realms.insert(address, generation, found.clone());
        Ok(found)
    }

    fn read_realm(&self, row: realm::Model) -> Result<Realm> {
        let settings = serde_json::from_value(row.settings).map_err(|error| Error::unreadable("realms", error))?;
        let issuer = self.0.public_url.issuer(&row.slug, row.host.as_deref());
        Ok(Realm {
            id: row.id,
            slug: row.slug,
            host: row.host,
            name: row.name,
            issuer,
            settings,
            not_before: Timestamp::from_millis(row.not_before),
        })
    }
}

impl Tx {
    /// Makes a realm; says whether slug and host were free.
    ///
    /// # Errors
    /// The database's.
    pub async fn create_realm(&self, realm: &NewRealm) -> Result<bool> {
        self.changed(Cached::Realms).await?;
        let made = self
            .change(
                "INSERT INTO realms (id, slug, host, name, settings, not_before, created_at, updated_at) \
                 VALUES ($1, $2, $3, $4, $5, 0, $6, $6) ON CONFLICT DO NOTHING",
                [
                    realm.id.into(),
                    realm.slug.clone().into(),
                    realm.host.clone().into(),
                    realm.name.clone().into(),
                    serde_json::json!({}).into(),
                    realm.now.millis().into(),
                ],
            )
            .await?;
        Ok(made == 1)
    }

    /// Sets what a realm has otherwise than the configuration.
    ///
    /// # Errors
    /// The database's.
    pub async fn set_realm_settings(&self, realm: Uuid, settings: &Settings, now: Timestamp) -> Result<()> {
        self.changed(Cached::Realms).await?;
        let Some(row) = realm::Entity::find_by_id(realm).one(self.connection()).await? else { return Ok(()) };
        let mut row = row.into_active_model();
        row.settings =
            sea_orm::Set(serde_json::to_value(settings).map_err(|error| Error::unreadable("realms", error))?);
        row.updated_at = sea_orm::Set(now.millis());
        row.update(self.connection()).await?;
        Ok(())
    }

    /// Ends everything that `realm` issued before `now`: sessions, whose clients are told, and tokens.
    ///
    /// # Errors
    /// The database's.
    pub async fn raise_epoch(&self, realm: Uuid, now: Timestamp) -> Result<()> {
        self.changed(Cached::Realms).await?;
        self.change("UPDATE realms SET not_before = $1 WHERE id = $2", [now.millis().into(), realm.into()]).await?;
        self.end_every_session(realm, now).await?;
        // Begun by a node whose clock is ahead.
        let sql = "UPDATE families SET revoked_at = $1 WHERE realm_id = $2 AND created_at >= $1 AND revoked_at IS NULL";
        self.change(sql, [now.millis().into(), realm.into()]).await?;
        Ok(())
    }
}
