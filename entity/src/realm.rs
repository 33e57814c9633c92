//! A realm: an issuer with users, clients and keys of its own.

use sea_orm::entity::prelude::*;

/// A realm: an issuer with users, clients and keys of its own.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "realms")]
pub struct Model {
    /// The row's id, a UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The last part of `{public_url}/r/{slug}`; empty for the default realm, whose address is the public URL itself.
    pub slug: String,
    /// A host name of its own, lower case, without port.
    pub host: Option<String>,
    /// What people read.
    pub name: String,
    /// What this realm has set otherwise than the configuration.
    #[sea_orm(column_type = "JsonBinary")]
    pub settings: Json,
    /// Nothing issued before this instant is alive (milliseconds since the epoch).
    pub not_before: i64,
    /// When it was made (milliseconds since the epoch).
    pub created_at: i64,
    /// When it was last changed (milliseconds since the epoch).
    pub updated_at: i64,
}

/// None: `store` joins by hand.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
