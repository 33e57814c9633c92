//! What a user has allowed a client.

use sea_orm::entity::prelude::*;

/// What a user has allowed a client.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "grants")]
pub struct Model {
    /// The row's id, a UUIDv7: another one once it was taken back and given again.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The realm it belongs to.
    pub realm_id: Uuid,
    /// The user it belongs to.
    pub user_id: Uuid,
    /// The client's row.
    pub client_id: Uuid,
    /// What was allowed, by spaces.
    pub scope: String,
    /// The identifiers of the resource servers at which it was allowed.
    #[sea_orm(column_type = "JsonBinary")]
    pub resources: Json,
    /// The scope that was allowed at each of them, by identifier. Rows of before have none: there it was all of it.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub resource_scopes: Option<Json>,
    /// When it was made (milliseconds since the epoch).
    pub created_at: i64,
    /// When it was last changed (milliseconds since the epoch).
    pub updated_at: i64,
}

/// None: `store` joins by hand.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
