//! A client that has to hear when a session ends.

use sea_orm::entity::prelude::*;

/// A client that has to hear when a session ends.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "session_clients")]
pub struct Model {
    /// The row's id, a UUIDv7, which its notice in the outbox has too.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The realm it belongs to.
    pub realm_id: Uuid,
    /// The session.
    pub session_id: Uuid,
    /// The client's row.
    pub client_id: Uuid,
    /// The subject as issued to the client.
    pub sub: String,
    /// The session id as issued to the client.
    pub sid: String,
    /// When it was made (milliseconds since the epoch).
    pub created_at: i64,
}

/// None: `store` joins by hand.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
