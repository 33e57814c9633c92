//! Client id metadata documents: a client whose id is the URL of its own metadata
//! (draft-ietf-oauth-client-id-metadata-document; Model Context Protocol, Authorization).

use url::Url;

use super::client_metadata::ClientMetadata;
use super::client_registration::{RegistrationRequest, refusal};
use super::profile::Profile;
use super::token_endpoint_auth_method::{SecretStorage, TokenEndpointAuthMethod};
use super::{ErrorCode, OAuthError};

/// The most bytes of a document.
pub const MAX_BYTES: usize = 5 * 1024;

/// The longest URL, in bytes: no client id is longer.
pub const MAX_URL: usize = 512;

/// Whether a client id is meant as the URL of a document: none that we give out begins like this.
pub fn is_meant(client_id: &str) -> bool {
    client_id.starts_with("https://")
}

/// The URL that a client id is (§3): https, with a path, without dot segments, fragment, user name and password, and written as it is
/// fetched, so that one client has one id.
pub fn url(client_id: &str) -> Option<Url> {
    let url = Url::parse(client_id).ok().filter(|_| is_meant(client_id) && client_id.len() <= MAX_URL)?;
    let sound = url.as_str() == client_id && url.path() != "/" && url.fragment().is_none();
    (sound && url.username().is_empty() && url.password().is_none()).then_some(url)
}

/// The metadata that a document holds (§4).
///
/// # Errors
/// `invalid_client_metadata` or `invalid_redirect_uri`, for the application's developer.
pub fn metadata(client_id: &str, document: &[u8]) -> Result<ClientMetadata, OAuthError> {
    let said = RegistrationRequest::read(document)?;
    if said.text("client_id") != Some(client_id) {
        return Err(invalid("its client_id must be its own URL, byte for byte"));
    }
    if said.text("client_secret").is_some() {
        return Err(invalid("it must hold no client_secret: everybody reads it"));
    }
    let mut metadata = said.metadata()?;
    if said.text("token_endpoint_auth_method").is_none() {
        metadata.token_endpoint_auth_method = TokenEndpointAuthMethod::None;
    }
    if metadata.token_endpoint_auth_method.secret_storage() != SecretStorage::Nothing {
        return Err(invalid("token_endpoint_auth_method must be none or private_key_jwt"));
    }
    let faults = Profile::OAuth21.faults(&metadata);
    match metadata.validate() {
        Err(faults) => Err(refusal(&faults)),
        Ok(_) if !faults.is_empty() => Err(refusal(&faults)),
        Ok(_) => Ok(metadata),
    }
}

fn invalid(what: &str) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidClientMetadata, format!("the client id metadata document is not taken: {what}"))
}
