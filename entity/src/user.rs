//! A person who can sign in.

use sea_orm::entity::prelude::*;

/// Whether a user may sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum UserStatus {
    /// May sign in.
    #[sea_orm(string_value = "active")]
    Active,
    /// Invited, and has not answered yet.
    #[sea_orm(string_value = "invited")]
    Invited,
    /// Shut out by an administrator.
    #[sea_orm(string_value = "disabled")]
    Disabled,
}

/// A person who can sign in.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub struct Model {
    /// The row's id, a UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The realm it belongs to.
    pub realm_id: Uuid,
    /// The subject that clients see: random, set once, never reused.
    pub sub: String,
    /// Whether the user may sign in.
    pub status: UserStatus,
    /// May see and change every user and application of the realm.
    pub administrator: bool,
    /// The standard claims (OpenID Connect Core 5.1) but for e-mail and phone, which are identifiers.
    #[sea_orm(column_type = "JsonBinary")]
    pub claims: Json,
    /// The person's own attributes.
    #[sea_orm(column_type = "JsonBinary")]
    pub attributes: Json,
    /// Attributes that only an administrator reads and writes.
    #[sea_orm(column_type = "JsonBinary")]
    pub admin_attributes: Json,
    /// Nothing issued before this instant is alive (milliseconds since the epoch).
    pub not_before: i64,
    /// When it was made (milliseconds since the epoch).
    pub created_at: i64,
    /// When it was last changed (milliseconds since the epoch).
    pub updated_at: i64,
    /// When it was deleted (milliseconds since the epoch).
    pub deleted_at: Option<i64>,
}

/// None: `store` joins by hand.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
