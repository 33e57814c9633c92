//! An API that accepts our access tokens.

use sea_orm::entity::prelude::*;

/// An API that accepts our access tokens.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "resource_servers")]
pub struct Model {
    /// The row's id, a UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The realm it belongs to.
    pub realm_id: Uuid,
    /// The audience of its tokens: the `resource` of RFC 8707.
    pub identifier: String,
    /// What people read.
    pub name: String,
    /// The `iss` of its tokens where it is not the realm's.
    pub issuer: Option<String>,
    /// The algorithm that signs its access tokens (JWA name), where they are JWTs.
    pub signing_alg: String,
    /// Whether its access tokens can be read: `jwt` or `opaque`.
    pub token_format: String,
    /// The claims of its access tokens: `rfc9068` or `tekcify`.
    pub claim_set: String,
    /// The secret of HS256, sealed.
    pub secret_sealed: Option<Vec<u8>>,
    /// Lifetime of its access tokens in seconds, where it is not the configured one.
    pub access_token_seconds: Option<i64>,
    /// Scope tokens with what people read of each.
    #[sea_orm(column_type = "JsonBinary")]
    pub scopes: Json,
    /// The client row by which it introspects.
    pub client_id: Option<Uuid>,
    /// When it was made (milliseconds since the epoch).
    pub created_at: i64,
    /// When it was last changed (milliseconds since the epoch).
    pub updated_at: i64,
}

/// None: `store` joins by hand.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
