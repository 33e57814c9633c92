//! Pairwise subjects: a name of its own for a user in each sector, kept so that it never changes.

use entity::pairwise_subject;
use sea_orm::EntityTrait as _;
use uuid::Uuid;

use crate::clock::Timestamp;

use super::{Db, Result};

impl Db {
    /// The subject by which the clients of `sector` know the user, if they have met.
    ///
    /// # Errors
    /// The database's.
    pub async fn pairwise_subject(&self, user: Uuid, sector: &str) -> Result<Option<String>> {
        let row = pairwise_subject::Entity::find_by_id((user, sector.to_owned())).one(self.reader()).await?;
        Ok(row.map(|row| row.sub))
    }

    /// Gives the user `sub` in `sector`, unless there is a subject already; of two at once one is kept.
    ///
    /// # Errors
    /// The database's.
    pub async fn add_pairwise_subject(
        &self,
        realm: Uuid,
        user: Uuid,
        sector: &str,
        sub: String,
        now: Timestamp,
    ) -> Result<()> {
        let sql = "INSERT INTO pairwise_subjects (user_id, sector, realm_id, sub, created_at) VALUES ($1, $2, $3, $4, $5) \
                   ON CONFLICT DO NOTHING RETURNING user_id";
        let values = vec![user.into(), sector.into(), realm.into(), sub.into(), now.millis().into()];
        self.write_one(sql.to_owned(), values).await?;
        Ok(())
    }
}
