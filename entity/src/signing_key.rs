//! A realm's key pair.

use sea_orm::entity::prelude::*;

/// A realm's key pair.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "signing_keys")]
pub struct Model {
    /// The row's id, a UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The realm it belongs to.
    pub realm_id: Uuid,
    /// Kid.
    pub kid: String,
    /// Alg.
    pub alg: String,
    /// Public jwk.
    #[sea_orm(column_type = "JsonBinary")]
    pub public_jwk: Json,
    /// Private sealed.
    pub private_sealed: Vec<u8>,
    /// Signs from.
    pub signs_from: i64,
    /// Signs until.
    pub signs_until: Option<i64>,
    /// When it leaves the JWKS.
    pub published_until: Option<i64>,
    /// When it was made (milliseconds since the epoch).
    pub created_at: i64,
}

/// None: `store` joins by hand.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
