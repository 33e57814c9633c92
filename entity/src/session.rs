//! A signed-in, or half signed-in, browser.

use sea_orm::entity::prelude::*;

/// A signed-in, or half signed-in, browser.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "sessions")]
pub struct Model {
    /// The row's id, a UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The realm it belongs to.
    pub realm_id: Uuid,
    /// The user it belongs to.
    pub user_id: Uuid,
    /// SHA-256 of the cookie's secret.
    pub secret_hash: Vec<u8>,
    /// The factors shown so far, each with its time.
    #[sea_orm(column_type = "JsonBinary")]
    pub factors: Json,
    /// Remember.
    pub remember: bool,
    /// When the person last proved who they are.
    pub auth_time: i64,
    /// Seen at (milliseconds since the epoch).
    pub seen_at: i64,
    /// Idle expires at (milliseconds since the epoch).
    pub idle_expires_at: i64,
    /// When it ends (milliseconds since the epoch).
    pub expires_at: i64,
    /// Ended at (milliseconds since the epoch).
    pub ended_at: Option<i64>,
    /// Ip.
    pub ip: Option<String>,
    /// User agent.
    pub user_agent: Option<String>,
    /// When it was made (milliseconds since the epoch).
    pub created_at: i64,
}

/// None: `store` joins by hand.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
