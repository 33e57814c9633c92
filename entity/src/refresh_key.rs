//! A key that refresh tokens are tagged with.

use sea_orm::entity::prelude::*;

/// A key that refresh tokens are tagged with.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "refresh_keys")]
pub struct Model {
    /// The realm it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub realm_id: Uuid,
    /// Its number in the realm, which its tokens name.
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i64,
    /// What its ciphertext is bound to.
    pub id: Uuid,
    /// The key, sealed by the keyring.
    pub sealed: Vec<u8>,
    /// When it ceased to tag new families (milliseconds since the epoch).
    pub retired_at: Option<i64>,
    /// When it was made (milliseconds since the epoch).
    pub created_at: i64,
}

/// None: `store` joins by hand.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
