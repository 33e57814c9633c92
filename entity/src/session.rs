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
    /// The person chose to stay signed in.
    pub remember: bool,
    /// When the person last proved who they are (milliseconds since the epoch).
    pub auth_time: i64,
    /// When it was last used (milliseconds since the epoch), a little late.
    pub seen_at: i64,
    /// When it ends if it is not used (milliseconds since the epoch).
    pub idle_expires_at: i64,
    /// When it ends in any case (milliseconds since the epoch).
    pub expires_at: i64,
    /// When it was ended before its time (milliseconds since the epoch).
    pub ended_at: Option<i64>,
    /// The address at sign-in.
    pub ip: Option<String>,
    /// The browser's own name at sign-in, shortened.
    pub user_agent: Option<String>,
    /// When it was made (milliseconds since the epoch).
    pub created_at: i64,
}

/// None: `store` joins by hand.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
