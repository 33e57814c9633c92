//! What a request may be granted: the scopes that exist and that the client may ask for, at resource servers that exist.

use std::sync::Arc;

use crate::protocol::authorization_request::AuthorizationRequest;
use crate::protocol::claims::StandardClaims;
use crate::protocol::claims_request::RequestedClaims;
use crate::protocol::grant_type::GrantType;
use crate::protocol::scope::{OFFLINE_ACCESS, OPENID, STANDARD};
use crate::protocol::{OAuthError, Scope};
use crate::store::clients::Client;
use crate::store::grants::ResourceScopes;
use crate::store::resource_servers::ResourceServer;
use crate::tokens::resources::Resources;
use crate::web::errors::PageError;
use crate::web::visit::Visit;

/// What may be granted.
#[derive(Debug, Clone)]
pub(in crate::oauth) struct Grantable {
    /// The scope.
    pub(in crate::oauth) scope: Scope,
    /// The claims that are asked for by name, as far as the client may ask for them.
    pub(in crate::oauth) claims: RequestedClaims,
    /// What the user is asked about: the scope, and the scopes of those claims.
    pub(in crate::oauth) consent: Scope,
    /// The resource servers, by identifier.
    pub(in crate::oauth) resources: Vec<String>,
    /// The resource servers that the access token is for.
    pub(in crate::oauth) servers: Vec<Arc<ResourceServer>>,
}

impl Grantable {
    /// What of the scope is asked for at each resource server.
    pub(in crate::oauth) fn resource_scopes(&self) -> ResourceScopes {
        let known = |server: &ResourceServer| self.scope.filtered(|token| server.knows(token));
        self.servers.iter().map(|server| (server.identifier.clone(), known(server))).collect()
    }

    /// What is granted. `offline_access` goes on when the user is gone: only where that was asked just now, or is for the operator to
    /// say (OpenID Connect Core §11).
    pub(super) fn granted(&self, offline: bool) -> Scope {
        self.scope.filtered(|token| token != OFFLINE_ACCESS || offline)
    }
}

/// What `request` may be granted. Scopes that nobody knows, or that the client may not ask for, are left out (RFC 6749 §3.3).
pub(super) async fn of(
    visit: &Visit,
    client: &Client,
    request: &AuthorizationRequest,
) -> Result<Result<Grantable, OAuthError>, PageError> {
    let named = client.settings.resources(&request.resource);
    let Some(servers) = visit.app.db.named_resource_servers(visit.realm.id, named).await? else {
        return Ok(Err(OAuthError::invalid_target("there is no such resource server")));
    };
    let together = match Resources::of(&servers) {
        Ok(together) => together,
        Err(error) => return Ok(Err(error)),
    };
    let is_allowed = |token: &str| client.metadata.scope.as_ref().is_none_or(|allowed| allowed.contains(token));
    let scope = request.scope.filtered(|token| {
        let known = STANDARD.contains(&token) || servers.iter().any(|server| server.knows(token));
        let allowed = is_allowed(token);
        let usable = token != OFFLINE_ACCESS || client.metadata.allows(GrantType::RefreshToken);
        known && allowed && usable
    });
    if scope.is_empty() && !request.scope.is_empty() {
        return Ok(Err(OAuthError::invalid_scope("none of the scopes asked for can be granted to this client")));
    }
    if let Err(error) = together.require_room(&client.client_id, &scope) {
        return Ok(Err(error));
    }
    let may_be_told = |name: &str| scope.contains(OPENID) && StandardClaims::scope_of(name).is_some_and(is_allowed);
    let claims = request.claims.user.filtered(may_be_told);
    let consent = scope.with(claims.scopes());
    let resources = servers.iter().map(|server| server.identifier.clone()).collect();
    Ok(Ok(Grantable { scope, claims, consent, resources, servers }))
}
