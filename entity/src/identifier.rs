//! What a user may type to say who they are.

use sea_orm::entity::prelude::*;

/// What a user may type to say who they are.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "identifiers")]
pub struct Model {
    /// The row's id, a UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The realm it belongs to.
    pub realm_id: Uuid,
    /// The user it belongs to.
    pub user_id: Uuid,
    /// What sort of identifier it is: `user_name`, `email` or `phone`.
    pub kind: String,
    /// The canonical form, unique in the realm for its kind.
    pub value: String,
    /// As it was typed.
    pub display: String,
    /// The one that is shown and put in tokens, of those of its kind.
    pub is_primary: bool,
    /// When the user proved to have it (milliseconds since the epoch); none as long as nobody did.
    pub verified_at: Option<i64>,
    /// When it was made (milliseconds since the epoch).
    pub created_at: i64,
}

/// None: `store` joins by hand.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
