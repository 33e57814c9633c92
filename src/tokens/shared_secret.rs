//! HS256 access tokens: a resource server checks them with a secret that it shares with us, and could forge them as well. So the
//! `jti` carries an HMAC over all the claims that only we can make, and without it our own endpoints believe none.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use quick_cache::sync::Cache;
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::keys::KeyError;
use crate::keys::hs256::Hs256Key;
use crate::keys::keyring::Purpose;
use crate::protocol::claims::{ACCESS_TOKEN_TYPE, AccessTokenClaims};
use crate::protocol::jws::CompactJws;
use crate::store::keys::RESOURCE_SERVER_SECRET;
use crate::store::realms::Realm;
use crate::store::resource_servers::{ResourceServer, TokenForm};

use super::{Result, Tokens};

/// Resource servers whose secrets are kept ready.
const READY: usize = 1_000;

/// The secrets that are ready, by the server's row and when it was last changed.
#[derive(Debug)]
pub(super) struct Secrets(Cache<(Uuid, Timestamp), Arc<Hs256Key>>);

impl Default for Secrets {
    fn default() -> Self {
        Self(Cache::new(READY))
    }
}

impl Tokens {
    /// Makes the token around `payload`, whose `jti` is a random text.
    pub(super) fn sign_with_secret(
        &self,
        realm: &Realm,
        server: &ResourceServer,
        sealed: &[u8],
        payload: &[u8],
        jti: &str,
    ) -> Result<String> {
        let tag = self.0.keys.tag(Purpose::TokenId, &[realm.id.as_bytes(), payload]);
        let proven = format!("{jti}.{}", URL_SAFE_NO_PAD.encode(tag));
        let payload = with_jti(payload, jti, &proven).ok_or_else(|| unusable(server))?;
        Ok(self.secret(server, sealed)?.sign(ACCESS_TOKEN_TYPE, &payload))
    }

    /// The payload of an HS256 token that we made and that its resource server's present secret signs.
    pub(super) async fn verified_with_secret(&self, realm: &Realm, jws: &CompactJws<'_>) -> Result<Option<Vec<u8>>> {
        let Ok(payload) = jws.payload() else { return Ok(None) };
        let Some(audience) = self.proven_audience(realm, &payload) else { return Ok(None) };
        let Some(server) = self.0.db.resource_server(realm.id, &audience).await? else { return Ok(None) };
        let TokenForm::SharedSecret(sealed) = &server.form else { return Ok(None) };
        let is_right = jws.is_type(ACCESS_TOKEN_TYPE) && self.secret(&server, sealed)?.verify(jws).is_ok();
        Ok(is_right.then_some(payload))
    }

    /// Whom a payload is for, if its `jti` proves that we made it: garbage reaches no storage.
    fn proven_audience(&self, realm: &Realm, payload: &[u8]) -> Option<String> {
        let claims: AccessTokenClaims<'_> = serde_json::from_slice(payload).ok()?;
        let (jti, tag) = claims.jti.split_once('.')?;
        let tag = URL_SAFE_NO_PAD.decode(tag).ok()?;
        let made = with_jti(payload, &claims.jti, jti)?;
        let is_ours = self.0.keys.verify_tag(Purpose::TokenId, &[realm.id.as_bytes(), &made], &tag);
        let mut audiences = claims.aud.iter();
        let only = audiences.next().filter(|_| is_ours && audiences.next().is_none())?;
        Some(only.to_owned())
    }

    fn secret(&self, server: &ResourceServer, sealed: &[u8]) -> Result<Arc<Hs256Key>> {
        let place = (server.id, server.updated_at);
        if let Some(known) = self.0.secrets.0.get(&place) {
            return Ok(known);
        }
        let plain = self.0.keys.unseal(RESOURCE_SERVER_SECRET, server.id, sealed)?;
        let key = Arc::new(Hs256Key::new(&plain).map_err(|_| unusable(server))?);
        self.0.secrets.0.insert(place, Arc::clone(&key));
        Ok(key)
    }
}

/// The same bytes but for the one member `jti`; none where there is not exactly one. Inside a string its quotes would be escaped.
fn with_jti(payload: &[u8], old: &str, new: &str) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(payload).ok()?;
    let member = format!(r#""jti":"{old}""#);
    let mut parts = text.split(&member);
    match (parts.next(), parts.next(), parts.next()) {
        (Some(before), Some(after), None) => Some(format!(r#"{before}"jti":"{new}"{after}"#).into_bytes()),
        _ => None,
    }
}

fn unusable(server: &ResourceServer) -> KeyError {
    KeyError::Jwk(format!("the secret of the resource server {} makes no token", server.identifier))
}
