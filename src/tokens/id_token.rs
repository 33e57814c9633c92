//! ID tokens (OpenID Connect Core §2).

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::clock::Timestamp;
use crate::keys::realm::RealmKeys;
use crate::protocol::algorithm::SigningAlgorithm;
use crate::protocol::claims::{Audience, ID_TOKEN_TYPE, IdTokenClaims};
use crate::secret::{sha256, sha512};
use crate::store::families::Family;

use super::access::amr;
use super::{Recipient, Result, Tokens};

impl Tokens {
    /// Signs an ID token that goes with an access token, by the algorithm that the client registered.
    pub(super) fn id_token(
        &self,
        keys: &RealmKeys,
        to: Recipient<'_>,
        family: &Family,
        access_token: &str,
        nonce: Option<&str>,
        now: Timestamp,
    ) -> Result<String> {
        let algorithm = to.client.metadata.id_token_signed_response_alg;
        let claims = IdTokenClaims {
            iss: Cow::Borrowed(&to.realm.issuer),
            sub: Cow::Borrowed(&family.sub),
            aud: Audience::One(Cow::Borrowed(&to.client.client_id)),
            exp: (now + to.id_token_lifetime(&self.0.lifetimes)).seconds(),
            iat: now.seconds(),
            auth_time: Some(family.auth_time.seconds()),
            nonce: nonce.map(Cow::Borrowed),
            acr: Some(Cow::Borrowed(self.acr_name(family.acr))),
            amr: amr(family),
            sid: family.sid.as_deref().map(Cow::Borrowed),
            at_hash: Some(Cow::Owned(at_hash(algorithm, access_token))),
        };
        Ok(keys.signer(algorithm)?.sign(ID_TOKEN_TYPE, &claims)?)
    }
}

/// The left half of the access token's hash, by the hash of the ID token's own algorithm (OpenID Connect Core §3.1.3.6).
/// Ed25519's is SHA-512 (RFC 8032 §5.1).
pub(super) fn at_hash(algorithm: SigningAlgorithm, access_token: &str) -> String {
    let bytes = access_token.as_bytes();
    match algorithm {
        SigningAlgorithm::Rs256 | SigningAlgorithm::Es256 | SigningAlgorithm::Ps256 => {
            URL_SAFE_NO_PAD.encode(&sha256(bytes)[..16])
        }
        SigningAlgorithm::EdDsa => URL_SAFE_NO_PAD.encode(&sha512(bytes)[..32]),
    }
}
