//! Verification: which key, which algorithm and which type a JWS may have, then its signature.

use std::collections::HashMap;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use josekit::jwk::Jwk;
use josekit::jws::JwsVerifier;
use josekit::jws::alg::ecdsa::EcdsaJwsAlgorithm;
use josekit::jws::alg::eddsa::EddsaJwsAlgorithm;
use josekit::jws::alg::rsassa::RsassaJwsAlgorithm;
use josekit::jws::alg::rsassa_pss::RsassaPssJwsAlgorithm;
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};

use crate::keys::KeyError;
use crate::keys::jwk::{PublicJwk, PublicMembers};
use crate::protocol::algorithm::SigningAlgorithm;
use crate::protocol::jws::CompactJws;

/// The bits of an RSA modulus: less is breakable (RFC 7518 §3.3), more costs the verifier too much.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;

/// Why a JWS is not believed. For the log: a caller outside learns only that the token is invalid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// There is no `kid`, or no key has it.
    #[error("no key has the token's kid")]
    UnknownKey,
    /// `alg` is not the algorithm of the key (RFC 8725 §3.1).
    #[error("the token's alg is not the algorithm of its key")]
    WrongAlgorithm,
    /// `typ` is not the expected type (RFC 8725 §3.11).
    #[error("the token's typ is not the expected one")]
    WrongType,
    /// The signature is not the key's.
    #[error("the signature is wrong")]
    WrongSignature,
}

/// A public key that is ready to verify.
pub struct VerifyingKey {
    kid: String,
    algorithm: SigningAlgorithm,
    verifier: Verifier,
}

/// Who verifies: for ES256 ring, which takes the signature as JWS has it and three quarters of OpenSSL's time.
enum Verifier {
    Es256(UnparsedPublicKey<[u8; 65]>),
    Josekit(Box<dyn JwsVerifier>),
}

impl VerifyingKey {
    /// Reads a public key.
    ///
    /// # Errors
    /// If its type does not suit its algorithm, an RSA modulus is outside 2048 to 8192 bits, or a point is off its curve.
    #[expect(clippy::missing_panics_doc, reason = "it cannot happen, as the expectation says")]
    pub fn new(jwk: &PublicJwk) -> Result<Self, KeyError> {
        require_sound_members(jwk)?;
        let json = serde_json::to_vec(jwk).expect("a public JWK is valid JSON");
        // OpenSSL reads every key, also one of ES256: it knows whether a point is on its curve.
        let known = verifier(jwk.alg, &Jwk::from_bytes(json)?)?;
        let verifier = match jwk.alg {
            SigningAlgorithm::Es256 => {
                Verifier::Es256(UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, jwk.members.point()?))
            }
            _ => Verifier::Josekit(known),
        };
        Ok(Self { kid: jwk.kid.clone(), algorithm: jwk.alg, verifier })
    }

    /// The key's name.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The one algorithm that it verifies.
    pub const fn algorithm(&self) -> SigningAlgorithm {
        self.algorithm
    }

    /// Checks `alg`, `typ` and the signature of a JWS with this key, whatever its `kid`.
    ///
    /// # Errors
    /// The first of the three that is wrong.
    pub fn verify(&self, jws: &CompactJws<'_>, typ: &str) -> Result<(), VerifyError> {
        self.require_algorithm(jws)?;
        if !jws.is_type(typ) {
            return Err(VerifyError::WrongType);
        }
        self.verify_signature(jws)
    }

    /// Checks `alg` and the signature of a JWS whose `typ` says nothing: what it is for, its claims must tell.
    ///
    /// # Errors
    /// The first of the two that is wrong.
    pub fn verify_signature(&self, jws: &CompactJws<'_>) -> Result<(), VerifyError> {
        self.require_algorithm(jws)?;
        let input = jws.signing_input().as_bytes();
        let verified = match &self.verifier {
            Verifier::Es256(key) => key.verify(input, jws.signature()).is_ok(),
            Verifier::Josekit(verifier) => verifier.verify(input, jws.signature()).is_ok(),
        };
        if verified { Ok(()) } else { Err(VerifyError::WrongSignature) }
    }

    /// RFC 8725 §3.1: a key is used with its own algorithm only.
    fn require_algorithm(&self, jws: &CompactJws<'_>) -> Result<(), VerifyError> {
        if jws.algorithm() == self.algorithm.into() { Ok(()) } else { Err(VerifyError::WrongAlgorithm) }
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kid, algorithm) = (&self.kid, self.algorithm);
        f.debug_struct("VerifyingKey").field("kid", kid).field("algorithm", &algorithm).finish_non_exhaustive()
    }
}

/// A set of public keys, found by `kid`.
#[derive(Debug, Default)]
pub struct VerifyingKeys(HashMap<String, VerifyingKey>);

impl VerifyingKeys {
    /// Checks a JWS with the key that its `kid` names. A key inside the header is never looked at (RFC 8725 §3.10).
    ///
    /// # Errors
    /// The first check that fails, in the order of [`VerifyError`].
    pub fn verify(&self, jws: &CompactJws<'_>, typ: &str) -> Result<&VerifyingKey, VerifyError> {
        let key = jws.kid().and_then(|kid| self.0.get(kid)).ok_or(VerifyError::UnknownKey)?;
        key.verify(jws, typ)?;
        Ok(key)
    }
}

impl FromIterator<VerifyingKey> for VerifyingKeys {
    fn from_iter<I: IntoIterator<Item = VerifyingKey>>(keys: I) -> Self {
        Self(keys.into_iter().map(|key| (key.kid.clone(), key)).collect())
    }
}

/// Refuses what josekit lets through: a modulus just under 2048 bits, coordinates of odd lengths, another curve.
fn require_sound_members(jwk: &PublicJwk) -> Result<(), KeyError> {
    match (jwk.alg, &jwk.members) {
        (SigningAlgorithm::Rs256 | SigningAlgorithm::Ps256, PublicMembers::Rsa { n, e }) => require_sound_rsa(n, e),
        (SigningAlgorithm::Es256, PublicMembers::Ec { crv, x, y }) if crv == "P-256" => {
            require_length(x, 32)?;
            require_length(y, 32)
        }
        (SigningAlgorithm::EdDsa, PublicMembers::Okp { crv, x }) if crv == "Ed25519" => require_length(x, 32),
        _ => Err(KeyError::Jwk(format!("its kty or crv does not suit {}", jwk.alg))),
    }
}

/// RSA: a modulus of 2048 to 8192 bits (RFC 7518 §3.3), an odd exponent above one and below 2^33, as most libraries have it: more
/// costs whoever verifies.
pub(super) fn require_sound_rsa(n: &str, e: &str) -> Result<(), KeyError> {
    if !RSA_BITS.contains(&bits(&decode(n)?)) {
        return Err(KeyError::Jwk("its RSA modulus is not of 2048 to 8192 bits".to_owned()));
    }
    let e = decode(e)?;
    if !(2..=33).contains(&bits(&e)) || e.last().is_none_or(|last| last % 2 == 0) {
        return Err(KeyError::Jwk("its RSA exponent is not an odd number above one and below 2^33".to_owned()));
    }
    Ok(())
}

/// A member has its full length, leading zeros included (RFC 7518 §6.2.1.2, RFC 8037 §2).
pub(super) fn require_length(member: &str, bytes: usize) -> Result<(), KeyError> {
    if decode(member)?.len() == bytes {
        return Ok(());
    }
    Err(KeyError::Jwk(format!("a coordinate is not of {bytes} bytes")))
}

fn decode(member: &str) -> Result<Vec<u8>, KeyError> {
    URL_SAFE_NO_PAD.decode(member).map_err(|_| KeyError::Jwk("a member is not base64url".to_owned()))
}

/// The bits of a big-endian number, without leading zeros.
fn bits(number: &[u8]) -> usize {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.get(zeros).map_or(0, |first| (number.len() - zeros) * 8 - first.leading_zeros() as usize)
}

/// josekit's verifier for the key, boxed, as each algorithm has a type of its own.
fn verifier(algorithm: SigningAlgorithm, jwk: &Jwk) -> Result<Box<dyn JwsVerifier>, KeyError> {
    Ok(match algorithm {
        SigningAlgorithm::Rs256 => Box::new(RsassaJwsAlgorithm::Rs256.verifier_from_jwk(jwk)?),
        SigningAlgorithm::Ps256 => Box::new(RsassaPssJwsAlgorithm::Ps256.verifier_from_jwk(jwk)?),
        SigningAlgorithm::Es256 => Box::new(EcdsaJwsAlgorithm::Es256.verifier_from_jwk(jwk)?),
        SigningAlgorithm::EdDsa => Box::new(EddsaJwsAlgorithm::Eddsa.verifier_from_jwk(jwk)?),
    })
}
