//! Something that waits to be sent.

use sea_orm::entity::prelude::*;

/// Something that waits to be sent.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "outbox")]
pub struct Model {
    /// The row's id. That of a logout notice is its session client's, that of a logo its client's.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The realm it belongs to.
    pub realm_id: Uuid,
    /// What it is: `backchannel_logout`, or `logo`, which is fetched.
    pub kind: String,
    /// Whom it goes to: the client's row. One receiver is sent so many at a time.
    pub receiver: Uuid,
    /// What is to be sent, sealed by the keyring; none where `kind` and id say all.
    pub payload: Option<Vec<u8>>,
    /// How often it was tried.
    pub attempts: i64,
    /// When it is due (milliseconds since the epoch): while somebody sends it, when another may.
    pub next_at: i64,
    /// When it is given up (milliseconds since the epoch).
    pub expires_at: i64,
    /// When it was made (milliseconds since the epoch).
    pub created_at: i64,
}

/// None: `store` joins by hand.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
