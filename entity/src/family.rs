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
    /// What was granted, by spaces.
    pub scope: String,
    /// The identifiers of the resource servers that were named.
    #[sea_orm(column_type = "JsonBinary")]
    pub resources: Json,
    /// The claims that were asked for by name.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub claims: Option<Json>,
    /// The subject as issued.
    pub sub: String,
    /// When the user had signed in (milliseconds since the epoch).
    pub auth_time: i64,
    /// How strongly (authentication context class).
    pub acr: String,
    /// By what: the methods of RFC 8176.
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
    /// SHA-256 of the secret part of its refresh token; none where none was issued.
    pub secret_hash: Option<Vec<u8>>,
    /// How often its refresh token was rotated.
    pub counter: i64,
    /// When it was last rotated (milliseconds since the epoch).
    pub rotated_at: i64,
    /// When it was ended before its time (milliseconds since the epoch).
    pub revoked_at: Option<i64>,
    /// When it ends if it is not refreshed (milliseconds since the epoch).
    pub idle_expires_at: i64,
    /// When it ends in any case (milliseconds since the epoch).
    pub expires_at: i64,
    /// When it was made (milliseconds since the epoch).
    pub created_at: i64,
}

/// None: `store` joins by hand.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
