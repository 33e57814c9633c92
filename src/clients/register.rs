//! Clients that register themselves, and see to their own registration (RFC 7591, RFC 7592).

use uuid::Uuid;

use crate::clock::Timestamp;
use crate::config;
use crate::protocol::client_metadata::ClientMetadata;
use crate::protocol::client_registration::{RegistrationRequest, refusal};
use crate::protocol::grant_type::GrantType;
use crate::protocol::profile::Profile;
use crate::protocol::registrant::Registrant;
use crate::protocol::{ErrorCode, FieldError, OAuthError};
use crate::secret::Secret;
use crate::store;
use crate::store::clients::{Client, Settings};
use crate::store::events::{By, EventType};
use crate::store::realms::Realm;
use crate::store::registrations::{InitialAccessToken, NotRegistered};

use super::software_statement;
use super::{Clients, Error, Issued, NewClient, Reach};

/// Seconds after which a client may try again where too many registrations wait.
const RETRY_AFTER: u64 = 3_600;

/// A registration to make.
#[derive(Debug)]
pub struct Registration<'a> {
    /// The realm.
    pub realm: &'a Realm,
    /// What the client asks for.
    pub request: RegistrationRequest,
    /// The rules that it keeps.
    pub profile: Profile,
    /// The initial access token that it showed, where one is needed.
    pub initial_access_token: Option<&'a Secret>,
    /// What else the configuration says of registrations.
    pub rules: &'a config::Registration,
}

/// A client that registered itself.
#[derive(Debug, Clone)]
pub struct RegisteredClient {
    /// The client, with its secret where it has one.
    pub issued: Issued,
    /// What it manages its registration with; shown only now.
    pub access_token: Secret,
}

/// What a registration is stored with, and what admits it.
struct Admission {
    /// SHA-256 of its registration access token, if it gets one.
    hash: Option<[u8; 32]>,
    /// How many registrations may wait to be used.
    max_unused: u32,
    /// SHA-256 of the initial access token, where one is needed.
    by: Option<[u8; 32]>,
}

/// Why a client is not registered.
#[derive(Debug, thiserror::Error)]
pub enum RegistrationError {
    /// The answer for the client.
    #[error(transparent)]
    Refused(#[from] OAuthError),
    /// Too many registrations wait to be used: the answer for the client.
    #[error(transparent)]
    Full(OAuthError),
    /// The database's fault.
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl From<Error> for RegistrationError {
    fn from(error: Error) -> Self {
        match error {
            Error::Invalid(faults) => Self::Refused(refusal(&faults)),
            Error::NotFound => Self::Refused(not_admitted()),
            Error::Store(error) => Self::Store(error),
        }
    }
}

impl Clients {
    /// Registers a client by itself.
    ///
    /// # Errors
    /// `invalid_redirect_uri`, `invalid_client_metadata`, or one of the two about software statements (RFC 7591 §3.2.2);
    /// `invalid_token` where the initial access token allows it no more; `temporarily_unavailable` where too many registrations wait
    /// to be used; the database's.
    pub async fn register(
        &self,
        registration: Registration<'_>,
        by: &By,
    ) -> Result<RegisteredClient, RegistrationError> {
        let Registration { realm, request, profile, initial_access_token, rules } = registration;
        let access_token = self.new_secret();
        let admission = Admission {
            hash: Some(access_token.sha256()),
            max_unused: rules.max_unused,
            by: initial_access_token.map(Secret::sha256),
        };
        // Nothing is fetched for who is not admitted, which is asked again where it counts.
        let fetches = ["software_statement", "sector_identifier_uri"].iter().any(|name| request.text(name).is_some());
        if (fetches || admission.by.is_some())
            && let Some(refusal) =
                self.db.registration_refusal(realm.id, admission.max_unused, admission.by, by.at).await?
        {
            return Err(not_registered(refusal));
        }
        let metadata = self.vouched_metadata(realm, request, rules, by).await?;
        let settings = Settings { profile, ..Settings::default() };
        let issued = self.own_client(NewClient { settings, ..NewClient::new(realm.id, None, metadata) }, by).await?;
        let kept = self.keep_own(&issued.client, admission, "registered itself", by).await?;
        kept.map(|()| RegisteredClient { issued, access_token }).map_err(not_registered)
    }

    /// Keeps the client that a client id metadata document describes, in the bounds of every registration, so that what it is granted has
    /// somebody to belong to. Of two that do so at once one does.
    ///
    /// # Errors
    /// As [`Clients::register`].
    pub(super) async fn register_document(
        &self,
        realm: Uuid,
        client_id: &str,
        metadata: ClientMetadata,
        max_unused: u32,
        by: &By,
    ) -> Result<(), RegistrationError> {
        let mut client = self.own_client(NewClient::new(realm, None, metadata), by).await?.client;
        client_id.clone_into(&mut client.client_id);
        let admission = Admission { hash: None, max_unused, by: None };
        let kept = self.keep_own(&client, admission, "client id metadata document", by).await?;
        match kept {
            Ok(()) | Err(NotRegistered::Taken) => Ok(()),
            Err(why) => Err(not_registered(why)),
        }
    }

    /// Replaces what a client has registered, as it asks itself (RFC 7592 §2.2). What its realm allows it stays as it is.
    ///
    /// # Errors
    /// As [`Clients::register`].
    pub async fn register_again(
        &self,
        realm: &Realm,
        client: &Client,
        request: RegistrationRequest,
        rules: &config::Registration,
        by: &By,
    ) -> Result<Issued, RegistrationError> {
        let metadata = self.vouched_metadata(realm, request, rules, by).await?;
        self.replace_own(realm.id, &client.client_id, metadata, by).await
    }

    /// Replaces a client's metadata by what it says of itself now, which keeps the rules of its registration.
    ///
    /// # Errors
    /// As [`Clients::register`].
    pub(super) async fn replace_own(
        &self,
        realm: Uuid,
        client_id: &str,
        metadata: ClientMetadata,
        by: &By,
    ) -> Result<Issued, RegistrationError> {
        let faults = own_faults(&metadata);
        if !faults.is_empty() {
            return Err(Error::Invalid(faults).into());
        }
        Ok(self.update(realm, Reach::All, client_id, metadata, by).await?)
    }

    /// A client that registers itself, sound and with its sector proven. Nothing is stored yet.
    async fn own_client(&self, new: NewClient, by: &By) -> Result<Issued, RegistrationError> {
        let faults = own_faults(&new.metadata);
        let mut issued = self.assemble(new, faults, by.at).await?;
        issued.client.registrant = Registrant::Client;
        self.require_sector(&issued.client).await?;
        Ok(issued)
    }

    /// Stores it, with its event, if it is admitted.
    async fn keep_own(
        &self,
        client: &Client,
        admission: Admission,
        how: &str,
        by: &By,
    ) -> store::Result<Result<(), NotRegistered>> {
        let event = self.event(by, EventType::ClientCreated, client, how);
        let client = client.clone();
        let Admission { hash, max_unused, by: admitted_by } = admission;
        let registered = self.db.write(async move |tx| {
            let registered = tx.register_client(&client, hash, max_unused, admitted_by).await?;
            if registered.is_ok() {
                tx.record(&event).await?;
            }
            Ok(registered)
        });
        registered.await
    }

    async fn vouched_metadata(
        &self,
        realm: &Realm,
        mut request: RegistrationRequest,
        rules: &config::Registration,
        by: &By,
    ) -> Result<ClientMetadata, OAuthError> {
        match request.software_statement()?.map(str::to_owned) {
            Some(statement) => {
                let (issuers, us) = (&rules.software_statement_issuers, &realm.issuer);
                let vouched = software_statement::vouched_for(issuers, &self.remote_jwks, &statement, us, by.at);
                request.overlay(vouched.await?);
            }
            None if rules.require_software_statement => {
                let what = "a software_statement of an issuer who is trusted here is required";
                return Err(OAuthError::new(ErrorCode::UnapprovedSoftwareStatement, what));
            }
            None => {}
        }
        request.metadata()
    }

    /// A client is used: one that registered itself stays from now on. Only the first time is anything written.
    ///
    /// # Errors
    /// The database's.
    pub async fn used(&self, client: &Client, now: Timestamp) -> store::Result<()> {
        if client.registrant != Registrant::Client || client.used {
            return Ok(());
        }
        self.db.mark_client_used(client, now).await
    }

    /// Makes a token that lets its holder register clients; it is shown only in this answer.
    ///
    /// # Errors
    /// The database's.
    pub async fn create_initial_access_token(
        &self,
        realm: Uuid,
        token: InitialAccessToken,
    ) -> super::Result<(InitialAccessToken, Secret)> {
        let (secret, stored) = (self.new_secret(), token.clone());
        let hash = secret.sha256();
        self.db.write(async move |tx| tx.create_initial_access_token(realm, &stored, hash).await).await?;
        Ok((token, secret))
    }

    /// Ends such a token.
    ///
    /// # Errors
    /// [`Error::NotFound`]; the database's.
    pub async fn delete_initial_access_token(&self, realm: Uuid, id: Uuid) -> super::Result<()> {
        let deleted = self.db.write(async move |tx| tx.delete_initial_access_token(realm, id).await).await?;
        if deleted { Ok(()) } else { Err(Error::NotFound) }
    }
}

fn not_registered(why: NotRegistered) -> RegistrationError {
    match why {
        NotRegistered::NotAdmitted => not_admitted().into(),
        NotRegistered::Full => {
            tracing::warn!("registration.max_unused registrations wait to be used: no more are taken");
            let what = "too many registrations wait to be used: try again later";
            RegistrationError::Full(OAuthError::temporarily_unavailable(what).with_retry_after(RETRY_AFTER))
        }
        NotRegistered::Taken => store::Error::Busy.into(),
    }
}

fn not_admitted() -> OAuthError {
    OAuthError::invalid_token("the initial access token is unknown, over, or used up")
}

/// What strangers' metadata must keep besides: nothing that we ask for on their behalf is plain http, for which the operator alone can
/// open the way (security.md "Outgoing requests"); and no token is theirs without a user who allows it, or anybody could give
/// themselves the scopes of every API.
fn own_faults(metadata: &ClientMetadata) -> Vec<FieldError> {
    let mut faults = plain_addresses(metadata);
    if metadata.allows(GrantType::ClientCredentials) {
        let message = "must not name client_credentials: the operator alone gives an application a token of its own";
        faults.push(FieldError::new("grant_types", message));
    }
    faults
}

fn plain_addresses(metadata: &ClientMetadata) -> Vec<FieldError> {
    let addresses = [
        ("jwks_uri", metadata.key_set.jwks_uri.as_slice()),
        ("sector_identifier_uri", metadata.sector_identifier_uri.as_slice()),
        ("backchannel_logout_uri", metadata.logout.backchannel_logout_uri.as_slice()),
        ("request_uris", &metadata.request_objects.request_uris),
    ];
    let plain = addresses.into_iter().filter(|(_, uris)| uris.iter().any(|uri| !uri.starts_with("https://")));
    plain.map(|(field, _)| FieldError::new(field, "must begin with https://")).collect()
}
