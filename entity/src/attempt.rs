//! Failed attempts at one factor of one account, and the lockout that they led to.

use sea_orm::entity::prelude::*;

/// Failed attempts at one factor of one account, and the lockout that they led to.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "attempts")]
pub struct Model {
    /// The user it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    /// The factor that was guessed at: `password`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub factor: String,
    /// The realm it belongs to.
    pub realm_id: Uuid,
    /// Failures in a row.
    pub failures: i64,
    /// Zero where there is no lockout.
    pub locked_until: i64,
    /// When it was last changed (milliseconds since the epoch).
    pub updated_at: i64,
}

/// None: `store` joins by hand.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
