//! The sector of a pairwise client (OpenID Connect Registration §5): its document lists every redirect URI, or anybody could take
//! the subjects of another's sector.

use std::collections::HashSet;

use url::Url;

use crate::outgoing::{Get, OnBehalf, Outgoing};
use crate::protocol::FieldError;
use crate::protocol::client_metadata::ClientMetadata;

/// The member that names the document.
const SECTOR_IDENTIFIER_URI: &str = "sector_identifier_uri";

/// The most bytes of the document.
const MAX_BYTES: usize = 64 * 1024;

/// What is wrong with the sector that sound metadata names, if it names one. Asks its host.
pub(super) async fn fault(outgoing: &Outgoing, on_behalf: OnBehalf, metadata: &ClientMetadata) -> Option<FieldError> {
    let uri = metadata.sector_identifier_uri.as_deref()?;
    let listed = match listed(outgoing, on_behalf, uri).await {
        Ok(listed) => listed,
        Err(message) => return Some(FieldError::new(SECTOR_IDENTIFIER_URI, message)),
    };
    let missing = metadata.redirect_uris.iter().find(|uri| !listed.contains(*uri))?;
    Some(FieldError::new(
        SECTOR_IDENTIFIER_URI,
        format!("must lead to a list that holds every redirect URI: not {missing}"),
    ))
}

async fn listed(outgoing: &Outgoing, on_behalf: OnBehalf, uri: &str) -> Result<HashSet<String>, String> {
    let url = Url::parse(uri).map_err(|_| "must be a web address".to_owned())?;
    let get = Get { url: &url, on_behalf, accept: &["application/json"], max_bytes: MAX_BYTES };
    let fetched = outgoing.get(&get).await.map_err(|error| {
        tracing::info!(%error, "a sector_identifier_uri cannot be fetched");
        format!("cannot be fetched: {}", error.advice())
    })?;
    serde_json::from_slice(&fetched.body).map_err(|_| "must lead to a JSON list of redirect URIs".to_owned())
}
