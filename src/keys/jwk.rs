//! JSON Web Keys: the private bytes that are sealed, and the public members that are shown.

use std::collections::BTreeMap;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use josekit::jwk::Jwk;
use josekit::jwk::alg::ec::EcCurve;
use josekit::jwk::alg::ed::EdCurve;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::keys::KeyError;
use crate::protocol::algorithm::{KeyManagementAlgorithm, SigningAlgorithm};
use crate::secret::sha256;

/// The size of the RSA keys that are made here, in bits.
const RSA_BITS: u32 = 2048;

/// The public members of a key, by its type; there is no place for a private one (RFC 7518 §6, RFC 8037 §2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kty")]
pub enum PublicMembers {
    /// An RSA key: modulus and exponent, base64url.
    #[serde(rename = "RSA")]
    Rsa {
        /// The modulus.
        n: String,
        /// The public exponent.
        e: String,
    },
    /// A point on an elliptic curve, base64url.
    #[serde(rename = "EC")]
    Ec {
        /// The curve's name.
        crv: String,
        /// The x coordinate.
        x: String,
        /// The y coordinate.
        y: String,
    },
    /// An octet key pair's public half, base64url.
    #[serde(rename = "OKP")]
    Okp {
        /// The curve's name.
        crv: String,
        /// The public key.
        x: String,
    },
}

impl PublicMembers {
    /// The SHA-256 thumbprint, base64url (RFC 7638 §3; RFC 8037 appendix A.3 for `OKP`).
    #[expect(clippy::missing_panics_doc, reason = "it cannot happen, as the expectation says")]
    pub fn thumbprint(&self) -> String {
        let required: BTreeMap<&str, &str> = match self {
            Self::Rsa { n, e } => [("e", e.as_str()), ("kty", "RSA"), ("n", n)].into(),
            Self::Ec { crv, x, y } => [("crv", crv.as_str()), ("kty", "EC"), ("x", x), ("y", y)].into(),
            Self::Okp { crv, x } => [("crv", crv.as_str()), ("kty", "OKP"), ("x", x)].into(),
        };
        let json = serde_json::to_vec(&required).expect("a map of strings is valid JSON");
        URL_SAFE_NO_PAD.encode(sha256(&json))
    }

    /// The type of an encryption key of ours with these members.
    pub(super) fn encryption_type(&self) -> Option<EncryptionKeyType> {
        match self {
            Self::Rsa { .. } => Some(EncryptionKeyType::Rsa),
            Self::Ec { crv, .. } if crv == "P-256" => Some(EncryptionKeyType::P256),
            _ => None,
        }
    }

    /// A point of P-256, uncompressed (SEC 1 §2.3.3). Whether it is on the curve is for who uses it.
    pub(super) fn point(&self) -> Result<[u8; 65], KeyError> {
        let Self::Ec { x, y, .. } = self else { return Err(KeyError::Jwk("it is no elliptic curve key".to_owned())) };
        let mut point = [4; 65];
        point[1..33].copy_from_slice(&*coordinate(x)?);
        point[33..].copy_from_slice(&*coordinate(y)?);
        Ok(point)
    }
}

/// A member of 32 bytes. Leading zeros may be missing: not every library writes them (RFC 7518 §6.2.2.1 wants them).
fn coordinate(member: &str) -> Result<Zeroizing<[u8; 32]>, KeyError> {
    let bytes = URL_SAFE_NO_PAD.decode(member).map(Zeroizing::new);
    let bytes = bytes.map_err(|_| KeyError::Jwk("a member is not base64url".to_owned()))?;
    let mut padded = Zeroizing::new([0; 32]);
    let missing = padded.len().checked_sub(bytes.len());
    let missing = missing.ok_or_else(|| KeyError::Jwk("a coordinate is longer than 32 bytes".to_owned()))?;
    padded[missing..].copy_from_slice(&bytes);
    Ok(padded)
}

/// A public key as the JWKS shows it (RFC 7517 §4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicJwk {
    /// The key itself.
    #[serde(flatten)]
    pub members: PublicMembers,
    /// What tokens name it by.
    pub kid: String,
    /// The one algorithm it may be used with.
    pub alg: SigningAlgorithm,
    /// Always `sig`.
    #[serde(rename = "use")]
    pub key_use: KeyUse,
}

/// What a public key is for (RFC 7517 §4.2): signatures, as encryption keys are no part of this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeyUse {
    /// Signatures.
    #[serde(rename = "sig")]
    Signature,
}

/// A public encryption key as the JWKS shows it (RFC 7517 §4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EncryptionJwk {
    /// The key itself.
    #[serde(flatten)]
    pub members: PublicMembers,
    /// What encrypted tokens name it by.
    pub kid: String,
    /// The one algorithm it may be used with; none for a key on a curve, which every ECDH-ES algorithm may use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alg: Option<KeyManagementAlgorithm>,
    /// Always `enc`.
    #[serde(rename = "use")]
    pub key_use: EncryptionUse,
}

/// What an encryption key is for (RFC 7517 §4.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum EncryptionUse {
    /// Encryption.
    #[serde(rename = "enc")]
    Encryption,
}

/// The types of key that others encrypt to us with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EncryptionKeyType {
    /// For RSA-OAEP-256.
    Rsa,
    /// A point on P-256, for the ECDH-ES algorithms.
    P256,
}

impl EncryptionKeyType {
    /// Every type.
    pub const ALL: [Self; 2] = [Self::Rsa, Self::P256];

    /// Its name in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rsa => "RSA",
            Self::P256 => "P-256",
        }
    }

    /// The algorithms that a key of the type is used with.
    pub const fn algorithms(self) -> &'static [KeyManagementAlgorithm] {
        match self {
            Self::Rsa => &[KeyManagementAlgorithm::RsaOaep256],
            Self::P256 => &[
                KeyManagementAlgorithm::EcdhEs,
                KeyManagementAlgorithm::EcdhEsA128Kw,
                KeyManagementAlgorithm::EcdhEsA256Kw,
            ],
        }
    }
}

/// A private key as JSON bytes: to be sealed before it is stored, wiped when dropped.
#[derive(Clone)]
pub struct PrivateJwk(Zeroizing<Vec<u8>>);

impl PrivateJwk {
    /// Makes a key for `algorithm`, named by its thumbprint. An RSA key takes about 100 ms of one core.
    ///
    /// # Errors
    /// If OpenSSL refuses.
    pub fn generate(algorithm: SigningAlgorithm) -> Result<Self, KeyError> {
        let mut jwk = match algorithm {
            SigningAlgorithm::Rs256 | SigningAlgorithm::Ps256 => Jwk::generate_rsa_key(RSA_BITS)?,
            SigningAlgorithm::Es256 => Jwk::generate_ec_key(EcCurve::P256)?,
            SigningAlgorithm::EdDsa => Jwk::generate_ed_key(EdCurve::Ed25519)?,
        };
        jwk.set_algorithm(algorithm.as_str());
        jwk.set_key_use("sig");
        Self::named(jwk)
    }

    /// Makes a key of a type that others encrypt to, named by its thumbprint. An RSA key takes about 100 ms of one core.
    ///
    /// # Errors
    /// If OpenSSL refuses.
    pub fn generate_for_encryption(key_type: EncryptionKeyType) -> Result<Self, KeyError> {
        let mut jwk = match key_type {
            EncryptionKeyType::Rsa => Jwk::generate_rsa_key(RSA_BITS)?,
            EncryptionKeyType::P256 => Jwk::generate_ec_key(EcCurve::P256)?,
        };
        if let [only] = key_type.algorithms() {
            jwk.set_algorithm(only.as_str());
        }
        jwk.set_key_use("enc");
        Self::named(jwk)
    }

    /// The key under the name that its public members give it.
    fn named(mut jwk: Jwk) -> Result<Self, KeyError> {
        let members: PublicMembers = read(jwk.to_string().as_bytes())?;
        jwk.set_key_id(members.thumbprint());
        Ok(Self(Zeroizing::new(jwk.to_string().into_bytes())))
    }

    /// The key whose JSON was opened from its seal.
    pub const fn from_bytes(bytes: Zeroizing<Vec<u8>>) -> Self {
        Self(bytes)
    }

    /// The JSON, to be sealed.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// The private scalar of an elliptic curve key.
    pub(super) fn scalar(&self) -> Result<Zeroizing<[u8; 32]>, KeyError> {
        /// Borrowed, so that nothing of it stays behind.
        #[derive(Deserialize)]
        struct Scalar<'a> {
            d: &'a str,
        }
        let scalar: Scalar<'_> = serde_json::from_slice(&self.0)
            .map_err(|_| KeyError::Jwk("a member is missing or has the wrong type".to_owned()))?;
        coordinate(scalar.d)
    }

    /// The public half.
    ///
    /// # Errors
    /// If a member that every key of ours has (`kty`, `kid`, `alg`, `use`) is missing or wrong.
    pub fn public(&self) -> Result<PublicJwk, KeyError> {
        read(&self.0)
    }

    /// The public half of an encryption key.
    ///
    /// # Errors
    /// If a member that every such key of ours has (`kty`, `kid`, `use`) is missing or wrong.
    pub fn public_for_encryption(&self) -> Result<EncryptionJwk, KeyError> {
        read(&self.0)
    }
}

impl fmt::Debug for PrivateJwk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// Reads the members of a JWK that `T` names. The reason is not repeated: it could quote a private member.
fn read<T: for<'a> Deserialize<'a>>(json: &[u8]) -> Result<T, KeyError> {
    serde_json::from_slice(json).map_err(|_| KeyError::Jwk("a member is missing or has the wrong type".to_owned()))
}
