//! A known text under a keyring key: who cannot open it has another keyring.

use sea_orm::entity::prelude::*;

/// A known text under a keyring key: who cannot open it has another keyring.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "keyring_canaries")]
pub struct Model {
    /// The id of the keyring's key, eight hexadecimal digits.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key_id: String,
    /// The known text, sealed under that key.
    pub sealed: Vec<u8>,
    /// When it was made (milliseconds since the epoch).
    pub created_at: i64,
}

/// None: `store` joins by hand.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
