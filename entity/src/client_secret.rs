//! A secret of a confidential client; at most two live at a time, for rotation.

use sea_orm::entity::prelude::*;

/// A secret of a confidential client; at most two live at a time, for rotation.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "client_secrets")]
pub struct Model {
    /// The row's id, a UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The realm it belongs to.
    pub realm_id: Uuid,
    /// The client's row.
    pub client_id: Uuid,
    /// SHA-256 of the secret, which is made by us.
    pub hash: Vec<u8>,
    /// The secret itself, where assertions are made with it.
    pub sealed: Option<Vec<u8>>,
    /// When it ends (milliseconds since the epoch).
    pub expires_at: Option<i64>,
    /// When it was made (milliseconds since the epoch).
    pub created_at: i64,
}

/// None: `store` joins by hand.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
