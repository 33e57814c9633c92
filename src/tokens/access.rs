//! Access tokens (RFC 9068).

use std::borrow::Cow;
use std::time::Duration;

use serde::Serialize;

use crate::clock::Timestamp;
use crate::keys::KeyError;
use crate::keys::realm::RealmKeys;
use crate::protocol::Scope;
use crate::protocol::access_token::{ACCESS, ClaimSet};
use crate::protocol::acr::Amr;
use crate::protocol::algorithm::SigningAlgorithm;
use crate::protocol::claims::{ACCESS_TOKEN_TYPE, AccessTokenClaims, TekcifyClaims};
use crate::protocol::identifier::IdentifierKind;
use crate::protocol::jws;
use crate::store::families::Family;
use crate::store::resource_servers::TokenForm;

use super::{Recipient, Result, Tokens, resources};

/// The claims of RFC 9068, and more.
#[derive(Serialize)]
struct WithMore<'a> {
    #[serde(flatten)]
    claims: &'a AccessTokenClaims<'a>,
    #[serde(flatten)]
    more: TekcifyClaims<'a>,
}

/// An access token that has just been made.
pub(super) struct Issued {
    pub(super) token: String,
    pub(super) lifetime: Duration,
}

impl Tokens {
    /// Makes an access token for a family's user, or for the client itself where there is none. Nothing is written.
    pub(super) async fn access_token(
        &self,
        keys: &RealmKeys,
        to: Recipient<'_>,
        family: Option<&Family>,
        scope: &Scope,
        now: Timestamp,
    ) -> Result<Issued> {
        let lifetime = lifetime(to.access_token_lifetime(&self.0.lifetimes), family, now);
        let jti = self.0.random.text::<16>();
        let family_id = family.map(|family| family.id.simple().to_string());
        let claims = AccessTokenClaims {
            iss: Cow::Borrowed(issuer(to)),
            sub: Cow::Borrowed(family.map_or(&to.client.client_id, |family| &family.sub)),
            aud: to.resources.audience(&to.realm.issuer),
            exp: (now + lifetime).seconds(),
            iat: now.seconds(),
            jti: Cow::Owned(jti),
            client_id: Cow::Borrowed(&to.client.client_id),
            scope: (!scope.is_empty()).then(|| Cow::Borrowed(scope.as_str())),
            auth_time: family.map(|family| family.auth_time.seconds()),
            acr: family.map(|family| Cow::Borrowed(self.acr_name(family.acr))),
            amr: family.map_or_else(Vec::new, |family| amr(&family.amr)),
            sid: family.and_then(|family| family.sid.as_deref()).map(Cow::Borrowed),
            fam: family_id.map(Cow::Owned),
        };
        let payload = match to.resources.claim_set() {
            ClaimSet::Rfc9068 => serde_json::to_vec(&claims),
            ClaimSet::Tekcify => {
                let email = self.email(family).await?;
                let more = TekcifyClaims {
                    token_type: ACCESS,
                    scopes: scope.iter().collect(),
                    client_id: &to.client.client_id,
                    email: email.as_deref(),
                };
                serde_json::to_vec(&WithMore { claims: &claims, more })
            }
        };
        let payload = payload.map_err(KeyError::Claims)?;
        let token = self.in_form(keys, to, &payload, &claims.jti)?;
        if token.len() > jws::MAX_BYTES {
            return Err(resources::too_long().into());
        }
        Ok(Issued { token, lifetime })
    }

    /// The token around its claims, in the form that its resource servers expect.
    fn in_form(&self, keys: &RealmKeys, to: Recipient<'_>, payload: &[u8], jti: &str) -> Result<String> {
        let Some(server) = to.resources.first() else {
            return Ok(keys.signer(SigningAlgorithm::Es256)?.sign_payload(ACCESS_TOKEN_TYPE, payload)?);
        };
        match &server.form {
            TokenForm::Signed(algorithm) => Ok(keys.signer(*algorithm)?.sign_payload(ACCESS_TOKEN_TYPE, payload)?),
            TokenForm::SharedSecret(sealed) => self.sign_with_secret(to.realm, server, sealed, payload, jti),
            TokenForm::Opaque => Ok(self.0.keys.seal_token(to.realm.id, payload)),
        }
    }

    /// The user's e-mail address, for those tokens alone that say it.
    async fn email(&self, family: Option<&Family>) -> Result<Option<String>> {
        let Some(family) = family else { return Ok(None) };
        let identifiers = self.0.db.identifiers(family.user_id).await?;
        let email = identifiers.into_iter().find(|one| one.kind == IdentifierKind::Email && one.is_primary);
        Ok(email.map(|email| email.display))
    }
}

/// The authentication methods, by name (RFC 8176 §2).
pub(super) fn amr(methods: &[Amr]) -> Vec<Cow<'_, str>> {
    methods.iter().map(|method| Cow::Borrowed(method.as_str())).collect()
}

/// `iss`: the realm's issuer, unless the resource server expects another.
pub(super) fn issuer(to: Recipient<'_>) -> &str {
    to.resources.first().and_then(|server| server.issuer.as_deref()).unwrap_or(&to.realm.issuer)
}

/// No access token outlives its family. In whole seconds, at least one: the unit of `exp` and `expires_in`.
fn lifetime(wanted: Duration, family: Option<&Family>, now: Timestamp) -> Duration {
    let left = family.map_or(wanted, |family| family.expires_at.since(now).min(wanted));
    Duration::from_secs(left.as_secs().max(1))
}
