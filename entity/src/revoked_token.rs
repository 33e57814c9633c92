//! An access token revoked before its time.

use sea_orm::entity::prelude::*;

/// An access token revoked before its time.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "revoked_tokens")]
pub struct Model {
    /// SHA-256 of the token's `jti`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub jti_hash: Vec<u8>,
    /// The realm it belongs to.
    pub realm_id: Uuid,
    /// When the token would have ended by itself (milliseconds since the epoch).
    pub expires_at: i64,
}

/// None: `store` joins by hand.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
