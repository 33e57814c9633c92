//! A user's password.

use sea_orm::entity::prelude::*;

/// A user's password.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "passwords")]
pub struct Model {
    /// The user it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    /// The realm it belongs to.
    pub realm_id: Uuid,
    /// The hash as a PHC string.
    pub phc: String,
    /// Set by someone else: to be changed at the next sign-in.
    pub temporary: bool,
    /// When it was set (milliseconds since the epoch).
    pub changed_at: i64,
}

/// None: `store` joins by hand.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
