//! Clients that prove themselves by an assertion: `private_key_jwt` and `client_secret_jwt` (RFC 7523 §3, OpenID Connect Core §9).

use std::sync::Arc;

use crate::clients::key_sets::ClientKeyError;
use crate::clock::Timestamp;
use crate::ephemeral::{Key, Kind};
use crate::keys::foreign::{ForeignKeys, WantedKey};
use crate::keys::hs256::Hs256Key;
use crate::protocol::OAuthError;
use crate::protocol::client_assertion::ClientAssertion;
use crate::protocol::jws::CompactJws;
use crate::protocol::profile::Profile;
use crate::protocol::token_endpoint_auth_method::TokenEndpointAuthMethod;
use crate::store::clients::Client;
use crate::store::keys::CLIENT_SECRET;
use crate::store::realms::Realm;

use super::{AuthenticationError, Authenticator, other_method, refusal};

impl Authenticator {
    /// The client that sent an assertion. What costs nothing is judged first, then the signature, and only what is sound is
    /// remembered as used: garbage reaches no store.
    pub(super) async fn by_assertion(
        &self,
        realm: &Realm,
        client: Option<Arc<Client>>,
        assertion: &ClientAssertion<'_>,
        now: Timestamp,
    ) -> Result<Arc<Client>, AuthenticationError> {
        let client = client.filter(|client| !client.disabled).ok_or_else(refusal)?;
        require_algorithm(&client, assertion)?;
        assertion.require_time(now)?;
        require_audience(realm, &client, assertion)?;
        self.require_signature(&client, assertion, now).await?;
        self.require_unused(&client, assertion, now).await?;
        Ok(client)
    }

    async fn require_signature(
        &self,
        client: &Client,
        assertion: &ClientAssertion<'_>,
        now: Timestamp,
    ) -> Result<(), AuthenticationError> {
        let jws = assertion.jws();
        let verified = match client.metadata.token_endpoint_auth_method {
            TokenEndpointAuthMethod::ClientSecretJwt => self.verify_with_secret(client, jws, now)?,
            _ => self.signature_keys(client, jws, now).await?.verify_signature(jws).is_ok(),
        };
        if verified { Ok(()) } else { Err(refusal().into()) }
    }

    /// With any of its live secrets: during a rotation there are two.
    fn verify_with_secret(
        &self,
        client: &Client,
        jws: &CompactJws<'_>,
        now: Timestamp,
    ) -> Result<bool, AuthenticationError> {
        for secret in client.secrets.iter().filter(|secret| secret.is_live(now)) {
            let Some(sealed) = &secret.sealed else { continue };
            let plain = self.keys.unseal(CLIENT_SECRET, secret.id, sealed)?;
            if Hs256Key::new(&plain).is_ok_and(|key| key.verify(jws).is_ok()) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The keys that a client signs with: those it registered, or those at its `jwks_uri`.
    async fn signature_keys(
        &self,
        client: &Client,
        jws: &CompactJws<'_>,
        now: Timestamp,
    ) -> Result<Arc<ForeignKeys>, AuthenticationError> {
        self.client_keys.keys_with(client, WantedKey::of(jws), now).await.map_err(|error| {
            let ClientKeyError::Remote(error) = error else { return refusal().into() };
            tracing::warn!(%error, client_id = client.client_id, "a client's keys cannot be had");
            OAuthError::invalid_client(format!("the keys at the client's jwks_uri cannot be had: {}", error.advice()))
                .into()
        })
    }

    /// RFC 7523 §3, rule 7: an assertion is used once. Where that cannot be remembered, it is not used at all.
    async fn require_unused(
        &self,
        client: &Client,
        assertion: &ClientAssertion<'_>,
        now: Timestamp,
    ) -> Result<(), AuthenticationError> {
        let key = Key::new(Kind::ClientAssertion, client.realm_id, &format!("{} {}", client.id, assertion.jti()));
        if self.ephemeral.use_once(&key, now, assertion.expires_at()).await? {
            return Ok(());
        }
        Err(OAuthError::invalid_client("the client assertion was used before: make a new one, with its own jti").into())
    }
}

/// The method is the registered one, and the algorithm the registered one, or any of the method's.
fn require_algorithm(client: &Client, assertion: &ClientAssertion<'_>) -> Result<(), OAuthError> {
    let metadata = &client.metadata;
    let of_method = metadata.token_endpoint_auth_method.assertion_algorithms();
    if of_method.is_empty() {
        return Err(other_method(metadata.token_endpoint_auth_method));
    }
    let registered = metadata.token_endpoint_auth_signing_alg;
    let fits = |algorithm| registered.map_or_else(|| of_method.contains(&algorithm), |one| one == algorithm);
    if fits(assertion.jws().algorithm()) {
        return Ok(());
    }
    Err(OAuthError::invalid_client(format!(
        "the client does not sign its assertions with {}",
        assertion.jws().algorithm()
    )))
}

/// The table of profiles in protocol.md: the issuer; for applications written for OpenID Connect Core also the token endpoint.
fn require_audience(realm: &Realm, client: &Client, assertion: &ClientAssertion<'_>) -> Result<(), OAuthError> {
    match client.settings.profile {
        Profile::OAuth21 => assertion.require_audience(&[&realm.issuer]),
        Profile::LegacyOidc => assertion.require_audience(&[&realm.issuer, &realm.url("/oauth2/token")]),
    }
}
