//! Claims: what our tokens say (RFC 7519, RFC 9068, OpenID Connect Core §2), and what is known of a user.

mod standard;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub(crate) use standard::is_web_address;
pub use standard::{Address, StandardClaims};

/// `typ` of an access token (RFC 9068 §2.1).
pub const ACCESS_TOKEN_TYPE: &str = "at+jwt";

/// `typ` of a logout token (OpenID Connect Back-Channel Logout §2.4).
pub const LOGOUT_TOKEN_TYPE: &str = "logout+jwt";

/// `typ` of an ID token.
pub const ID_TOKEN_TYPE: &str = "JWT";

/// The claims of tokens and of userinfo that metadata lists.
pub const CLAIMS_SUPPORTED: &[&str] = &[
    "sub",
    "iss",
    "aud",
    "exp",
    "iat",
    "auth_time",
    "nonce",
    "acr",
    "amr",
    "sid",
    "at_hash",
    "c_hash",
    "name",
    "given_name",
    "family_name",
    "middle_name",
    "nickname",
    "preferred_username",
    "profile",
    "picture",
    "website",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "updated_at",
    "email",
    "email_verified",
    "address",
    "phone_number",
    "phone_number_verified",
];

/// Whom a token is for: one text or several (RFC 7519 §4.1.3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Audience<'a> {
    /// One audience.
    One(Cow<'a, str>),
    /// Several.
    Many(Vec<Cow<'a, str>>),
}

impl Audience<'_> {
    /// Whether this audience is among them.
    pub fn contains(&self, audience: &str) -> bool {
        self.iter().any(|one| one == audience)
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        let (one, many) = match self {
            Self::One(one) => (Some(one), &[][..]),
            Self::Many(many) => (None, many.as_slice()),
        };
        one.into_iter().chain(many).map(AsRef::as_ref)
    }
}

/// Whether these claims of a stranger's are for `us`, perhaps among others, or say nothing of that (RFC 7519 §4.1.3).
pub fn is_for(claims: &Map<String, Value>, us: &str) -> bool {
    match claims.get("aud") {
        None => true,
        Some(Value::Array(several)) => several.iter().any(|one| one == us),
        Some(one) => one == us,
    }
}

/// The claims of an access token (RFC 9068 §2.2). Times are seconds since the epoch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessTokenClaims<'a> {
    /// The issuer.
    #[serde(borrow)]
    pub iss: Cow<'a, str>,
    /// The user, or the client itself.
    #[serde(borrow)]
    pub sub: Cow<'a, str>,
    /// The resource servers.
    pub aud: Audience<'a>,
    /// The end.
    pub exp: i64,
    /// The beginning.
    pub iat: i64,
    /// The token's id.
    #[serde(borrow)]
    pub jti: Cow<'a, str>,
    /// The client.
    #[serde(borrow)]
    pub client_id: Cow<'a, str>,
    /// The scope, space-delimited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<Cow<'a, str>>,
    /// When the user signed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth_time: Option<i64>,
    /// How strongly.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acr: Option<Cow<'a, str>>,
    /// By what.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub amr: Vec<Cow<'a, str>>,
    /// The session, as this client sees it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sid: Option<Cow<'a, str>>,
    /// The family that the token belongs to; none for client credentials.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fam: Option<Cow<'a, str>>,
}

/// What the guards of @tekcify/auth-backend read beside the claims of RFC 9068.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TekcifyClaims<'a> {
    /// Tells an access token from a refresh token.
    #[serde(rename = "type")]
    pub token_type: &'a str,
    /// The scope, as a list.
    pub scopes: Vec<&'a str>,
    /// The client.
    #[serde(rename = "clientId")]
    pub client_id: &'a str,
    /// The user's address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<&'a str>,
}

/// The claims of an ID token (OpenID Connect Core §2). Times are seconds since the epoch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdTokenClaims<'a> {
    /// The issuer.
    #[serde(borrow)]
    pub iss: Cow<'a, str>,
    /// The user.
    #[serde(borrow)]
    pub sub: Cow<'a, str>,
    /// The client.
    pub aud: Audience<'a>,
    /// The end.
    pub exp: i64,
    /// The beginning.
    pub iat: i64,
    /// When the user signed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth_time: Option<i64>,
    /// As it came in the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nonce: Option<Cow<'a, str>>,
    /// How strongly the user signed in; never empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acr: Option<Cow<'a, str>>,
    /// By what.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub amr: Vec<Cow<'a, str>>,
    /// The session, as this client sees it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sid: Option<Cow<'a, str>>,
    /// The left half of the access token's hash (§3.1.3.6).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_hash: Option<Cow<'a, str>>,
    /// The left half of the code's hash (§3.3.2.11).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub c_hash: Option<Cow<'a, str>>,
}

/// The claims of a logout token (OpenID Connect Back-Channel Logout §2.4). Times are seconds since the epoch. There is no `nonce`:
/// nobody must take one for an ID token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LogoutTokenClaims<'a> {
    /// The issuer.
    pub iss: &'a str,
    /// The user.
    pub sub: &'a str,
    /// The client.
    pub aud: &'a str,
    /// The beginning.
    pub iat: i64,
    /// The end.
    pub exp: i64,
    /// The token's id.
    pub jti: &'a str,
    /// The session, as this client sees it.
    pub sid: &'a str,
    /// What has happened.
    pub events: LogoutEvents,
}

/// The one member that says what the token is, and nothing in it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct LogoutEvents {
    #[serde(rename = "http://schemas.openid.net/event/backchannel-logout")]
    backchannel_logout: Nothing,
}

/// An empty JSON object.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
struct Nothing {}
