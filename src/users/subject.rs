//! By which subject a client knows a user (OpenID Connect Core §8).

use crate::clock::Timestamp;
use crate::store::clients::Client;
use crate::store::users::User;

use super::{Error, Result, Users};

impl Users {
    /// The subject by which `client` knows the user: everyone's, or one of its sector alone, made when they first meet.
    ///
    /// # Errors
    /// The database's.
    pub async fn subject(&self, client: &Client, user: &User, now: Timestamp) -> Result<String> {
        let known = self.known_subject(client, user).await?;
        let (None, Some(sector)) = (&known, client.sector()) else { return known.ok_or(Error::NotFound) };
        self.db.add_pairwise_subject(client.realm_id, user.id, sector, self.new_sub(), now).await?;
        // Of two requests at once, both take what the first has made.
        self.known_subject(client, user).await?.ok_or(Error::NotFound)
    }

    /// The same, if they have met.
    ///
    /// # Errors
    /// The database's.
    pub async fn known_subject(&self, client: &Client, user: &User) -> Result<Option<String>> {
        match client.sector() {
            None => Ok(Some(user.sub.clone())),
            Some(sector) => Ok(self.db.pairwise_subject(user.id, sector).await?),
        }
    }
}
