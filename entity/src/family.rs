//! All tokens that came of one authorization.

use sea_orm::entity::prelude::*;

/// All tokens that came of one authorization.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "families")]
pub struct Model {
    /// The row's id, a UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The realm it belongs to.
    pub realm_id: Uuid,
    /// The client's row.
    pub client_id: Uuid,
    /// The user it belongs to.
    pub user_id: Uuid,
    /// The session that it ends with; none for offline_access.
    pub session_id: Option<Uuid>,
    /// Scope.
    pub scope: String,
    /// Resources.
    #[sea_orm(column_type = "JsonBinary")]
    pub resources: Json,
    /// The subject as issued.
    pub sub: String,
    /// Auth time.
    pub auth_time: i64,
    /// Acr.
    pub acr: String,
    /// Amr.
    #[sea_orm(column_type = "JsonBinary")]
    pub amr: Json,
    /// The session id that its ID tokens carry.
    pub sid: Option<String>,
    /// SHA-256 of the code's kind and the code: unique, so that none is redeemed twice.
    pub origin_hash: Vec<u8>,
    /// SHA-256 of redirect URI and code challenge: what a replay must know to end the family.
    pub origin_proof: Vec<u8>,
    /// The number of the refresh key; none where no refresh token was issued.
    pub refresh_key: Option<i64>,
    /// Secret hash.
    pub secret_hash: Option<Vec<u8>>,
    /// Counter.
    pub counter: i64,
    /// Rotated at (milliseconds since the epoch).
    pub rotated_at: i64,
    /// Revoked at (milliseconds since the epoch).
    pub revoked_at: Option<i64>,
    /// Idle expires at (milliseconds since the epoch).
    pub idle_expires_at: i64,
    /// When it ends (milliseconds since the epoch).
    pub expires_at: i64,
    /// When it was made (milliseconds since the epoch).
    pub created_at: i64,
}

/// None: `store` joins by hand.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
