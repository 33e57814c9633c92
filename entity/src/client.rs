//! An OAuth client (RFC 6749 section 2).

use sea_orm::entity::prelude::*;

/// An OAuth client (RFC 6749 section 2).
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "clients")]
pub struct Model {
    /// The row's id, a UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The realm it belongs to.
    pub realm_id: Uuid,
    /// The `client_id` of the protocol, unique in the realm.
    pub client_id: String,
    /// The user who registered it; none for an operator's.
    pub owner_id: Option<Uuid>,
    /// Who registered it: `operator`, `user`, or the `client` itself.
    pub registrant: String,
    /// Its metadata by the names of RFC 7591.
    #[sea_orm(column_type = "JsonBinary")]
    pub metadata: Json,
    /// The operator's own: consent may be skipped.
    pub first_party: bool,
    /// What this client has set otherwise than its realm.
    #[sea_orm(column_type = "JsonBinary")]
    pub settings: Json,
    /// It may do nothing until it is enabled again.
    pub disabled: bool,
    /// Nothing issued before this instant is alive (milliseconds since the epoch).
    pub not_before: i64,
    /// When it was first used, for one that registered itself (milliseconds since the epoch).
    pub used_at: Option<i64>,
    /// SHA-256 of the token that it manages its registration with.
    pub registration_hash: Option<Vec<u8>>,
    /// SHA-256 of its logo in `client_logos`, where one was fetched.
    pub logo_hash: Option<Vec<u8>>,
    /// When it was made (milliseconds since the epoch).
    pub created_at: i64,
    /// When it was last changed (milliseconds since the epoch).
    pub updated_at: i64,
}

/// None: `store` joins by hand.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
