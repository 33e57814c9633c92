//! Something that happened; it outlives everyone in it.

use sea_orm::entity::prelude::*;

/// Something that happened; it outlives everyone in it.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "events")]
pub struct Model {
    /// The row's id, a UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The realm it belongs to.
    pub realm_id: Uuid,
    /// Version.
    pub version: i64,
    /// Event type.
    #[sea_orm(column_name = "type")]
    pub event_type: String,
    /// At.
    pub at: i64,
    /// Actor kind.
    pub actor_kind: String,
    /// Actor id.
    pub actor_id: Option<Uuid>,
    /// Subject id.
    pub subject_id: Option<Uuid>,
    /// Client id.
    pub client_id: Option<Uuid>,
    /// Session id.
    pub session_id: Option<Uuid>,
    /// Request id.
    pub request_id: Option<String>,
    /// Ip.
    pub ip: Option<String>,
    /// User agent.
    pub user_agent: Option<String>,
    /// Outcome.
    pub outcome: String,
    /// Reason.
    pub reason: Option<String>,
    /// Data.
    #[sea_orm(column_type = "JsonBinary")]
    pub data: Json,
}

/// None: `store` joins by hand.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
