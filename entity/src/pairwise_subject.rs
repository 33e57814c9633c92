//! The subject by which the clients of one sector know a user.

use sea_orm::entity::prelude::*;

/// The subject by which the clients of one sector know a user.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "pairwise_subjects")]
pub struct Model {
    /// The user.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    /// The sector: a host name.
    #[sea_orm(primary_key, auto_increment = false)]
    pub sector: String,
    /// The realm it belongs to.
    pub realm_id: Uuid,
    /// The subject, unique in its realm.
    pub sub: String,
    /// When it was made (milliseconds since the epoch).
    pub created_at: i64,
}

/// None: `store` joins by hand.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
