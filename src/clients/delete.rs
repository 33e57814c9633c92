//! Deleting a client.

use uuid::Uuid;

use crate::store::events::{By, EventType};

use super::{Clients, Error, Reach, Result};

impl Clients {
    /// Deletes a client with all that it holds: its secrets, the consents to it, its families of tokens.
    ///
    /// # Errors
    /// [`Error::NotFound`]; the database's.
    pub async fn delete(&self, realm: Uuid, reach: Reach, client_id: &str, by: &By) -> Result<()> {
        let client = self.find(realm, reach, client_id).await?;
        let event = self.event(by, EventType::ClientDeleted, &client, "deleted");
        let deleted = self
            .db
            .write(async move |tx| {
                let deleted = tx.delete_client(realm, client.id).await?;
                if deleted {
                    tx.record(&event).await?;
                }
                Ok(deleted)
            })
            .await?;
        if deleted { Ok(()) } else { Err(Error::NotFound) }
    }
}
