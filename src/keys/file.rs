//! Keys in files: PEM as other programs write it, and JWKs. What is read is one key that Tessera can use, or a refusal that says
//! what to do; its two halves are known to belong together.

use std::fmt;

use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use crate::keys::KeyError;
use crate::keys::jwk::{KeyUse, PrivateJwk, PublicJwk, PublicMembers};
use crate::keys::sign::SigningKey;
use crate::keys::verify::VerifyingKey;
use crate::protocol::algorithm::SigningAlgorithm;
use crate::protocol::json::strict_object;
use crate::protocol::jws::CompactJws;

mod der;
mod pem;
mod structures;

/// The most bytes of a file that holds a key: the largest, of 8192 bits, has 7 kB.
pub const MAX_BYTES: usize = 64 * 1024;

/// Why a file's content is not a key that can be used. No variant repeats anything of a private key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyFileError {
    /// Larger than [`MAX_BYTES`].
    #[error("it is larger than 64 KiB, and no key is")]
    TooLong,
    /// Neither PEM nor JSON.
    #[error("it holds neither a PEM block nor a JWK")]
    NotAKey,
    /// JSON where PEM belongs.
    #[error("it is JSON, not PEM: `tessera keys convert` makes PEM of a JWK")]
    NotPem,
    /// More than one PEM block, or a JWK set.
    #[error("it holds more than one thing: give each key a file of its own")]
    Several,
    /// A key under a passphrase.
    #[error("the key is encrypted: decrypt it first, with `openssl pkey -in FILE -out NEW_FILE`")]
    Encrypted,
    /// A certificate.
    #[error("it is a certificate: take the key out of it first, with `openssl x509 -in FILE -noout -pubkey`")]
    Certificate,
    /// Another kind of PEM block.
    #[error(
        "its PEM block is of another kind: PRIVATE KEY, RSA PRIVATE KEY, EC PRIVATE KEY, PUBLIC KEY and RSA PUBLIC KEY are read"
    )]
    Kind,
    /// Damaged, or not what its first line says.
    #[error("it is damaged, or not what its first line says")]
    Malformed,
    /// A type, curve or size that is not used here.
    #[error("it is not of a kind that Tessera signs with: RSA of 2048 to 8192 bits, EC on P-256, Ed25519")]
    Unsupported,
    /// A symmetric JWK.
    #[error("it is a symmetric key: Tessera signs with key pairs only")]
    Symmetric,
    /// A JWK for something else than signatures of ours.
    #[error("its `use`, `key_ops` or `alg` is not that of a key that signs with RS256, ES256, PS256 or EdDSA")]
    Purpose,
    /// `alg` and key do not go together.
    #[error("the key cannot be used with {0}")]
    Algorithm(SigningAlgorithm),
    /// The public half is not the private one's.
    #[error("its private and public members do not belong together")]
    Halves,
}

/// One key pair, or the public half of one, with its name and the algorithm that it is used with.
#[derive(Clone)]
pub enum KeyFile {
    /// Both halves.
    Private(PrivateJwk),
    /// The public half.
    Public(PublicJwk),
}

/// What a key is called and used with; where a file does not say it, the key itself does.
#[derive(Default)]
struct Wanted {
    kid: Option<String>,
    algorithm: Option<SigningAlgorithm>,
}

impl KeyFile {
    /// Reads a PEM block (RFC 7468: PKCS#8, PKCS#1 and SEC 1 for private keys, SPKI and PKCS#1 for public ones) or a JWK.
    /// `algorithm` is the one that the key is for; without it, a JWK's own, else RS256, ES256 or EdDSA by its type.
    ///
    /// # Errors
    /// The first rule that it breaks.
    pub fn read(content: &[u8], algorithm: Option<SigningAlgorithm>) -> Result<Self, KeyFileError> {
        if content.len() > MAX_BYTES {
            return Err(KeyFileError::TooLong);
        }
        if is_json(content) {
            return Self::from_jwk(content, algorithm);
        }
        Self::read_pem(content, algorithm)
    }

    /// As [`KeyFile::read`], of PEM only.
    ///
    /// # Errors
    /// The first rule that it breaks.
    pub fn read_pem(content: &[u8], algorithm: Option<SigningAlgorithm>) -> Result<Self, KeyFileError> {
        if content.len() > MAX_BYTES {
            return Err(KeyFileError::TooLong);
        }
        if is_json(content) {
            return Err(KeyFileError::NotPem);
        }
        Self::new(pem::read(content)?, &Wanted { kid: None, algorithm })
    }

    fn from_jwk(content: &[u8], algorithm: Option<SigningAlgorithm>) -> Result<Self, KeyFileError> {
        let jwk = strict_object(content).ok_or(KeyFileError::NotAKey)?;
        if jwk.contains_key("keys") {
            return Err(KeyFileError::Several);
        }
        if jwk.get("kty").and_then(Value::as_str) == Some("oct") {
            return Err(KeyFileError::Symmetric);
        }
        require_signing(&jwk)?;
        let own = jwk.get("alg").map(|alg| alg.as_str().and_then(|alg| alg.parse().ok()).ok_or(KeyFileError::Purpose));
        let own = own.transpose()?;
        let kid = jwk.get("kid").and_then(Value::as_str).map(str::to_owned);
        let members = structures::Members::from_jwk(jwk)?;
        Self::new(members, &Wanted { kid, algorithm: algorithm.or(own) })
    }

    /// Names the key, and proves that its halves belong together.
    fn new(members: structures::Members, wanted: &Wanted) -> Result<Self, KeyFileError> {
        let usual = usual_algorithm(&members.public)?;
        let alg = wanted.algorithm.unwrap_or(usual);
        if usual_algorithm_of(alg) != usual {
            return Err(KeyFileError::Algorithm(alg));
        }
        let thumbprint = members.public.thumbprint();
        let mut public = PublicJwk { members: members.public, kid: thumbprint, alg, key_use: KeyUse::Signature };
        let verifying = VerifyingKey::new(&public).map_err(|_| KeyFileError::Unsupported)?;
        let sealed = match &members.private {
            None => None,
            Some(private) => {
                require_one_pair(&with_private(&public, private), &verifying)?;
                Some(private)
            }
        };
        public.kid = wanted.kid.clone().unwrap_or(public.kid);
        Ok(match sealed {
            Some(private) => Self::Private(with_private(&public, private)),
            None => Self::Public(public),
        })
    }

    /// The private key, if it is one.
    pub const fn private(&self) -> Option<&PrivateJwk> {
        match self {
            Self::Private(private) => Some(private),
            Self::Public(_) => None,
        }
    }

    /// The public half.
    ///
    /// # Errors
    /// [`KeyError::Jwk`], which cannot happen to a key that was read here.
    pub fn public(&self) -> Result<PublicJwk, KeyError> {
        match self {
            Self::Private(private) => private.public(),
            Self::Public(public) => Ok(public.clone()),
        }
    }

    /// The key as one JWK (RFC 7517 §4), private members included where it has them.
    ///
    /// # Errors
    /// As [`KeyFile::public`].
    pub fn to_jwk(&self) -> Result<Zeroizing<String>, KeyError> {
        let value: Value = match self {
            Self::Private(private) => serde_json::from_slice(private.expose()).map_err(KeyError::Claims)?,
            Self::Public(public) => serde_json::to_value(public).map_err(KeyError::Claims)?,
        };
        Ok(Zeroizing::new(format!("{value:#}\n")))
    }

    /// The key as PEM (RFC 7468 §10, §13): PKCS#8 for a private one, SPKI for a public one. Its name is lost.
    ///
    /// # Errors
    /// If OpenSSL refuses, which it does not for a key that was read here.
    pub fn to_pem(&self) -> Result<Zeroizing<String>, KeyError> {
        match self {
            Self::Private(private) => structures::private_pem(private),
            Self::Public(public) => structures::public_pem(&public.members),
        }
    }
}

impl From<PrivateJwk> for KeyFile {
    fn from(private: PrivateJwk) -> Self {
        Self::Private(private)
    }
}

impl From<PublicJwk> for KeyFile {
    fn from(public: PublicJwk) -> Self {
        Self::Public(public)
    }
}

impl fmt::Debug for KeyFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Private(_) => f.write_str("[redacted]"),
            Self::Public(public) => public.fmt(f),
        }
    }
}

/// Whether content is JSON rather than PEM, whose text may begin with explanations (RFC 7468 §5.2).
pub fn is_json(content: &[u8]) -> bool {
    content.trim_ascii_start().first() == Some(&b'{')
}

/// RFC 7517 §4.2, §4.3: what a JWK says that it is for.
fn require_signing(jwk: &Map<String, Value>) -> Result<(), KeyFileError> {
    let use_fits = jwk.get("use").is_none_or(|key_use| key_use == "sig");
    let is_signing = |operation: &Value| operation == "sign" || operation == "verify";
    let operations_fit =
        jwk.get("key_ops").is_none_or(|all| all.as_array().is_some_and(|all| all.iter().all(is_signing)));
    if use_fits && operations_fit { Ok(()) } else { Err(KeyFileError::Purpose) }
}

/// What a type of key signs with, unless another algorithm is named.
fn usual_algorithm(members: &PublicMembers) -> Result<SigningAlgorithm, KeyFileError> {
    match members {
        PublicMembers::Rsa { .. } => Ok(SigningAlgorithm::Rs256),
        PublicMembers::Ec { crv, .. } if crv == "P-256" => Ok(SigningAlgorithm::Es256),
        PublicMembers::Okp { crv, .. } if crv == "Ed25519" => Ok(SigningAlgorithm::EdDsa),
        _ => Err(KeyFileError::Unsupported),
    }
}

/// The algorithm that stands for all those of one type of key.
const fn usual_algorithm_of(algorithm: SigningAlgorithm) -> SigningAlgorithm {
    match algorithm {
        SigningAlgorithm::Rs256 | SigningAlgorithm::Ps256 => SigningAlgorithm::Rs256,
        other => other,
    }
}

fn with_private(public: &PublicJwk, private: &structures::PrivateMembers) -> PrivateJwk {
    let mut jwk = serde_json::to_value(public).unwrap_or_default();
    if let Value::Object(jwk) = &mut jwk {
        jwk.extend(private.iter().map(|(name, value)| ((*name).to_owned(), Value::from(value.as_str()))));
    }
    PrivateJwk::from_bytes(Zeroizing::new(jwk.to_string().into_bytes()))
}

/// A signature of the private half that the public half verifies.
fn require_one_pair(private: &PrivateJwk, public: &VerifyingKey) -> Result<(), KeyFileError> {
    let signed = SigningKey::new(private).and_then(|key| key.sign("JWT", &json!({})));
    let signed = signed.map_err(|_| KeyFileError::Halves)?;
    let jws = CompactJws::parse(&signed).map_err(|_| KeyFileError::Halves)?;
    public.verify(&jws, "JWT").map_err(|_| KeyFileError::Halves)
}
