//! ID tokens (OpenID Connect Core §2).

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::clock::Timestamp;
use crate::keys::KeyError;
use crate::keys::realm::RealmKeys;
use crate::protocol::acr::{Acr, Amr};
use crate::protocol::algorithm::SigningAlgorithm;
use crate::protocol::claims::{Audience, ID_TOKEN_TYPE, IdTokenClaims};
use crate::secret::{sha256, sha512};
use crate::store::families::Family;

use super::access::amr;
use super::{Recipient, Result, Tokens};

/// Whom an ID token is about, and how they signed in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Subject<'a> {
    pub(super) sub: &'a str,
    pub(super) auth_time: Timestamp,
    pub(super) acr: Acr,
    pub(super) amr: &'a [Amr],
    pub(super) sid: Option<&'a str>,
}

/// What an ID token goes with, and says besides.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Beside<'a> {
    /// The access token that comes with it.
    pub(super) access_token: Option<&'a str>,
    /// The code that comes with it.
    pub(super) code: Option<&'a str>,
    /// The `nonce` of the authorization request.
    pub(super) nonce: Option<&'a str>,
    /// Claims of the user.
    pub(super) claims: Option<&'a Map<String, Value>>,
}

/// The claims of an ID token with those of its user.
#[derive(Serialize)]
struct WithUser<'a> {
    #[serde(flatten)]
    id_token: IdTokenClaims<'a>,
    #[serde(flatten)]
    user: &'a Map<String, Value>,
}

impl<'a> From<&'a Family> for Subject<'a> {
    fn from(family: &'a Family) -> Self {
        Self {
            sub: &family.sub,
            auth_time: family.auth_time,
            acr: family.acr,
            amr: &family.amr,
            sid: family.sid.as_deref(),
        }
    }
}

impl Tokens {
    /// Signs an ID token by the algorithm that the client registered, then encrypts it where the client wants that (OpenID Connect
    /// Core §16.14).
    pub(super) fn id_token(
        &self,
        keys: &RealmKeys,
        to: Recipient<'_>,
        subject: Subject<'_>,
        beside: Beside<'_>,
        now: Timestamp,
    ) -> Result<String> {
        let algorithm = to.client.metadata.id_token_signed_response_alg;
        let hash = |text: &str| Cow::Owned(half_hash(algorithm, text));
        let claims = IdTokenClaims {
            iss: Cow::Borrowed(&to.realm.issuer),
            sub: Cow::Borrowed(subject.sub),
            aud: Audience::One(Cow::Borrowed(&to.client.client_id)),
            exp: (now + to.id_token_lifetime(&self.0.lifetimes)).seconds(),
            iat: now.seconds(),
            auth_time: Some(subject.auth_time.seconds()),
            nonce: beside.nonce.map(Cow::Borrowed),
            acr: Some(Cow::Borrowed(self.acr_name(subject.acr))),
            amr: amr(subject.amr),
            sid: subject.sid.map(Cow::Borrowed),
            at_hash: beside.access_token.map(hash),
            c_hash: beside.code.map(hash),
        };
        let key = keys.signer(algorithm)?;
        let token = match beside.claims {
            Some(user) => key.sign(ID_TOKEN_TYPE, &WithUser { id_token: claims, user })?,
            None => key.sign(ID_TOKEN_TYPE, &claims)?,
        };
        match to.client.metadata.responses.id_token_encryption() {
            None => Ok(token),
            // Never the signed one alone: who asked for encryption is not to find its users' claims in a log.
            Some(encryption) => {
                Ok(to.id_token_key.ok_or(KeyError::NoRecipient)?.encrypt(&token, encryption.content)?)
            }
        }
    }
}

/// The left half of the hash of an access token or code, by the hash of the ID token's own algorithm (OpenID Connect Core §3.1.3.6,
/// §3.3.2.11). Ed25519's is SHA-512 (RFC 8032 §5.1).
pub(super) fn half_hash(algorithm: SigningAlgorithm, text: &str) -> String {
    let bytes = text.as_bytes();
    match algorithm {
        SigningAlgorithm::Rs256 | SigningAlgorithm::Es256 | SigningAlgorithm::Ps256 => {
            URL_SAFE_NO_PAD.encode(&sha256(bytes)[..16])
        }
        SigningAlgorithm::EdDsa => URL_SAFE_NO_PAD.encode(&sha512(bytes)[..32]),
    }
}
