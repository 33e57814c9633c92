//! Registering a client.

use uuid::Uuid;

use crate::clock::Timestamp;
use crate::config::FirstClient;
use crate::protocol::FieldError;
use crate::protocol::client_metadata::ClientMetadata;
use crate::protocol::grant_type::GrantType;
use crate::protocol::registrant::Registrant;
use crate::protocol::response_type::ResponseType;
use crate::protocol::token_endpoint_auth_method::{SecretStorage, TokenEndpointAuthMethod};
use crate::secret::Secret;
use crate::store::clients::{Client, Settings};
use crate::store::events::{By, EventType};

use super::{Clients, Error, Issued, Result, on_behalf, sector, sound};

/// The longest lifetime that a client may set for its tokens, in seconds: a day.
pub(super) const MAX_TOKEN_SECONDS: u64 = 86_400;
/// The longest client id that may be chosen.
const MAX_CHOSEN_ID: usize = 128;
/// The shortest secret that may be chosen. Its SHA-256 is all that is kept: it must be random, and this long.
const MIN_CHOSEN_SECRET: usize = 32;

/// A client to register.
#[derive(Debug, Clone)]
pub struct NewClient {
    /// The realm.
    pub realm: Uuid,
    /// Who registers it; none for an operator's.
    pub owner: Option<Uuid>,
    /// Its metadata.
    pub metadata: ClientMetadata,
    /// Whether it is the operator's own.
    pub first_party: bool,
    /// What it sets otherwise than its realm.
    pub settings: Settings,
    /// Its id and secret, where the operator chose them; else both are made here.
    pub chosen: Option<Chosen>,
}

/// An id and a secret that the operator chose.
#[derive(Debug, Clone)]
pub struct Chosen {
    /// The client id.
    pub client_id: String,
    /// The secret; without it one is made for a confidential client.
    pub secret: Option<Secret>,
}

impl NewClient {
    /// A client with this metadata, and with everything else as it is for strangers' clients.
    pub fn new(realm: Uuid, owner: Option<Uuid>, metadata: ClientMetadata) -> Self {
        Self { realm, owner, metadata, first_party: false, settings: Settings::default(), chosen: None }
    }
}

impl Clients {
    /// Registers a client. One that authenticates by a secret gets it, and it is shown only in this answer.
    ///
    /// # Errors
    /// [`Error::Invalid`], also where a chosen id is taken; the database's.
    pub async fn create(&self, new: NewClient, by: &By) -> Result<Issued> {
        match self.create_unless_there(new, by).await? {
            Some(issued) => Ok(issued),
            None => Err(Error::Invalid(vec![FieldError::new("client_id", "belongs to another client of this realm")])),
        }
    }

    /// Registers a client whose id was chosen, unless there is one with that id; says whether it did.
    ///
    /// # Errors
    /// As [`Clients::create`].
    pub async fn ensure(&self, new: NewClient, by: &By) -> Result<bool> {
        if let Some(chosen) = &new.chosen
            && self.db.client(new.realm, &chosen.client_id).await?.is_some()
        {
            return Ok(false);
        }
        Ok(self.create_unless_there(new, by).await?.is_some())
    }

    /// Registers the client of an unattended start; says whether it did. Starting again changes nothing.
    ///
    /// # Errors
    /// [`Error::Invalid`]; the database's.
    pub async fn ensure_first(&self, realm: Uuid, first: &FirstClient, now: Timestamp) -> Result<bool> {
        let Some(client_id) = &first.client_id else { return Ok(false) };
        let new = NewClient {
            first_party: first.first_party,
            settings: Settings { skip_consent: first.first_party, ..Settings::default() },
            chosen: Some(Chosen { client_id: client_id.clone(), secret: first.client_secret.clone() }),
            ..NewClient::new(realm, None, first_metadata(first, client_id))
        };
        self.ensure(new, &By::operator(now)).await
    }

    /// None where the id that was chosen is taken.
    async fn create_unless_there(&self, new: NewClient, by: &By) -> Result<Option<Issued>> {
        let storage = new.metadata.token_endpoint_auth_method.secret_storage();
        let mut faults = chosen_faults(new.chosen.as_ref(), storage);
        faults.extend(self.settings_faults(new.realm, new.first_party, &new.settings).await?);
        let issued = self.assemble(new, faults, by.at).await?;
        self.require_sector(&issued.client).await?;
        let event = self.event(by, EventType::ClientCreated, &issued.client, "created");
        let client = issued.client.clone();
        let made = self
            .db
            .write(async move |tx| {
                let made = tx.create_client(&client).await?;
                if made {
                    tx.record(&event).await?;
                }
                Ok(made)
            })
            .await?;
        Ok(made.then_some(issued))
    }

    /// The client that is to be stored, with its secret, if its metadata keeps every rule and there are no `faults` yet.
    pub(super) async fn assemble(&self, new: NewClient, mut faults: Vec<FieldError>, now: Timestamp) -> Result<Issued> {
        let signs = self.signs(new.realm, now).await?;
        let uris = sound(&new.metadata, new.settings.profile, &signs).map_err(|more| faults.extend(more));
        let (Ok(uris), true) = (uris, faults.is_empty()) else { return Err(Error::Invalid(faults)) };
        let (client_id, secret) = match new.chosen {
            Some(chosen) => (chosen.client_id, chosen.secret),
            None => (self.new_client_id(), None),
        };
        let method = new.metadata.token_endpoint_auth_method;
        let secret = match method.secret_storage() {
            SecretStorage::Nothing => None,
            SecretStorage::Hash | SecretStorage::Sealed => Some(secret.unwrap_or_else(|| self.new_secret())),
        };
        let client = Client {
            id: self.random.id(now),
            realm_id: new.realm,
            client_id,
            owner_id: new.owner,
            registrant: if new.owner.is_some() { Registrant::User } else { Registrant::Operator },
            used: false,
            logo: None,
            metadata: new.metadata,
            uris,
            first_party: new.first_party,
            settings: new.settings,
            disabled: false,
            not_before: Timestamp::from_millis(0),
            secrets: secret.iter().map(|secret| self.kept(secret, method, now)).collect(),
            created_at: now,
            updated_at: now,
        };
        Ok(Issued { client, secret })
    }

    /// The sector that a client names is its own; no transaction is open.
    pub(super) async fn require_sector(&self, client: &Client) -> Result<()> {
        let fault = sector::fault(&self.outgoing, on_behalf(client), &client.metadata).await;
        fault.map_or(Ok(()), |fault| Err(Error::Invalid(vec![fault])))
    }

    /// 128 random bits in hexadecimal. Never an address: those are ids of client id metadata documents.
    fn new_client_id(&self) -> String {
        Uuid::from_bytes(self.random.bytes()).simple().to_string()
    }

    /// What is wrong with what a client sets otherwise than its realm.
    pub(super) async fn settings_faults(
        &self,
        realm: Uuid,
        first_party: bool,
        settings: &Settings,
    ) -> Result<Vec<FieldError>> {
        let mut faults = Vec::new();
        if settings.skip_consent && !first_party {
            faults.push(FieldError::new("skip_consent", "is for first-party clients only"));
        }
        let lifetimes =
            [("access_token_seconds", settings.access_token_seconds), ("id_token_seconds", settings.id_token_seconds)];
        for (field, seconds) in lifetimes {
            if seconds.is_some_and(|seconds| !(1..=MAX_TOKEN_SECONDS).contains(&seconds)) {
                faults.push(FieldError::new(field, format!("must be between 1 and {MAX_TOKEN_SECONDS} seconds")));
            }
        }
        if let Some(identifier) = &settings.default_resource
            && self.db.resource_server(realm, identifier).await?.is_none()
        {
            faults.push(FieldError::new("default_resource", "must name a resource server of this realm"));
        }
        Ok(faults)
    }
}

fn chosen_faults(chosen: Option<&Chosen>, storage: SecretStorage) -> Vec<FieldError> {
    let mut faults = Vec::new();
    let Some(chosen) = chosen else { return faults };
    if !is_client_id(&chosen.client_id) {
        let message = "must be 1 to 128 letters, digits and . _ ~ -, and must not begin with -";
        faults.push(FieldError::new("client_id", message));
    }
    match &chosen.secret {
        Some(_) if storage == SecretStorage::Nothing => {
            let message = "must be absent: the client's authentication method needs none";
            faults.push(FieldError::new("client_secret", message));
        }
        Some(secret) if secret.expose().chars().count() < MIN_CHOSEN_SECRET => {
            let message = "must be at least 32 characters, made at random; without it, one is made";
            faults.push(FieldError::new("client_secret", message));
        }
        _ => {}
    }
    faults
}

/// The unreserved characters of RFC 3986 §2.3: no id that we keep is an address, or needs to be escaped anywhere.
fn is_client_id(text: &str) -> bool {
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    (1..=MAX_CHOSEN_ID).contains(&text.len()) && !text.starts_with('-') && text.bytes().all(unreserved)
}

fn first_metadata(first: &FirstClient, client_id: &str) -> ClientMetadata {
    let uses_code = first.grant_types.contains(&GrantType::AuthorizationCode);
    ClientMetadata {
        client_name: Some(first.name.clone().unwrap_or_else(|| client_id.to_owned())),
        redirect_uris: first.redirect_uris.clone(),
        post_logout_redirect_uris: first.post_logout_redirect_uris.clone(),
        grant_types: first.grant_types.clone(),
        response_types: if uses_code { vec![ResponseType::Code] } else { Vec::new() },
        token_endpoint_auth_method: match first.client_secret {
            Some(_) => TokenEndpointAuthMethod::ClientSecretBasic,
            None => TokenEndpointAuthMethod::None,
        },
        ..ClientMetadata::default()
    }
}
