//! Compact JWSs from strangers (RFC 7515 §7.1), taken apart strictly and cheaply before any cryptography.
//!
//! A signature is checked in `keys`. Nothing that a header says about keys is used but `kid`: it picks one of ours.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::algorithm::JwsAlgorithm;
use super::json::strict_object;

/// The most bytes of a token.
pub const MAX_BYTES: usize = 8 * 1024;

/// The longest `kid`, in bytes.
const MAX_KID: usize = 128;

/// Header members that bring or point to a key (RFC 7515 §4.1.2-§4.1.6), or that must be understood (§4.1.11).
const REFUSED_MEMBERS: &[&str] = &["crit", "jku", "jwk", "x5u", "x5c"];

/// Claims that are seconds since the epoch (RFC 7519 §4.1.4-§4.1.6).
const TIMES: &[&str] = &["exp", "nbf", "iat"];

/// Why a text is not a JWS that we look at: for the log and the tests, never for the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JwsFault {
    /// Longer than [`MAX_BYTES`].
    #[error("the token is longer than 8 KiB")]
    TooLong,
    /// Not three parts.
    #[error("the token does not have three parts")]
    Parts,
    /// Not base64url without padding.
    #[error("a part of the token is not base64url")]
    Encoding,
    /// The header is not one JSON object without repeated members.
    #[error("the header is not a sound JSON object")]
    Header,
    /// `alg` is missing, `none`, or not one of ours.
    #[error("the algorithm is not accepted")]
    Algorithm,
    /// A member that brings a key, or `crit`.
    #[error("the header holds a member that is refused")]
    RefusedMember,
    /// `kid` or `typ` is not a short plain text.
    #[error("kid or typ is malformed")]
    KeyId,
    /// The payload is not one JSON object without repeated members.
    #[error("the payload is not a sound JSON object")]
    Payload,
    /// A time is not a number of seconds.
    #[error("exp, nbf or iat is not a number")]
    Time,
}

/// A compact JWS in its parts. Nothing of it is proven yet.
#[derive(Clone, PartialEq, Eq)]
pub struct CompactJws<'a> {
    algorithm: JwsAlgorithm,
    kid: Option<String>,
    typ: Option<String>,
    signing_input: &'a str,
    payload: &'a str,
    signature: Vec<u8>,
}

impl<'a> CompactJws<'a> {
    /// Takes a token apart and judges its header.
    ///
    /// # Errors
    /// The first rule that it breaks.
    pub fn parse(token: &'a str) -> Result<Self, JwsFault> {
        if token.len() > MAX_BYTES {
            return Err(JwsFault::TooLong);
        }
        let (header, payload, signature) = three_parts(token)?;
        let header = strict_object(&decode(header)?).ok_or(JwsFault::Header)?;
        if header.keys().any(|name| REFUSED_MEMBERS.contains(&name.as_str())) {
            return Err(JwsFault::RefusedMember);
        }
        Ok(Self {
            algorithm: algorithm(&header)?,
            kid: short_text(&header, "kid", is_kid_byte)?,
            typ: short_text(&header, "typ", is_typ_byte)?,
            signing_input: &token[..token.len() - signature.len() - 1],
            payload,
            signature: decode(signature)?,
        })
    }

    /// The algorithm that the header names: it must also be the key's.
    pub const fn algorithm(&self) -> JwsAlgorithm {
        self.algorithm
    }

    /// The id of the key.
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// The type, as written; compare it with [`CompactJws::is_type`].
    pub fn typ(&self) -> Option<&str> {
        self.typ.as_deref()
    }

    /// Whether `typ` is this one: without case, and `application/` may be left out (RFC 7515 §4.1.9).
    pub fn is_type(&self, expected: &str) -> bool {
        self.typ().is_some_and(|typ| without_application(typ).eq_ignore_ascii_case(without_application(expected)))
    }

    /// Whether `typ` is this one, or says nothing: absent, or `JWT`. For tokens that were made before explicit types were known (RFC 8725
    /// §3.11, §3.12).
    pub fn is_type_or_untyped(&self, expected: &str) -> bool {
        self.typ().is_none() || self.is_type("JWT") || self.is_type(expected)
    }

    /// What was signed: header and payload, encoded.
    pub const fn signing_input(&self) -> &'a str {
        self.signing_input
    }

    /// The signature's bytes.
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// The payload as it is, for a type that reads it.
    ///
    /// # Errors
    /// [`JwsFault::Encoding`].
    pub fn payload(&self) -> Result<Vec<u8>, JwsFault> {
        decode(self.payload)
    }

    /// The payload as claims (RFC 7519 §4): to be believed only once the signature is checked.
    ///
    /// # Errors
    /// [`JwsFault::Encoding`], [`JwsFault::Payload`], [`JwsFault::Time`].
    pub fn claims(&self) -> Result<Map<String, Value>, JwsFault> {
        let claims = strict_object(&self.payload()?).ok_or(JwsFault::Payload)?;
        let is_sound = |(name, value): (&String, &Value)| value.is_number() || !TIMES.contains(&name.as_str());
        if claims.iter().all(is_sound) { Ok(claims) } else { Err(JwsFault::Time) }
    }
}

impl std::fmt::Debug for CompactJws<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CompactJws").field("kid", &self.kid).field("typ", &self.typ).finish_non_exhaustive()
    }
}

fn without_application(typ: &str) -> &str {
    const PREFIX: &str = "application/";
    let has_prefix = typ.get(..PREFIX.len()).is_some_and(|prefix| prefix.eq_ignore_ascii_case(PREFIX));
    if has_prefix { &typ[PREFIX.len()..] } else { typ }
}

fn three_parts(token: &str) -> Result<(&str, &str, &str), JwsFault> {
    let mut parts = token.split('.');
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(header), Some(payload), Some(signature), None) if !signature.is_empty() => {
            Ok((header, payload, signature))
        }
        _ => Err(JwsFault::Parts),
    }
}

fn decode(part: &str) -> Result<Vec<u8>, JwsFault> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| JwsFault::Encoding)
}

/// RFC 8725 §3.1: only algorithms of our own list; `none` is not in it in any case.
fn algorithm(header: &Map<String, Value>) -> Result<JwsAlgorithm, JwsFault> {
    let name = header.get("alg").and_then(Value::as_str).ok_or(JwsFault::Algorithm)?;
    name.parse().map_err(|_| JwsFault::Algorithm)
}

pub(super) fn short_text(
    header: &Map<String, Value>,
    name: &str,
    is_allowed: impl Fn(u8) -> bool,
) -> Result<Option<String>, JwsFault> {
    match header.get(name) {
        None => Ok(None),
        Some(Value::String(text)) if (1..=MAX_KID).contains(&text.len()) && text.bytes().all(is_allowed) => {
            Ok(Some(text.clone()))
        }
        Some(_) => Err(JwsFault::KeyId),
    }
}

pub(super) fn is_kid_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_.~:=@+#".contains(&byte)
}

fn is_typ_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+-./".contains(&byte)
}
