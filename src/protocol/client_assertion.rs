//! Assertions by which clients authenticate (RFC 7523 §2.2, §3; OpenID Connect Core §9): read, and judged by their claims alone.

use std::time::Duration;

use serde_json::{Map, Value};

use crate::clock::Timestamp;

use super::OAuthError;
use super::jws::CompactJws;
use super::jwt_times::JwtTimes;
use super::parameters::Parameters;

/// `client_assertion_type` (RFC 7523 §2.2).
pub const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// `typ` of its header, where it has one of its own (draft-ietf-oauth-rfc7523bis).
const CLIENT_ASSERTION_TYPE: &str = "client-authentication+jwt";

/// The longest time that an assertion may have to live: as long is remembered that it was used.
const LONGEST: Duration = Duration::from_hours(1);

/// The longest `jti`, in bytes.
const MAX_JTI: usize = 256;

/// An assertion. Nothing of it is proven yet.
#[derive(Debug, Clone)]
pub struct ClientAssertion<'a> {
    jws: CompactJws<'a>,
    client_id: String,
    audience: Vec<String>,
    jti: String,
    times: JwtTimes,
    expires_at: Timestamp,
}

impl<'a> ClientAssertion<'a> {
    /// The assertion in a form, if there is one.
    ///
    /// # Errors
    /// `invalid_request` where a parameter is faulty or one of the two is missing; `invalid_client` where the type is another, or the
    /// assertion lacks what it must say (RFC 7523 §3).
    pub fn read(form: &'a Parameters) -> Result<Option<Self>, OAuthError> {
        let (kind, token) = (form.only("client_assertion_type")?, form.only("client_assertion")?);
        match (kind, token) {
            (None, None) => Ok(None),
            (Some(ASSERTION_TYPE), Some(token)) => Self::parse(token).map(Some),
            (Some(_), Some(_)) => Err(refused(format!("client_assertion_type must be {ASSERTION_TYPE}"))),
            _ => Err(OAuthError::invalid_request(
                "client_assertion and client_assertion_type go together (RFC 7521 section 4.2)",
            )),
        }
    }

    fn parse(token: &'a str) -> Result<Self, OAuthError> {
        let unreadable = |fault: super::jws::JwsFault| refused(format!("the client assertion cannot be read: {fault}"));
        let jws = CompactJws::parse(token).map_err(unreadable)?;
        if !jws.is_type_or_untyped(CLIENT_ASSERTION_TYPE) {
            return Err(refused("typ of the client assertion is that of another token: leave it out, or send JWT"));
        }
        let claims = jws.claims().map_err(unreadable)?;
        let text = |name: &str| claims.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        let (Some(issuer), Some(client_id)) = (text("iss"), text("sub")) else {
            return Err(refused("the client assertion must say iss and sub"));
        };
        if issuer != client_id {
            return Err(refused("iss and sub of the client assertion must both be the client_id"));
        }
        let times = JwtTimes::of(&claims);
        let jti = text("jti").filter(|jti| jti.len() <= MAX_JTI);
        Ok(Self {
            client_id: client_id.to_owned(),
            audience: audience(&claims).ok_or_else(|| refused("the client assertion must say aud"))?,
            jti: jti.ok_or_else(|| refused("the client assertion must say jti, of 256 bytes at most"))?.to_owned(),
            times,
            expires_at: times.expires_at.ok_or_else(|| refused("the client assertion must say exp"))?,
            jws,
        })
    }

    /// Whom it says it comes from.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// The assertion as it came, with its signature.
    pub const fn jws(&self) -> &CompactJws<'a> {
        &self.jws
    }

    /// Its id, which is used once.
    pub fn jti(&self) -> &str {
        &self.jti
    }

    /// When it ends.
    pub const fn expires_at(&self) -> Timestamp {
        self.expires_at
    }

    /// RFC 7523 §3, rules 4 to 6: it has not ended, does not live longer than an hour from now, and does not begin in the future.
    ///
    /// # Errors
    /// `invalid_client`, naming the claim.
    pub fn require_time(&self, now: Timestamp) -> Result<(), OAuthError> {
        if self.expires_at > now + LONGEST {
            return Err(refused("exp of the client assertion must be within an hour"));
        }
        self.times.require(now).map_err(|fault| refused(format!("the client assertion is not taken: {fault}")))
    }

    /// RFC 7523 §3, rule 3: it is for us, and for nobody else who could use it in the client's name.
    ///
    /// # Errors
    /// `invalid_client`, naming the audience that is expected.
    pub fn require_audience(&self, accepted: &[&str]) -> Result<(), OAuthError> {
        let is_ours = |audience: &String| accepted.contains(&audience.as_str());
        let each_once = (1..=accepted.len()).contains(&self.audience.len());
        if each_once && self.audience.iter().all(is_ours) {
            return Ok(());
        }
        let expected = accepted.first().copied().unwrap_or_default();
        Err(refused(format!("aud of the client assertion must be {expected}, the issuer, and nothing else")))
    }
}

fn refused(message: impl Into<String>) -> OAuthError {
    OAuthError::invalid_client(message.into())
}

/// One text, or a list of texts (RFC 7519 §4.1.3).
fn audience(claims: &Map<String, Value>) -> Option<Vec<String>> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    match claims.get("aud")? {
        Value::Array(several) => several.iter().map(text).collect(),
        one => text(one).map(|one| vec![one]),
    }
}
