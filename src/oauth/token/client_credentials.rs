//! The client credentials grant (RFC 6749 §4.4): no user, nothing written.

use std::sync::Arc;

use crate::protocol::client_metadata::ClientKind;
use crate::protocol::scope::STANDARD;
use crate::protocol::token_response::TokenResponse;
use crate::protocol::{OAuthError, Scope};
use crate::store::resource_servers::ResourceServer;
use crate::tokens::issue::Grant;
use crate::tokens::resources::Resources;
use crate::web::errors::ProtocolError;

use super::Admitted;

/// A token for the client itself.
pub(super) async fn issue(
    admitted: &Admitted,
    scope: Option<Scope>,
    resource: &[String],
) -> Result<TokenResponse, ProtocolError> {
    if admitted.client.kind() == ClientKind::Public {
        return Err(OAuthError::unauthorized_client("a public client has no credentials of its own").into());
    }
    let servers = admitted.resource_servers(admitted.client.settings.resources(resource)).await?;
    let scope = granted(admitted, scope, &servers)?;
    admitted.app.clients.used(&admitted.client, admitted.now).await?;
    let to = admitted.recipient(Resources::of(&servers)?);
    Ok(admitted.app.tokens.issue(to, Grant::Client { scope: &scope }, admitted.now).await?)
}

/// Only what the client is registered for, at these resource servers; and none of the scopes that speak of a user.
fn granted(admitted: &Admitted, asked: Option<Scope>, servers: &[Arc<ResourceServer>]) -> Result<Scope, OAuthError> {
    let registered = admitted.client.metadata.scope.as_ref();
    let allowed = |token: &str| {
        let known = servers.is_empty() || servers.iter().any(|server| server.knows(token));
        known && !STANDARD.contains(&token) && registered.is_some_and(|registered| registered.contains(token))
    };
    match asked {
        None => Ok(registered.map(|registered| registered.filtered(allowed)).unwrap_or_default()),
        Some(asked) if asked.iter().all(allowed) => Ok(asked),
        Some(_) => Err(OAuthError::invalid_scope("the client may not have one of these scopes for itself here")),
    }
}
