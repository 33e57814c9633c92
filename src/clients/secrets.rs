//! A client's secrets by hand: one more, and one less.

use uuid::Uuid;

use crate::protocol::FieldError;
use crate::protocol::token_endpoint_auth_method::SecretStorage;
use crate::store::events::{By, EventType};

use super::{Clients, Error, Issued, MAX_SECRETS, Reach, Result};

impl Clients {
    /// Gives a client that authenticates by a secret one more, shown only in this answer; the one that it has lives on until it is removed.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`] for a client without secrets, and for one that has two; the database's.
    pub async fn add_secret(&self, realm: Uuid, reach: Reach, client_id: &str, by: &By) -> Result<Issued> {
        let client = self.find(realm, reach, client_id).await?;
        let live = client.secrets.iter().filter(|secret| secret.is_live(by.at)).count();
        let method = client.metadata.token_endpoint_auth_method;
        if method.secret_storage() == SecretStorage::Nothing || live >= MAX_SECRETS {
            return Err(refused("must be one of two at most, and only where the client authenticates by a secret"));
        }
        let secret = self.new_secret();
        let kept = self.kept(&secret, method, by.at);
        let event = self.event(by, EventType::ClientSecretRotated, &client, "secret added");
        let row = client.id;
        self.db
            .write(async move |tx| {
                tx.add_client_secret(realm, row, &kept).await?;
                tx.record(&event).await
            })
            .await?;
        let client = self.find(realm, reach, client_id).await?;
        Ok(Issued { client, secret: Some(secret) })
    }

    /// Ends one of two secrets. The only one stays: without it nobody could use the client.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`] for the only one; the database's.
    pub async fn remove_secret(&self, realm: Uuid, reach: Reach, client_id: &str, secret: Uuid, by: &By) -> Result<()> {
        let client = self.find(realm, reach, client_id).await?;
        let others = client.secrets.iter().filter(|other| other.id != secret && other.is_live(by.at)).count();
        if others == 0 {
            return Err(refused("must not be the only one: make a new one first"));
        }
        let event = self.event(by, EventType::ClientSecretRotated, &client, "secret removed");
        let row = client.id;
        let removed = self
            .db
            .write(async move |tx| {
                let removed = tx.delete_client_secret(row, secret).await?;
                if removed {
                    tx.record(&event).await?;
                }
                Ok(removed)
            })
            .await?;
        if removed { Ok(()) } else { Err(Error::NotFound) }
    }
}

fn refused(message: &'static str) -> Error {
    Error::Invalid(vec![FieldError::new("client_secret", message)])
}
