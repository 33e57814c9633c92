//! Refreshing: one live branch, whoever asks, and however often (storage.md "Families").

use std::time::Duration;

use crate::clock::Timestamp;
use crate::keys::encrypt::RecipientKey;
use crate::keys::realm::RealmKeys;
use crate::protocol::client_metadata::ClientKind;
use crate::protocol::token_response::TokenResponse;
use crate::protocol::{OAuthError, Scope};
use crate::store::clients::Client;
use crate::store::events::Origin;
use crate::store::families::{Family, Presented};
use crate::store::realms::Realm;

use super::issue::Grant;
use super::refresh_token::RefreshToken;
use super::resources::{self, Resources};
use super::{Recipient, Result, Tokens, not_before};

/// A request with grant type `refresh_token` (RFC 6749 §6), its client authenticated.
#[derive(Debug, Clone, Copy)]
pub struct RefreshRequest<'a> {
    /// The realm.
    pub realm: &'a Realm,
    /// The client.
    pub client: &'a Client,
    /// The refresh token as it came.
    pub refresh_token: &'a str,
    /// The scope asked for; without it, all that was granted.
    pub scope: Option<&'a Scope>,
    /// The resource servers asked for, by identifier; without any, those that were granted.
    pub resources: &'a [String],
    /// The client's own key, where its ID tokens are encrypted: had before, as what is rotated cannot be taken back.
    pub id_token_key: Option<&'a RecipientKey>,
    /// Where the request came from.
    pub origin: &'a Origin,
}

/// A family that goes on.
struct Advanced {
    family: Family,
    /// The refresh token that the client has from now on.
    next: RefreshToken,
    /// Whether this request has moved it on, and not one before it.
    rotated: bool,
}

impl Tokens {
    /// Answers a refresh. A public client's token is rotated, a confidential client's stays. The token before the last one gives
    /// the very same successor again for `refresh_retry_window`; any older one ends the family.
    ///
    /// # Errors
    /// [`super::Error::Refused`] with `invalid_grant`, `invalid_scope` or `invalid_target`; the last two leave the token as it was.
    pub async fn refresh(&self, request: RefreshRequest<'_>, now: Timestamp) -> Result<TokenResponse> {
        let realm = request.realm.id;
        let keys = self.0.keys.realm(realm, now).await?;
        let token = RefreshToken::parse(request.refresh_token, realm, &keys).ok_or_else(refused)?;
        self.require_granted(request, &token).await?;
        let rotates = request.client.kind() == ClientKind::Public;
        let advanced = self.advance(request, token, rotates, now).await?;
        let answer = self.refreshed(request, &advanced, &keys, now).await;
        if answer.is_err() && advanced.rotated {
            self.go_back(&advanced.family).await;
        }
        answer
    }

    /// The tokens that a family is refreshed with. What it was granted for may be gone, or be served by no one token any more.
    async fn refreshed(
        &self,
        request: RefreshRequest<'_>,
        advanced: &Advanced,
        keys: &RealmKeys,
        now: Timestamp,
    ) -> Result<TokenResponse> {
        let family = &advanced.family;
        let mut servers = Vec::new();
        for identifier in resources::narrowed(request.resources, &family.resources)? {
            servers.push(self.0.db.resource_server(family.realm_id, identifier).await?.ok_or_else(gone)?);
        }
        let resources = Resources::of(&servers)?;
        let mut scope = narrowed(request.scope, &family.scope)?;
        if !request.resources.is_empty() {
            scope = resources.downscoped(&scope)?;
        }
        let to =
            Recipient { realm: request.realm, client: request.client, resources, id_token_key: request.id_token_key };
        let next = text(&advanced.next, request.realm, keys)?;
        // OpenID Connect Core §12.2: an ID token of a refresh has no nonce.
        let grant = Grant::User { family, scope: &scope, refresh_token: Some(&next), nonce: None };
        self.issue(to, grant, now).await
    }

    /// Nobody has the successor, so that the token presented stays the last one: what was refused loses nothing.
    async fn go_back(&self, family: &Family) {
        if let Err(error) = self.0.db.go_back(family).await {
            tracing::warn!(%error, "a refresh token that was rotated for nothing could not be restored");
        }
    }

    /// Whether what the request narrows to was granted: read before anything is written, so that a client that asks for too
    /// much keeps its token.
    async fn require_granted(&self, request: RefreshRequest<'_>, token: &RefreshToken) -> Result<()> {
        if request.scope.is_none() && request.resources.is_empty() {
            return Ok(());
        }
        let family = self.0.db.family(request.realm.id, token.family()).await?;
        let family = family.filter(|family| family.client_id == request.client.id).ok_or_else(refused)?;
        narrowed(request.scope, &family.scope)?;
        resources::narrowed(request.resources, &family.resources)?;
        Ok(())
    }

    /// From the refresh token presented to the next one of its family, which is alive.
    async fn advance(
        &self,
        request: RefreshRequest<'_>,
        token: RefreshToken,
        rotates: bool,
        now: Timestamp,
    ) -> Result<Advanced> {
        let presented = presented(request.realm, request.client, &token, now);
        let successor = token.successor().ok_or_else(refused)?;
        let idle = self.0.lifetimes.family_idle.duration();
        if rotates && let Some(family) = self.0.db.rotate(presented, now + idle).await? {
            return Ok(Advanced { family, next: successor, rotated: true });
        }
        // Not rotated, or one that does not rotate: the same conditions, but for the counter.
        let family = self.0.db.refreshable(presented).await?.ok_or_else(refused)?;
        if family.counter > token.counter() {
            self.require_retry(&family, &token, request.origin, now).await?;
            return Ok(Advanced { family, next: successor, rotated: false });
        }
        if rotates {
            // It came to life in between, as after a clock was set back: the client may try again.
            return Err(refused().into());
        }
        self.keep_alive(&family, idle, now).await;
        Ok(Advanced { family, next: token, rotated: false })
    }

    /// The token was used before. That is a lost response, or two tabs, if its successor is the newest token and still young
    /// (OAuth 2.1 §4.3.1 leaves this to us); else it was stolen, from the client or by it, and nobody may go on.
    async fn require_retry(
        &self,
        family: &Family,
        token: &RefreshToken,
        origin: &Origin,
        now: Timestamp,
    ) -> Result<()> {
        let window = self.0.settings.refresh_retry_window.duration();
        let is_last = token.counter().checked_add(1) == Some(family.counter);
        if is_last && now.since(family.rotated_at) < window {
            return Ok(());
        }
        self.end_replayed(family, "refresh_token", origin, now).await?;
        Err(refused().into())
    }

    /// A token that does not rotate is used without a write; now and then its family's idle end is moved on.
    async fn keep_alive(&self, family: &Family, idle: Duration, now: Timestamp) {
        if now + idle - idle / 30 <= family.idle_expires_at {
            return;
        }
        if let Err(error) = self.0.db.keep_family(family.realm_id, family.id, now + idle).await {
            tracing::warn!(%error, "the idle end of a family could not be moved on");
        }
    }
}

/// What the database is asked for a refresh token.
pub(super) fn presented(realm: &Realm, client: &Client, token: &RefreshToken, now: Timestamp) -> Presented {
    Presented {
        realm_id: realm.id,
        family_id: token.family(),
        client_id: client.id,
        secret_hash: token.secret_hash(),
        counter: token.counter(),
        not_before: not_before(realm, client),
        now,
    }
}

/// RFC 6749 §6: the scope asked for must not hold anything that was not granted. It narrows this access token alone.
fn narrowed(requested: Option<&Scope>, granted: &Scope) -> Result<Scope> {
    match requested {
        Some(scope) if !scope.is_subset(granted) => {
            Err(OAuthError::invalid_scope("the scope holds more than was granted").into())
        }
        Some(scope) if !scope.is_empty() => Ok(scope.clone()),
        _ => Ok(granted.clone()),
    }
}

fn text(token: &RefreshToken, realm: &Realm, keys: &RealmKeys) -> Result<String> {
    Ok(token.text(realm.id, keys).ok_or_else(refused)?)
}

/// One answer for all that is wrong with a refresh token (RFC 6749 §5.2).
fn refused() -> OAuthError {
    OAuthError::invalid_grant("the refresh token is unknown, used, expired or revoked, or another client's")
}

fn gone() -> OAuthError {
    OAuthError::invalid_target("the resource server of this login is no longer there")
}
