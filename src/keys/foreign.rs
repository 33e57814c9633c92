//! The key sets of others (RFC 7517 §5): clients', given at their registration or fetched from where they keep them.

use std::sync::{Arc, OnceLock};

use serde::Deserialize;
use serde_json::{Value, json};

use crate::keys::encrypt::{RecipientError, RecipientKey};
use crate::keys::jwk::{KeyUse, PublicJwk, PublicMembers};
use crate::keys::verify::{VerifyError, VerifyingKey};
use crate::protocol::algorithm::{JwsAlgorithm, KeyManagementAlgorithm, SigningAlgorithm};
use crate::protocol::json::strict_object;
use crate::protocol::jws::CompactJws;

/// The most keys of a set, those of other kinds included.
pub const MAX_KEYS: usize = 32;

/// The most keys that are tried for one signature. Of several keys a JWS must name its own (OpenID Connect Core §10.1).
pub const MAX_TRIED: usize = 4;

/// Why a document is no key set that we take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeySetFault {
    /// Not a JSON object with a list `keys`.
    #[error("it is no JWK set: a JSON object, no member twice, whose member `keys` is a list")]
    Shape,
    /// More than [`MAX_KEYS`].
    #[error("the JWK set holds more than 32 keys")]
    TooMany,
}

/// Which key of a set somebody needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WantedKey {
    /// The one that a JWS is to be checked with.
    Verifying {
        /// The `kid` of its header.
        kid: Option<String>,
        /// Its algorithm.
        algorithm: JwsAlgorithm,
    },
    /// One to encrypt to.
    Encrypting(KeyManagementAlgorithm),
}

impl WantedKey {
    /// The key that the header of a JWS asks for.
    pub fn of(jws: &CompactJws<'_>) -> Self {
        Self::Verifying { kid: jws.kid().map(str::to_owned), algorithm: jws.algorithm() }
    }
}

/// The keys of somebody else: those that verify signatures, and those to encrypt to.
#[derive(Debug, Default)]
pub struct ForeignKeys {
    verifying: Vec<ForeignKey>,
    /// The set, as far as somebody may encrypt to it.
    others: Value,
    /// What was chosen of it, once somebody needed it.
    recipients: [OnceLock<Result<Arc<RecipientKey>, RecipientError>>; KeyManagementAlgorithm::ALL.len()],
}

#[derive(Debug)]
struct ForeignKey {
    kid: Option<String>,
    key: VerifyingKey,
}

impl ForeignKeys {
    /// Reads a JWK set. Keys that are for something else, of another type, or unsound are passed over, as RFC 7517 §5 wants it.
    ///
    /// # Errors
    /// [`KeySetFault`].
    pub fn parse(json: &[u8]) -> Result<Self, KeySetFault> {
        Self::of_value(&Value::Object(strict_object(json).ok_or(KeySetFault::Shape)?))
    }

    /// As [`ForeignKeys::parse`], of JSON that was read strictly before.
    ///
    /// # Errors
    /// [`KeySetFault`].
    pub fn of_value(set: &Value) -> Result<Self, KeySetFault> {
        let keys = set.get("keys").and_then(Value::as_array).ok_or(KeySetFault::Shape)?;
        if keys.len() > MAX_KEYS {
            return Err(KeySetFault::TooMany);
        }
        Ok(Self {
            verifying: keys.iter().flat_map(verifying_keys).collect(),
            others: json!({ "keys": keys.iter().filter_map(for_encryption).collect::<Vec<_>>() }),
            recipients: std::array::from_fn(|_| OnceLock::new()),
        })
    }

    /// The key to encrypt to by `algorithm`, chosen and read once.
    ///
    /// # Errors
    /// [`RecipientError`].
    pub fn recipient(&self, algorithm: KeyManagementAlgorithm) -> Result<Arc<RecipientKey>, RecipientError> {
        let chosen = self.recipients[algorithm as usize]
            .get_or_init(|| RecipientKey::choose(&self.others, algorithm).map(Arc::new));
        chosen.clone()
    }

    /// Whether a key is there that may be the wanted one: by its `kid`, or by its algorithm where none is named.
    pub fn holds(&self, wanted: &WantedKey) -> bool {
        match wanted {
            WantedKey::Verifying { kid: Some(kid), .. } => self.named(Some(kid)).next().is_some(),
            WantedKey::Verifying { kid: None, algorithm } => {
                self.named(None).any(|key| JwsAlgorithm::from(key.algorithm()) == *algorithm)
            }
            WantedKey::Encrypting(algorithm) => self.recipient(*algorithm).is_ok(),
        }
    }

    /// Checks the signature of a JWS with the key that its `kid` names; where it names none, one of the first [`MAX_TRIED`] of its
    /// algorithm may have made it. Its `typ` and its claims are for the caller.
    ///
    /// # Errors
    /// The first of [`VerifyError`] that applies.
    pub fn verify_signature(&self, jws: &CompactJws<'_>) -> Result<(), VerifyError> {
        if self.named(jws.kid()).next().is_none() {
            return Err(VerifyError::UnknownKey);
        }
        let mut fitting =
            self.named(jws.kid()).filter(|key| JwsAlgorithm::from(key.algorithm()) == jws.algorithm()).peekable();
        if fitting.peek().is_none() {
            return Err(VerifyError::WrongAlgorithm);
        }
        let verified = fitting.take(MAX_TRIED).any(|key| key.verify_signature(jws).is_ok());
        if verified { Ok(()) } else { Err(VerifyError::WrongSignature) }
    }

    /// The keys with this `kid`: sets may name several so (RFC 7517 §4.5). All keys where none is named.
    fn named(&self, kid: Option<&str>) -> impl Iterator<Item = &VerifyingKey> {
        let named = self.verifying.iter().filter(move |key| kid.is_none_or(|kid| key.kid.as_deref() == Some(kid)));
        named.map(|key| &key.key)
    }
}

/// What of a JWK may matter to who encrypts to it: nothing of a key for signatures, and no certificates, which are long.
fn for_encryption(jwk: &Value) -> Option<Value> {
    const MEMBERS: [&str; 10] = ["kty", "use", "key_ops", "alg", "kid", "crv", "x", "y", "n", "e"];
    let jwk = jwk.as_object().filter(|jwk| jwk.get("use").is_none_or(|name| name != "sig"))?;
    let kept = MEMBERS.iter().filter_map(|name| Some(((*name).to_owned(), jwk.get(*name)?.clone())));
    Some(Value::Object(kept.collect()))
}

/// A JWK as others write it: only its type and its members must be there.
#[derive(Deserialize)]
struct ForeignJwk {
    #[serde(flatten)]
    members: PublicMembers,
    kid: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    key_use: Option<String>,
    key_ops: Option<Vec<String>>,
}

impl ForeignJwk {
    /// RFC 7517 §4.2, §4.3.
    fn is_for_signatures(&self) -> bool {
        let verifies = |ops: &Vec<String>| ops.iter().any(|op| op == "verify");
        self.key_use.as_deref().is_none_or(|name| name == "sig") && self.key_ops.as_ref().is_none_or(verifies)
    }

    /// The algorithms that it may be used with: the one it names, or all that suit its type.
    fn algorithms(&self) -> Vec<SigningAlgorithm> {
        match (self.alg.as_deref(), &self.members) {
            // RFC 9864 §2.2 gives EdDSA on this curve a name of its own.
            (Some("Ed25519"), _) | (None, PublicMembers::Okp { .. }) => vec![SigningAlgorithm::EdDsa],
            (Some(name), _) => name.parse().into_iter().collect(),
            (None, PublicMembers::Rsa { .. }) => vec![SigningAlgorithm::Rs256, SigningAlgorithm::Ps256],
            (None, PublicMembers::Ec { .. }) => vec![SigningAlgorithm::Es256],
        }
    }
}

/// What of a JWK verifies signatures: one key for each algorithm.
fn verifying_keys(jwk: &Value) -> Vec<ForeignKey> {
    let Ok(jwk) = ForeignJwk::deserialize(jwk) else { return Vec::new() };
    if !jwk.is_for_signatures() {
        return Vec::new();
    }
    let ready = |alg| {
        let kid = jwk.kid.clone().unwrap_or_default();
        let public = PublicJwk { members: jwk.members.clone(), kid, alg, key_use: KeyUse::Signature };
        VerifyingKey::new(&public).ok().map(|key| ForeignKey { kid: jwk.kid.clone(), key })
    };
    jwk.algorithms().into_iter().filter_map(ready).collect()
}
