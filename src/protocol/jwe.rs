//! Compact JWEs from strangers (RFC 7516 §7.1), taken apart strictly and cheaply before any cryptography.
//!
//! Decryption is in `keys`. Nothing that a header says about keys is used but `kid`, which picks one of ours, and the ephemeral
//! key that an agreement needs.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::algorithm::{ContentEncryption, KeyManagementAlgorithm};
use super::json::strict_object;
use super::jws::{is_kid_byte, short_text};

/// The most bytes of an encrypted token: a JWS of the size that we read, in base64url once more, and what goes with it.
pub const MAX_BYTES: usize = 16 * 1024;

/// The bytes of an authentication tag, whichever the encryption (RFC 7518 §5.2.2.1, §5.3).
const TAG: usize = 16;
/// The longest `apu` or `apv`, in base64url characters.
const MAX_PARTY: usize = 256;

/// Header members that are refused: `zip`, as a small text may be made of gigabytes; those that bring or point to a key
/// (RFC 7516 §4.1.4-§4.1.10) or must be understood (§4.1.13); those of passwords and of keys wrapped by shared secrets
/// (RFC 7518 §4.7, §4.8).
const REFUSED_MEMBERS: &[&str] = &["zip", "crit", "jku", "jwk", "x5u", "x5c", "p2s", "p2c", "iv", "tag"];

/// Why a text is not a JWE that we look at: for the log and the tests, never for the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JweFault {
    /// Longer than [`MAX_BYTES`].
    #[error("the encrypted token is longer than 16 KiB")]
    TooLong,
    /// Not five parts.
    #[error("the encrypted token does not have five parts")]
    Parts,
    /// Not base64url without padding.
    #[error("a part of the encrypted token is not base64url")]
    Encoding,
    /// The header is not one JSON object without repeated members.
    #[error("the header is not a sound JSON object")]
    Header,
    /// `alg` or `enc` is missing or not one of ours: no passwords, no shared secrets, no RSA1_5.
    #[error("alg or enc is not accepted")]
    Algorithm,
    /// A member that is refused.
    #[error("the header holds a member that is refused")]
    RefusedMember,
    /// `kid` or `cty` is not a short plain text.
    #[error("kid or cty is malformed")]
    KeyId,
    /// `epk` is missing, not a public key on P-256, or there though nothing is agreed; or `apu` or `apv` is malformed.
    #[error("the ephemeral key, or what goes with it, is malformed")]
    Agreement,
    /// The encrypted key, the initialization vector, the ciphertext or the tag does not have its algorithm's length.
    #[error("a part of the encrypted token has the wrong length")]
    Length,
}

/// A compact JWE in its parts. Nothing of it is proven yet.
#[derive(Clone, PartialEq, Eq)]
pub struct CompactJwe<'a> {
    algorithm: KeyManagementAlgorithm,
    encryption: ContentEncryption,
    kid: Option<String>,
    cty: Option<String>,
    agreement: Map<String, Value>,
    protected: &'a str,
    encrypted_key: Vec<u8>,
    initialization_vector: Vec<u8>,
    ciphertext: Vec<u8>,
    tag: Vec<u8>,
}

impl<'a> CompactJwe<'a> {
    /// Takes an encrypted token apart and judges its header and its lengths.
    ///
    /// # Errors
    /// The first rule that it breaks.
    pub fn parse(token: &'a str) -> Result<Self, JweFault> {
        if token.len() > MAX_BYTES {
            return Err(JweFault::TooLong);
        }
        let [protected, parts @ ..] = five_parts(token)?;
        let header = strict_object(&decode(protected)?).ok_or(JweFault::Header)?;
        if REFUSED_MEMBERS.iter().any(|name| header.contains_key(*name)) {
            return Err(JweFault::RefusedMember);
        }
        let (algorithm, encryption) = algorithms(&header)?;
        let [encrypted_key, initialization_vector, ciphertext, tag] = parts.map(decode);
        let jwe = Self {
            algorithm,
            encryption,
            kid: short_text(&header, "kid", is_kid_byte).map_err(|_| JweFault::KeyId)?,
            cty: short_text(&header, "cty", |byte| byte.is_ascii_graphic()).map_err(|_| JweFault::KeyId)?,
            agreement: agreement(algorithm, header)?,
            protected,
            encrypted_key: encrypted_key?,
            initialization_vector: initialization_vector?,
            ciphertext: ciphertext?,
            tag: tag?,
        };
        if jwe.has_lengths_of_its_algorithms() { Ok(jwe) } else { Err(JweFault::Length) }
    }

    /// How the content encryption key is found.
    pub const fn algorithm(&self) -> KeyManagementAlgorithm {
        self.algorithm
    }

    /// How the content is encrypted.
    pub const fn encryption(&self) -> ContentEncryption {
        self.encryption
    }

    /// The id of the key that it is encrypted to.
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// Whether `cty` says that a JWT is inside (RFC 7519 §5.2), compared without case.
    pub fn is_nested_jwt(&self) -> bool {
        self.cty.as_deref().is_some_and(|cty| cty.eq_ignore_ascii_case("JWT"))
    }

    /// `epk`, `apu` and `apv` (RFC 7518 §4.6.1), where there are any.
    pub const fn agreement(&self) -> &Map<String, Value> {
        &self.agreement
    }

    /// The header as it came, which the tag protects.
    pub const fn additional_data(&self) -> &'a str {
        self.protected
    }

    /// The encrypted key; empty where the key is agreed itself.
    pub fn encrypted_key(&self) -> &[u8] {
        &self.encrypted_key
    }

    /// The initialization vector.
    pub fn initialization_vector(&self) -> &[u8] {
        &self.initialization_vector
    }

    /// The ciphertext.
    pub fn ciphertext(&self) -> &[u8] {
        &self.ciphertext
    }

    /// The authentication tag.
    pub fn tag(&self) -> &[u8] {
        &self.tag
    }

    /// A short tag would be guessed, and the library takes one (NIST SP 800-38D appendix C).
    fn has_lengths_of_its_algorithms(&self) -> bool {
        let key = self.encrypted_key.len();
        let key_fits = match self.algorithm {
            // A modulus of 2048 to 8192 bits.
            KeyManagementAlgorithm::RsaOaep256 => (256..=1024).contains(&key),
            KeyManagementAlgorithm::EcdhEs => key == 0,
            // RFC 3394 §2.2.1 adds eight bytes.
            KeyManagementAlgorithm::EcdhEsA128Kw | KeyManagementAlgorithm::EcdhEsA256Kw => {
                key == self.encryption.key_bytes() + 8
            }
        };
        let ciphertext_fits = match self.encryption {
            ContentEncryption::A128CbcHs256 => self.ciphertext.len().is_multiple_of(16),
            ContentEncryption::A128Gcm | ContentEncryption::A256Gcm => true,
        };
        key_fits
            && ciphertext_fits
            && !self.ciphertext.is_empty()
            && self.initialization_vector.len() == self.encryption.initialization_vector_bytes()
            && self.tag.len() == TAG
    }
}

impl std::fmt::Debug for CompactJwe<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (algorithm, encryption) = (&self.algorithm, &self.encryption);
        let mut shown = f.debug_struct("CompactJwe");
        shown.field("alg", algorithm).field("enc", encryption).field("kid", &self.kid).finish_non_exhaustive()
    }
}

fn five_parts(token: &str) -> Result<[&str; 5], JweFault> {
    let mut parts = token.split('.');
    let five = [parts.next(), parts.next(), parts.next(), parts.next(), parts.next()];
    match (five, parts.next()) {
        ([Some(header), Some(key), Some(vector), Some(text), Some(tag)], None) => Ok([header, key, vector, text, tag]),
        _ => Err(JweFault::Parts),
    }
}

fn decode(part: &str) -> Result<Vec<u8>, JweFault> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| JweFault::Encoding)
}

/// RFC 8725 §3.1, §3.2: only algorithms of our own lists, in which neither `dir` nor PBES2 nor RSA1_5 is.
fn algorithms(header: &Map<String, Value>) -> Result<(KeyManagementAlgorithm, ContentEncryption), JweFault> {
    let name = |member| header.get(member).and_then(Value::as_str).ok_or(JweFault::Algorithm);
    let algorithm = name("alg")?.parse().map_err(|_| JweFault::Algorithm)?;
    let encryption = name("enc")?.parse().map_err(|_| JweFault::Algorithm)?;
    Ok((algorithm, encryption))
}

/// RFC 7518 §4.6.1: what an agreement brings, and nothing of it where there is none. Whether the point is on the curve is for who
/// uses it.
fn agreement(
    algorithm: KeyManagementAlgorithm,
    mut header: Map<String, Value>,
) -> Result<Map<String, Value>, JweFault> {
    header.retain(|name, _| ["epk", "apu", "apv"].contains(&name.as_str()));
    if !algorithm.agrees() {
        return if header.is_empty() { Ok(header) } else { Err(JweFault::Agreement) };
    }
    let key = header.get("epk").and_then(Value::as_object);
    let parties = ["apu", "apv"].iter().filter_map(|name| header.get(*name));
    if key.is_some_and(is_point_of_p256) && parties.into_iter().all(is_party) {
        Ok(header)
    } else {
        Err(JweFault::Agreement)
    }
}

fn is_point_of_p256(key: &Map<String, Value>) -> bool {
    let is = |member: &str, expected: &str| key.get(member).and_then(Value::as_str) == Some(expected);
    let is_coordinate = |member: &str| {
        let text = key.get(member).and_then(Value::as_str);
        text.and_then(|text| URL_SAFE_NO_PAD.decode(text).ok()).is_some_and(|bytes| bytes.len() == 32)
    };
    is("kty", "EC") && is("crv", "P-256") && is_coordinate("x") && is_coordinate("y") && !key.contains_key("d")
}

fn is_party(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.len() <= MAX_PARTY && URL_SAFE_NO_PAD.decode(text).is_ok())
}
