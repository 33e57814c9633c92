//! A number per kind of cached record, raised by whoever changes one.

use sea_orm::entity::prelude::*;

/// A number per kind of cached record, raised by whoever changes one.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "cache_epochs")]
pub struct Model {
    /// The kind of cached record: `realms`, `clients` and so on.
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: String,
    /// How often one of them was changed.
    pub n: i64,
}

/// None: `store` joins by hand.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
