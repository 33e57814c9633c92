//! Proof Key for Code Exchange (RFC 7636), method S256 alone.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::OAuthError;
use crate::secret::{Secret, same, sha256};

/// The methods that metadata lists.
pub const CODE_CHALLENGE_METHODS: &[&str] = &["S256"];

/// The SHA-256 of the verifier that the client keeps until it redeems the code (RFC 7636 §4.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct CodeChallenge([u8; 32]);

impl CodeChallenge {
    /// Reads the two parameters of an authorization request; `None` if the client uses no PKCE.
    ///
    /// # Errors
    /// `invalid_request`: the method is missing (it then means `plain`, RFC 7636 §4.3) or is not S256, the challenge is
    /// missing, or the challenge is not 43 characters of base64url.
    pub fn from_parameters(challenge: Option<&str>, method: Option<&str>) -> Result<Option<Self>, OAuthError> {
        let Some(challenge) = challenge else {
            return match method {
                None => Ok(None),
                Some(_) => Err(OAuthError::invalid_request("code_challenge_method came without code_challenge")),
            };
        };
        match method {
            Some("S256") => Self::parse(challenge).map(Some),
            Some("plain") => Err(OAuthError::invalid_request(
                "code_challenge_method=plain is refused: send BASE64URL(SHA256(code_verifier)) and code_challenge_method=S256",
            )),
            Some(_) => Err(OAuthError::invalid_request("code_challenge_method must be S256")),
            None => Err(OAuthError::invalid_request(
                "code_challenge_method is missing and would mean plain, which is refused: send code_challenge_method=S256",
            )),
        }
    }

    /// Reads a challenge.
    ///
    /// # Errors
    /// `invalid_request` unless it is the 43 characters of base64url without padding of a SHA-256 (RFC 7636 §4.2).
    pub fn parse(text: &str) -> Result<Self, OAuthError> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        bytes.map(Self).ok_or_else(|| {
            OAuthError::invalid_request(
                "code_challenge must be BASE64URL(SHA256(code_verifier)): 43 characters of base64url without padding",
            )
        })
    }

    /// The bytes of the SHA-256.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Whether the verifier is the one that this challenge was made from (RFC 7636 §4.6), in constant time.
    pub fn is_met_by(&self, verifier: &CodeVerifier) -> bool {
        same(&self.0, &verifier.hash())
    }
}

impl TryFrom<String> for CodeChallenge {
    type Error = OAuthError;

    fn try_from(text: String) -> Result<Self, OAuthError> {
        Self::parse(&text)
    }
}

impl From<CodeChallenge> for String {
    fn from(challenge: CodeChallenge) -> Self {
        URL_SAFE_NO_PAD.encode(challenge.0)
    }
}

/// What the client made before the authorization request and shows with the code (RFC 7636 §4.1).
#[derive(Debug, Clone)]
pub struct CodeVerifier(Secret);

impl CodeVerifier {
    /// Reads a verifier.
    ///
    /// # Errors
    /// `invalid_grant` unless it is 43 to 128 unreserved characters: a verifier that cannot be right is a wrong one.
    pub fn parse(text: &str) -> Result<Self, OAuthError> {
        if !(43..=128).contains(&text.len()) {
            return Err(OAuthError::invalid_grant(format!(
                "code_verifier must be 43 to 128 characters long, not {}: make it of 32 random bytes in base64url (RFC 7636 section 4.1)",
                text.len()
            )));
        }
        if !text.bytes().all(is_unreserved) {
            return Err(OAuthError::invalid_grant(
                "code_verifier may hold only letters, digits and - . _ ~ (RFC 7636 section 4.1)",
            ));
        }
        Ok(Self(Secret::from(text)))
    }

    /// Checks the verifier against the code's challenge.
    ///
    /// # Errors
    /// `invalid_grant`: the verifier is wrong (RFC 7636 §4.6).
    pub fn verify(&self, challenge: &CodeChallenge) -> Result<(), OAuthError> {
        if challenge.is_met_by(self) {
            return Ok(());
        }
        Err(OAuthError::invalid_grant("code_verifier does not match the code_challenge of this code"))
    }

    /// Its SHA-256, which equals the right challenge's bytes.
    pub fn hash(&self) -> [u8; 32] {
        sha256(self.0.expose().as_bytes())
    }
}

/// RFC 3986 §2.3.
fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}
