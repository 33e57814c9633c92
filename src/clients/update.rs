//! Changing a client: its metadata, what it sets otherwise than its realm, whether it is shut out.

use std::time::Duration;

use uuid::Uuid;

use crate::clock::Timestamp;
use crate::protocol::client_metadata::ClientMetadata;
use crate::protocol::token_endpoint_auth_method::SecretStorage;
use crate::secret::Secret;
use crate::store::clients::{Client, ClientSecret, Settings};
use crate::store::events::{By, EventType};
use crate::store::{self, Tx};

use super::{Clients, Error, Issued, Reach, Result, sound};

/// How often a change is begun anew because another came first.
const ATTEMPTS: usize = 5;

/// What becomes of a client's secrets with a change.
#[derive(Debug, Clone)]
enum Secrets {
    /// They stay.
    Keep,
    /// A client whose method needs one that it has not gets it.
    Add(ClientSecret),
    /// A client that shows its secret has it kept as a hash alone.
    Unlearn,
    /// A client whose method needs none has none.
    Drop,
}

/// All that an administrator says of a client.
#[derive(Debug, Clone)]
pub struct Configuration {
    /// Its metadata.
    pub metadata: ClientMetadata,
    /// Whether it is the operator's own.
    pub first_party: bool,
    /// What it sets otherwise than its realm.
    pub settings: Settings,
}

impl Clients {
    /// Replaces a client's metadata. One whose method of authentication needs a secret that it has not gets one, which is shown only
    /// in this answer; one whose method needs none loses its secrets.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`]; the database's.
    pub async fn update(
        &self,
        realm: Uuid,
        reach: Reach,
        client_id: &str,
        metadata: ClientMetadata,
        by: &By,
    ) -> Result<Issued> {
        self.change(realm, reach, client_id, by, "metadata", |client| client.metadata = metadata.clone()).await
    }

    /// As [`Clients::update`], and says too whether the client is the operator's own, and what it has otherwise than its realm: an
    /// administrator's to say.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`]; the database's.
    pub async fn configure(
        &self,
        realm: Uuid,
        client_id: &str,
        configuration: Configuration,
        by: &By,
    ) -> Result<Issued> {
        let Configuration { metadata, first_party, settings } = configuration;
        let faults = self.settings_faults(realm, first_party, &settings).await?;
        if !faults.is_empty() {
            return Err(Error::Invalid(faults));
        }
        self.change(realm, Reach::All, client_id, by, "configuration", |client| {
            client.metadata = metadata.clone();
            client.first_party = first_party;
            client.settings = settings.clone();
        })
        .await
    }

    /// Shuts a client out, which ends all that it holds, or lets it in again.
    ///
    /// # Errors
    /// [`Error::NotFound`]; the database's.
    pub async fn set_disabled(
        &self,
        realm: Uuid,
        reach: Reach,
        client_id: &str,
        disabled: bool,
        by: &By,
    ) -> Result<Client> {
        let word = if disabled { "disabled" } else { "enabled" };
        let changed = self.change(realm, reach, client_id, by, word, |client| {
            client.disabled = disabled;
            if disabled {
                client.not_before = client.not_before.max(by.at);
            }
        });
        Ok(changed.await?.client)
    }

    /// Reads, edits, checks and stores; anew where another change came between.
    async fn change(
        &self,
        realm: Uuid,
        reach: Reach,
        client_id: &str,
        by: &By,
        what: &str,
        edit: impl Fn(&mut Client),
    ) -> Result<Issued> {
        for _ in 0..ATTEMPTS {
            let mut client = self.find(realm, reach, client_id).await?;
            let known = client.clone();
            edit(&mut client);
            self.require_sound(&mut client, &known, by.at).await?;
            // It only ever grows: two changes in a millisecond are still two.
            client.updated_at = by.at.max(known.updated_at + Duration::from_millis(1));
            let secret = self.secret_due(&client, by.at);
            let secrets = self.secrets_after(&client, secret.as_ref(), by.at);
            if self.store(&client, known.updated_at, secrets, what, by).await? {
                return Ok(Issued { client, secret });
            }
        }
        Err(Error::Store(store::Error::Busy))
    }

    /// What was changed keeps the rules. What was not is not judged again: a client can be shut out whatever became of them.
    async fn require_sound(&self, client: &mut Client, known: &Client, now: Timestamp) -> Result<()> {
        if client.metadata == known.metadata && client.settings.profile == known.settings.profile {
            return Ok(());
        }
        let signs = self.signs(client.realm_id, now).await?;
        client.uris = sound(&client.metadata, client.settings.profile, &signs).map_err(Error::Invalid)?;
        if sector_of(&client.metadata) != sector_of(&known.metadata) {
            self.require_sector(client).await?;
        }
        if client.metadata.logo_uri != known.metadata.logo_uri {
            client.logo = None;
        }
        Ok(())
    }

    fn secret_due(&self, client: &Client, now: Timestamp) -> Option<Secret> {
        let live = || client.secrets.iter().filter(|secret| secret.is_live(now));
        let due = match client.metadata.token_endpoint_auth_method.secret_storage() {
            SecretStorage::Nothing => false,
            SecretStorage::Hash => live().next().is_none(),
            SecretStorage::Sealed => !live().any(|secret| secret.sealed.is_some()),
        };
        due.then(|| self.new_secret())
    }

    fn secrets_after(&self, client: &Client, due: Option<&Secret>, now: Timestamp) -> Secrets {
        let method = client.metadata.token_endpoint_auth_method;
        if let Some(secret) = due {
            return Secrets::Add(self.kept(secret, method, now));
        }
        match method.secret_storage() {
            SecretStorage::Nothing if !client.secrets.is_empty() => Secrets::Drop,
            SecretStorage::Hash if client.secrets.iter().any(|secret| secret.sealed.is_some()) => Secrets::Unlearn,
            _ => Secrets::Keep,
        }
    }

    async fn store(&self, client: &Client, before: Timestamp, secrets: Secrets, what: &str, by: &By) -> Result<bool> {
        let event = self.event(by, EventType::ClientUpdated, client, what);
        let (client, now) = (client.clone(), by.at);
        let stored = self.db.write(async move |tx| {
            let stored = tx.update_client(&client, before).await?;
            if stored {
                apply(tx, &client, &secrets, now).await?;
                tx.record(&event).await?;
            }
            Ok(stored)
        });
        Ok(stored.await?)
    }
}

/// What the document of its sector is asked about: a client can be changed otherwise while that cannot be reached.
fn sector_of(metadata: &ClientMetadata) -> (Option<String>, Vec<String>) {
    (metadata.sector_identifier_uri.clone(), metadata.redirect_uris.clone())
}

async fn apply(tx: &Tx, client: &Client, secrets: &Secrets, now: Timestamp) -> store::Result<()> {
    match secrets {
        Secrets::Keep => Ok(()),
        Secrets::Add(secret) => tx.add_client_secret(client.realm_id, client.id, secret).await,
        Secrets::Unlearn => tx.unlearn_client_secrets(client.id).await,
        Secrets::Drop => tx.retire_client_secrets(client.id, 0, now).await,
    }
}
