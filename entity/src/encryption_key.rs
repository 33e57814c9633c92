//! A realm's key pair that others encrypt to.

use sea_orm::entity::prelude::*;

/// A realm's key pair that others encrypt to.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "encryption_keys")]
pub struct Model {
    /// The row's id, a UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The realm it belongs to.
    pub realm_id: Uuid,
    /// Its `kid` (RFC 7517 §4.5).
    pub kid: String,
    /// Its type: `RSA` or `P-256`.
    pub key_type: String,
    /// The public key as a JWK.
    #[sea_orm(column_type = "JsonBinary")]
    pub public_jwk: Json,
    /// The private key as a JWK, sealed by the keyring.
    pub private_sealed: Vec<u8>,
    /// When it enters the JWKS (milliseconds since the epoch).
    pub published_from: i64,
    /// When it leaves the JWKS (milliseconds since the epoch); none while it has no successor.
    pub published_until: Option<i64>,
    /// When nothing is decrypted with it any more (milliseconds since the epoch).
    pub decrypts_until: Option<i64>,
    /// When it was made (milliseconds since the epoch).
    pub created_at: i64,
}

/// None: `store` joins by hand.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
