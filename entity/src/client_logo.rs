//! The logo of a client, as it is shown.

use sea_orm::entity::prelude::*;

/// The logo of a client, as it is shown.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "client_logos")]
pub struct Model {
    /// The client's row.
    #[sea_orm(primary_key, auto_increment = false)]
    pub client_id: Uuid,
    /// The picture, drawn anew as a PNG.
    pub png: Vec<u8>,
}

/// None: `store` joins by hand.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
