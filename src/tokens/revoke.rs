//! Revocation (RFC 7009): the only one.

use crate::clock::Timestamp;
use crate::protocol::OAuthError;
use crate::secret::sha256;
use crate::store::clients::Client;
use crate::store::events::{Actor, Event, EventType, Origin};
use crate::store::realms::Realm;

use super::inspect::VerifiedClaims;
use super::refresh_token::RefreshToken;
use super::{Result, Tokens};

impl Tokens {
    /// Revokes a token at its client's request: an access token alone, a refresh token with all of its family (RFC 7009 §2.1). What
    /// is no token of this realm, or no longer alive, is revoked already (§2.2).
    ///
    /// # Errors
    /// [`super::Error::Refused`] with `invalid_grant`: the token was issued to another client, which stays untouched;
    /// [`super::Error::Store`]: then it may be alive still.
    pub async fn revoke(
        &self,
        realm: &Realm,
        client: &Client,
        token: &str,
        origin: &Origin,
        now: Timestamp,
    ) -> Result<()> {
        let keys = self.0.keys.realm(realm.id, now).await?;
        if let Some(refresh_token) = RefreshToken::parse(token, realm.id, &keys) {
            return self.revoke_refresh_token(realm, client, &refresh_token, origin, now).await;
        }
        let Some(claims) = self.verified(realm, token, now).await? else { return Ok(()) };
        if claims.client_id != client.client_id {
            return Err(not_theirs().into());
        }
        self.revoke_access_token(realm, &claims, now).await
    }

    async fn revoke_refresh_token(
        &self,
        realm: &Realm,
        client: &Client,
        token: &RefreshToken,
        origin: &Origin,
        now: Timestamp,
    ) -> Result<()> {
        let Some(family) = self.0.db.family(realm.id, token.family()).await? else { return Ok(()) };
        if family.client_id != client.id {
            return Err(not_theirs().into());
        }
        let event =
            Event::new(self.0.random.id(now), realm.id, EventType::FamilyRevoked, now, Actor::Client(client.id))
                .about(family.user_id)
                .with_client(client.id)
                .from_origin(origin);
        self.end_family(&family, event, now).await?;
        Ok(())
    }

    async fn revoke_access_token(&self, realm: &Realm, claims: &VerifiedClaims, now: Timestamp) -> Result<()> {
        let expires_at = Timestamp::from_seconds(claims.exp);
        if expires_at <= now {
            return Ok(());
        }
        let (realm, jti_hash) = (realm.id, sha256(claims.jti.as_bytes()));
        Ok(self.0.db.write(async move |tx| tx.revoke_token(realm, jti_hash, expires_at).await).await?)
    }
}

/// RFC 7009 §2.1: the request is refused if the token was not issued to the client that makes it.
fn not_theirs() -> OAuthError {
    OAuthError::invalid_grant("the token was issued to another client")
}
