//! Access tokens (RFC 9068).

use std::borrow::Cow;
use std::time::Duration;

use crate::clock::Timestamp;
use crate::keys::realm::RealmKeys;
use crate::protocol::Scope;
use crate::protocol::acr::Amr;
use crate::protocol::algorithm::SigningAlgorithm;
use crate::protocol::claims::{ACCESS_TOKEN_TYPE, AccessTokenClaims};
use crate::store::families::Family;

use super::{Recipient, Result, Tokens};

/// An access token that has just been signed.
pub(super) struct Issued {
    pub(super) token: String,
    pub(super) lifetime: Duration,
}

impl Tokens {
    /// Signs an access token for a family's user, or for the client itself where there is none. Nothing is written.
    pub(super) fn access_token(
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
        let algorithm = to.resources.first().map_or(SigningAlgorithm::Es256, |server| server.signing_alg);
        Ok(Issued { token: keys.signer(algorithm)?.sign(ACCESS_TOKEN_TYPE, &claims)?, lifetime })
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
