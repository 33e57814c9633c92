//! Giving a client a new secret.

use std::time::Duration;

use uuid::Uuid;

use crate::protocol::FieldError;
use crate::protocol::token_endpoint_auth_method::SecretStorage;
use crate::store::events::{By, EventType};

use super::{Clients, Error, Issued, MAX_SECRETS, Reach, Result};

impl Clients {
    /// Gives a client that authenticates by a secret a new one, shown only in this answer. The one before lives on for `grace`, at once with
    /// the new one, so that the application can change over; older ones end now.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`] for a client without secrets; the database's.
    pub async fn rotate_secret(
        &self,
        realm: Uuid,
        reach: Reach,
        client_id: &str,
        grace: Duration,
        by: &By,
    ) -> Result<Issued> {
        let client = self.find(realm, reach, client_id).await?;
        let method = client.metadata.token_endpoint_auth_method;
        if method.secret_storage() == SecretStorage::Nothing {
            let message = "needs no secret: there is nothing to rotate";
            return Err(Error::Invalid(vec![FieldError::new("token_endpoint_auth_method", message)]));
        }
        let secret = self.new_secret();
        // The newest is the one that stays: two rotations in a millisecond are still two.
        let newest = client.secrets.iter().map(|secret| secret.created_at + Duration::from_millis(1)).max();
        let kept = self.kept(&secret, method, newest.map_or(by.at, |after| after.max(by.at)));
        let event = self.event(by, EventType::ClientSecretRotated, &client, "secret");
        let (row, ends, keep) = (client.id, by.at + grace, if grace.is_zero() { 0 } else { MAX_SECRETS as u64 - 1 });
        self.db
            .write(async move |tx| {
                tx.retire_client_secrets(row, keep, ends).await?;
                tx.add_client_secret(realm, row, &kept).await?;
                tx.record(&event).await
            })
            .await?;
        let client = self.find(realm, reach, client_id).await?;
        Ok(Issued { client, secret: Some(secret) })
    }
}
