//! A link that works once.

use sea_orm::entity::prelude::*;

/// A link that works once.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "one_time")]
pub struct Model {
    /// The row's id, a UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The realm it belongs to.
    pub realm_id: Uuid,
    /// What it opens: an invitation, or the making of the first administrator.
    pub kind: String,
    /// SHA-256 of the token in the link.
    pub token_hash: Vec<u8>,
    /// The user whom it is for; none where it makes one.
    pub user_id: Option<Uuid>,
    /// What the page behind it needs to know.
    #[sea_orm(column_type = "JsonBinary")]
    pub data: Json,
    /// When it ends (milliseconds since the epoch).
    pub expires_at: i64,
    /// When it was used or made void (milliseconds since the epoch).
    pub used_at: Option<i64>,
    /// When it was made (milliseconds since the epoch).
    pub created_at: i64,
}

/// None: `store` joins by hand.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
