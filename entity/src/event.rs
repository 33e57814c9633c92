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
    /// The version of the envelope.
    pub version: i64,
    /// What happened, from the closed catalogue of `store::events`.
    #[sea_orm(column_name = "type")]
    pub event_type: String,
    /// When it happened (milliseconds since the epoch).
    pub at: i64,
    /// Who did it: `user`, `client`, `operator` or `anonymous`.
    pub actor_kind: String,
    /// The user or the client's row; none for the others.
    pub actor_id: Option<Uuid>,
    /// The user whom it concerns.
    pub subject_id: Option<Uuid>,
    /// The row of the client that it concerns.
    pub client_id: Option<Uuid>,
    /// The session in which it happened.
    pub session_id: Option<Uuid>,
    /// The id of the request, as in the log and on error pages.
    pub request_id: Option<String>,
    /// The address that the request came from.
    pub ip: Option<String>,
    /// The browser's own name, shortened.
    pub user_agent: Option<String>,
    /// `success` or `failure`.
    pub outcome: String,
    /// Why it failed; none where it succeeded.
    pub reason: Option<String>,
    /// What else there is to know; never a secret.
    #[sea_orm(column_type = "JsonBinary")]
    pub data: Json,
}

/// None: `store` joins by hand.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
