//! Signing: a private key, read once, that makes compact JWS.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use josekit::jwk::Jwk;
use josekit::jws::JwsSigner;
use josekit::jws::alg::eddsa::EddsaJwsAlgorithm;
use josekit::jws::alg::rsassa::RsassaJwsAlgorithm;
use josekit::jws::alg::rsassa_pss::RsassaPssJwsAlgorithm;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use serde::Serialize;

use crate::keys::KeyError;
use crate::keys::jwk::{PrivateJwk, PublicJwk};
use crate::protocol::algorithm::SigningAlgorithm;

/// The values of `typ` whose headers are encoded ahead; any other is encoded when it is signed.
const USUAL_TYPES: [&str; 3] = ["at+jwt", "JWT", "logout+jwt"];

/// A private key that is ready to sign.
pub struct SigningKey {
    public: PublicJwk,
    signer: Signer,
    headers: [(&'static str, String); USUAL_TYPES.len()],
}

/// Who signs. ES256 is on the way of nearly every token: ring makes its signature in half of OpenSSL's time, and in the form that JWS
/// wants, which josekit rewrites from DER.
enum Signer {
    Es256(Box<EcdsaKeyPair>, SystemRandom),
    Josekit(Box<dyn JwsSigner>),
}

impl SigningKey {
    /// Reads a private key.
    ///
    /// # Errors
    /// If the JWK is not one of ours, or its members do not make a key.
    pub fn new(private: &PrivateJwk) -> Result<Self, KeyError> {
        let public = private.public()?;
        let signer = Signer::new(private, &public)?;
        let headers = USUAL_TYPES.map(|typ| (typ, header(&public, typ)));
        Ok(Self { public, signer, headers })
    }

    /// The key's name in headers and in the JWKS.
    pub fn kid(&self) -> &str {
        &self.public.kid
    }

    /// The algorithm it signs with.
    pub const fn algorithm(&self) -> SigningAlgorithm {
        self.public.alg
    }

    /// The public half, as the JWKS shows it.
    pub const fn public(&self) -> &PublicJwk {
        &self.public
    }

    /// Signs `claims` as a compact JWS of type `typ` (RFC 7515 §3.1, §5.1).
    ///
    /// # Errors
    /// If the claims are not JSON or the cryptographic library refuses.
    pub fn sign(&self, typ: &str, claims: &impl Serialize) -> Result<String, KeyError> {
        self.sign_payload(typ, &serde_json::to_vec(claims).map_err(KeyError::Claims)?)
    }

    /// Signs claims that are JSON already.
    ///
    /// # Errors
    /// If the cryptographic library refuses.
    pub fn sign_payload(&self, typ: &str, payload: &[u8]) -> Result<String, KeyError> {
        let ready = self.headers.iter().find(|(usual, _)| *usual == typ);
        let mut jws = ready.map_or_else(|| header(&self.public, typ), |(_, header)| header.clone());
        jws.reserve_exact(2 + (payload.len() + self.signer.length()) * 4 / 3 + 4);
        jws.push('.');
        URL_SAFE_NO_PAD.encode_string(payload, &mut jws);
        let signature = self.signer.sign(jws.as_bytes())?;
        jws.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut jws);
        Ok(jws)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("public", &self.public).finish_non_exhaustive()
    }
}

impl Signer {
    fn new(private: &PrivateJwk, public: &PublicJwk) -> Result<Self, KeyError> {
        if public.alg == SigningAlgorithm::Es256 {
            let (scalar, point) = (private.scalar()?, public.members.point()?);
            let random = SystemRandom::new();
            let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
            let pair = EcdsaKeyPair::from_private_key_and_public_key(algorithm, &*scalar, &point, &random);
            let pair = pair.map_err(|_| KeyError::Jwk("its members do not make a key".to_owned()))?;
            return Ok(Self::Es256(Box::new(pair), random));
        }
        josekit_signer(public.alg, &Jwk::from_bytes(private.expose())?).map(Self::Josekit)
    }

    /// The length of a signature, in bytes.
    fn length(&self) -> usize {
        match self {
            Self::Es256(..) => 64,
            Self::Josekit(signer) => signer.signature_len(),
        }
    }

    fn sign(&self, input: &[u8]) -> Result<Vec<u8>, KeyError> {
        match self {
            Self::Es256(pair, random) => {
                let signature = pair.sign(random, input);
                Ok(signature.map_err(|_| KeyError::Library("ring did not sign".into()))?.as_ref().to_vec())
            }
            Self::Josekit(signer) => Ok(signer.sign(input)?),
        }
    }
}

/// josekit's signer for the key, boxed, as each algorithm has a type of its own.
fn josekit_signer(algorithm: SigningAlgorithm, jwk: &Jwk) -> Result<Box<dyn JwsSigner>, KeyError> {
    Ok(match algorithm {
        SigningAlgorithm::Rs256 => Box::new(RsassaJwsAlgorithm::Rs256.signer_from_jwk(jwk)?),
        SigningAlgorithm::Ps256 => Box::new(RsassaPssJwsAlgorithm::Ps256.signer_from_jwk(jwk)?),
        SigningAlgorithm::EdDsa => Box::new(EddsaJwsAlgorithm::Eddsa.signer_from_jwk(jwk)?),
        SigningAlgorithm::Es256 => return Err(KeyError::Jwk("ES256 has a signer of its own".to_owned())),
    })
}

/// The protected header, encoded (RFC 7515 §4.1).
fn header(key: &PublicJwk, typ: &str) -> String {
    #[derive(Serialize)]
    struct Header<'a> {
        alg: &'static str,
        typ: &'a str,
        kid: &'a str,
    }
    let header = Header { alg: key.alg.as_str(), typ, kid: &key.kid };
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(&header).expect("three strings are valid JSON"))
}
