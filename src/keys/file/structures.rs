//! The structures that PEM blocks hold, and the members of a JWK that they are.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use josekit::jwk::alg::ec::{EcCurve, EcKeyPair};
use josekit::jwk::alg::ed::EdKeyPair;
use josekit::jwk::alg::rsa::RsaKeyPair;
use josekit::jwk::{Jwk, KeyPair};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::der::{BIT_STRING, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, Reader, SEQUENCE, element, positive};
use super::{KeyFileError, pem};
use crate::keys::KeyError;
use crate::keys::jwk::{PrivateJwk, PublicMembers};

/// rsaEncryption (RFC 8017 appendix C).
const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
/// id-ecPublicKey (RFC 5480 §2.1.1).
const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
/// secp256r1, which JOSE calls P-256 (RFC 5480 §2.1.1.1).
const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
/// id-Ed25519 (RFC 8410 §3).
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];
/// NULL, the parameters of an RSA key.
const NULL: &[u8] = &[0x05, 0x00];
/// The fields `[0]` and `[1]` of SEC 1's private key.
const PARAMETERS: u8 = 0xa0;
const PUBLIC_KEY: u8 = 0xa1;
/// What an RSA private key has after modulus and exponent (RFC 7518 §6.3.2), in the order of PKCS#1.
const RSA_PRIVATE: [&str; 6] = ["d", "p", "q", "dp", "dq", "qi"];
/// The most bytes of a member: an RSA modulus of 8192 bits.
const MAX_MEMBER: usize = 1024;

/// The private members of a JWK, by name.
pub(super) type PrivateMembers = Vec<(&'static str, Zeroizing<String>)>;

/// The members of a JWK, not yet judged.
pub(super) struct Members {
    pub(super) public: PublicMembers,
    pub(super) private: Option<PrivateMembers>,
}

/// The type of a key, from its algorithm identifier.
enum Kind {
    Rsa,
    P256,
    Ed25519,
}

impl Members {
    /// The members that a JWK has (RFC 7518 §6, RFC 8037 §2).
    pub(super) fn from_jwk(jwk: Map<String, Value>) -> Result<Self, KeyFileError> {
        let names: &[&'static str] = match jwk.get("kty").and_then(Value::as_str) {
            Some("RSA") => &RSA_PRIVATE,
            Some("EC" | "OKP") => &["d"],
            _ => return Err(KeyFileError::Unsupported),
        };
        let private = match jwk.contains_key("d") {
            true => Some(names.iter().map(|name| Ok((*name, member(&jwk, name)?))).collect::<Result<_, _>>()?),
            false if RSA_PRIVATE.iter().any(|name| jwk.contains_key(*name)) => return Err(KeyFileError::Malformed),
            false => None,
        };
        let public = serde_json::from_value(Value::Object(jwk)).map_err(|_| KeyFileError::Malformed)?;
        Ok(Self { public, private })
    }

    /// PKCS#8 (RFC 5958), both versions.
    pub(super) fn from_pkcs8(der: &[u8]) -> Result<Self, KeyFileError> {
        let mut reader = Reader::of_sequence(der).ok_or(KeyFileError::Malformed)?;
        let version = reader.version().filter(|version| *version <= 1);
        let identifier = version.and_then(|_| reader.sequence()).ok_or(KeyFileError::Malformed)?;
        let key = reader.take(OCTET_STRING).ok_or(KeyFileError::Malformed)?;
        match kind(identifier)? {
            Kind::Rsa => Self::from_pkcs1(key),
            Kind::P256 => Self::from_sec1(key),
            Kind::Ed25519 => ed25519(key),
        }
    }

    /// PKCS#1's private key (RFC 8017 appendix A.1.2), of two primes.
    pub(super) fn from_pkcs1(der: &[u8]) -> Result<Self, KeyFileError> {
        let read = || {
            let mut reader = Reader::of_sequence(der)?;
            reader.version().filter(|version| *version == 0)?;
            let public = rsa_members(&mut reader)?;
            let mut private = PrivateMembers::new();
            for name in RSA_PRIVATE {
                private.push((name, encode(reader.positive()?)));
            }
            reader.end()?;
            Some(Self { public, private: Some(private) })
        };
        read().ok_or(KeyFileError::Malformed)
    }

    /// SEC 1's private key (RFC 5915), on P-256. Its public half, which may be left out, is computed.
    pub(super) fn from_sec1(der: &[u8]) -> Result<Self, KeyFileError> {
        let mut reader = Reader::of_sequence(der).ok_or(KeyFileError::Malformed)?;
        let scalar = reader.version().filter(|version| *version == 1).and_then(|_| reader.take(OCTET_STRING));
        let scalar = scalar.ok_or(KeyFileError::Malformed)?;
        let (parameters, given) = (reader.take(PARAMETERS), reader.take(PUBLIC_KEY));
        reader.end().ok_or(KeyFileError::Malformed)?;
        if scalar.len() != 32 || parameters.is_some_and(|curve| curve != element(OBJECT_IDENTIFIER, &[P256])) {
            return Err(KeyFileError::Unsupported);
        }
        let public = elliptic(scalar)?;
        if given.is_some_and(|given| given != element(BIT_STRING, &[&[0], &point(&public)])) {
            return Err(KeyFileError::Halves);
        }
        Ok(Self { public, private: Some(vec![("d", encode(scalar))]) })
    }

    /// A public key with its algorithm (RFC 5280 §4.1.2.7).
    pub(super) fn from_spki(der: &[u8]) -> Result<Self, KeyFileError> {
        let mut reader = Reader::of_sequence(der).ok_or(KeyFileError::Malformed)?;
        let identifier = reader.sequence().ok_or(KeyFileError::Malformed)?;
        let key = reader.bit_string().filter(|_| reader.end().is_some()).ok_or(KeyFileError::Malformed)?;
        let public = match (kind(identifier)?, key) {
            (Kind::Rsa, key) => return Self::from_public_pkcs1(key),
            (Kind::P256, [4, point @ ..]) if point.len() == 64 => on_p256(&point[..32], &point[32..]),
            (Kind::Ed25519, key) if key.len() == 32 => on_ed25519(key),
            _ => return Err(KeyFileError::Malformed),
        };
        Ok(Self { public, private: None })
    }

    /// PKCS#1's public key (RFC 8017 appendix A.1.1).
    pub(super) fn from_public_pkcs1(der: &[u8]) -> Result<Self, KeyFileError> {
        let read = || {
            let mut reader = Reader::of_sequence(der)?;
            let public = rsa_members(&mut reader)?;
            reader.end()?;
            Some(Self { public, private: None })
        };
        read().ok_or(KeyFileError::Malformed)
    }
}

/// A private key as PKCS#8 in PEM.
pub(super) fn private_pem(private: &PrivateJwk) -> Result<Zeroizing<String>, KeyError> {
    let jwk = Jwk::from_bytes(private.expose())?;
    let pair: Box<dyn KeyPair> = match private.public()?.members {
        PublicMembers::Rsa { .. } => Box::new(RsaKeyPair::from_jwk(&jwk)?),
        PublicMembers::Ec { .. } => Box::new(EcKeyPair::from_jwk(&jwk)?),
        PublicMembers::Okp { .. } => Box::new(EdKeyPair::from_jwk(&jwk)?),
    };
    // Of an EC key josekit's DER is SEC 1's, its PEM PKCS#8.
    let pem = Zeroizing::new(pair.to_pem_private_key());
    Ok(Zeroizing::new(std::str::from_utf8(&pem).map_err(|error| KeyError::Library(Box::new(error)))?.to_owned()))
}

/// A public key as SPKI in PEM.
pub(super) fn public_pem(members: &PublicMembers) -> Result<Zeroizing<String>, KeyError> {
    let (identifier, key) = match members {
        PublicMembers::Rsa { n, e } => {
            let key = element(SEQUENCE, &[&positive(&bytes(n)?), &positive(&bytes(e)?)]);
            (vec![element(OBJECT_IDENTIFIER, &[RSA]), NULL.to_vec()], key)
        }
        PublicMembers::Ec { .. } => {
            let identifier = vec![element(OBJECT_IDENTIFIER, &[EC]), element(OBJECT_IDENTIFIER, &[P256])];
            (identifier, members.point()?.to_vec())
        }
        PublicMembers::Okp { x, .. } => (vec![element(OBJECT_IDENTIFIER, &[ED25519])], bytes(x)?),
    };
    let identifier = element(SEQUENCE, &[&identifier.concat()]);
    let spki = element(SEQUENCE, &[&identifier, &element(BIT_STRING, &[&[0], &key])]);
    Ok(pem::write("PUBLIC KEY", &spki))
}

fn bytes(member: &str) -> Result<Vec<u8>, KeyError> {
    let bytes = URL_SAFE_NO_PAD.decode(member);
    bytes.map_err(|_| KeyError::Jwk("a member is not base64url".to_owned()))
}

fn encode(bytes: &[u8]) -> Zeroizing<String> {
    Zeroizing::new(URL_SAFE_NO_PAD.encode(bytes))
}

/// A private member of a JWK: some bytes, of which not all are zero.
fn member(jwk: &Map<String, Value>, name: &str) -> Result<Zeroizing<String>, KeyFileError> {
    let text = jwk.get(name).and_then(Value::as_str).ok_or(KeyFileError::Malformed)?;
    let bytes = URL_SAFE_NO_PAD.decode(text).map(Zeroizing::new).map_err(|_| KeyFileError::Malformed)?;
    let sound = bytes.len() <= MAX_MEMBER && bytes.iter().any(|byte| *byte != 0);
    if sound { Ok(Zeroizing::new(text.to_owned())) } else { Err(KeyFileError::Malformed) }
}

/// What an AlgorithmIdentifier says (RFC 3279 §2.3.1, RFC 5480 §2.1.1, RFC 8410 §3).
fn kind(mut identifier: Reader<'_>) -> Result<Kind, KeyFileError> {
    let algorithm = identifier.take(OBJECT_IDENTIFIER).ok_or(KeyFileError::Malformed)?;
    match algorithm {
        RSA => Ok(Kind::Rsa),
        EC if identifier.take(OBJECT_IDENTIFIER) == Some(P256) => Ok(Kind::P256),
        ED25519 => Ok(Kind::Ed25519),
        _ => Err(KeyFileError::Unsupported),
    }
}

fn rsa_members(reader: &mut Reader<'_>) -> Option<PublicMembers> {
    let (n, e) = (reader.positive()?, reader.positive()?);
    Some(PublicMembers::Rsa { n: URL_SAFE_NO_PAD.encode(n), e: URL_SAFE_NO_PAD.encode(e) })
}

fn on_p256(x: &[u8], y: &[u8]) -> PublicMembers {
    PublicMembers::Ec { crv: "P-256".to_owned(), x: URL_SAFE_NO_PAD.encode(x), y: URL_SAFE_NO_PAD.encode(y) }
}

fn on_ed25519(x: &[u8]) -> PublicMembers {
    PublicMembers::Okp { crv: "Ed25519".to_owned(), x: URL_SAFE_NO_PAD.encode(x) }
}

fn point(public: &PublicMembers) -> Vec<u8> {
    public.point().map(|point| point.to_vec()).unwrap_or_default()
}

/// The public half of a scalar, which OpenSSL computes where it is left out.
fn elliptic(scalar: &[u8]) -> Result<PublicMembers, KeyFileError> {
    let der = Zeroizing::new(element(SEQUENCE, &[&element(INTEGER, &[&[1]]), &element(OCTET_STRING, &[scalar])]));
    let pair = EcKeyPair::from_der(&*der, Some(EcCurve::P256)).map_err(|_| KeyFileError::Malformed)?;
    public_of(&pair)
}

/// An Ed25519 private key (RFC 8410 §7): an OCTET STRING in an OCTET STRING.
fn ed25519(key: &[u8]) -> Result<Members, KeyFileError> {
    let seed = key.strip_prefix(&[OCTET_STRING, 32]).filter(|seed| seed.len() == 32).ok_or(KeyFileError::Malformed)?;
    let identifier = element(SEQUENCE, &[&element(OBJECT_IDENTIFIER, &[ED25519])]);
    let pkcs8 = element(SEQUENCE, &[&element(INTEGER, &[&[0]]), &identifier, &element(OCTET_STRING, &[key])]);
    let pair = EdKeyPair::from_der(&*Zeroizing::new(pkcs8)).map_err(|_| KeyFileError::Malformed)?;
    Ok(Members { public: public_of(&pair)?, private: Some(vec![("d", encode(seed))]) })
}

fn public_of(pair: &dyn KeyPair) -> Result<PublicMembers, KeyFileError> {
    let jwk: Map<String, Value> = pair.to_jwk_public_key().into();
    serde_json::from_value(Value::Object(jwk)).map_err(|_| KeyFileError::Malformed)
}
