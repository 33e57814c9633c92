//! Registration requests and their answers (RFC 7591 §2, §3; RFC 7592 §2; OpenID Connect Registration §3).

use serde::Serialize;
use serde_json::{Map, Value};

use super::client_metadata::ClientMetadata;
use super::grant_type::GrantType;
use super::json::strict_object;
use super::response_type::ResponseType;
use super::{ErrorCode, FieldError, OAuthError};

named_enum! {
    /// Who may register clients at the registration endpoint.
    pub enum RegistrationMode as "registration mode" {
        /// Anybody.
        Open = "open",
        /// Who has an initial access token (RFC 7591 §3).
        Token = "token",
        /// Nobody.
        Off = "off",
    }
}

/// The most bytes of a request.
pub const MAX_BYTES: usize = 64 * 1024;

/// Members that are about the registration itself: they are no metadata.
const NO_METADATA: &[&str] = &[
    "client_id",
    "client_secret",
    "client_id_issued_at",
    "client_secret_expires_at",
    "registration_access_token",
    "registration_client_uri",
    "software_statement",
];

/// What a client asks to be registered with.
#[derive(Debug, Clone)]
pub struct RegistrationRequest {
    members: Map<String, Value>,
}

impl RegistrationRequest {
    /// Reads the body of a request. A member that is null is absent.
    ///
    /// # Errors
    /// `invalid_client_metadata`: longer than [`MAX_BYTES`], or not one JSON object without repeated members.
    pub fn read(body: &[u8]) -> Result<Self, OAuthError> {
        let members = Some(body).filter(|body| body.len() <= MAX_BYTES).and_then(strict_object);
        let mut members = members.ok_or_else(|| {
            invalid("the request must be one JSON object of 64 KiB at most, in which no member comes twice")
        })?;
        members.retain(|_, value| !value.is_null());
        Ok(Self { members })
    }

    /// A member that is a text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.members.get(name).and_then(Value::as_str)
    }

    /// What vouches for the client (RFC 7591 §2.3).
    ///
    /// # Errors
    /// `invalid_software_statement` where it is no text.
    pub fn software_statement(&self) -> Result<Option<&str>, OAuthError> {
        match self.members.get("software_statement") {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(OAuthError::new(ErrorCode::InvalidSoftwareStatement, "software_statement must be a JWT")),
        }
    }

    /// Puts what a software statement says in the place of what the client says itself (RFC 7591 §2.3).
    pub fn overlay(&mut self, vouched_for: Map<String, Value>) {
        self.members.extend(vouched_for);
    }

    /// The metadata. What is unknown is ignored (RFC 7591 §2), and so are grants and response types that are not served, where others
    /// are left.
    ///
    /// # Errors
    /// `invalid_client_metadata`, naming a member that has the wrong form.
    pub fn metadata(&self) -> Result<ClientMetadata, OAuthError> {
        let mut members = self.members.clone();
        members.retain(|name, _| !NO_METADATA.contains(&name.as_str()));
        keep_served(&mut members, "grant_types", |name| name.parse::<GrantType>().is_ok());
        keep_served(&mut members, "response_types", |name| ResponseType::parse(name).is_ok());
        in_order(&mut members);
        let names_grants = members.contains_key("grant_types");
        let mut metadata: ClientMetadata =
            serde_json::from_value(Value::Object(members)).map_err(|error| invalid(&error.to_string()))?;
        if !names_grants {
            metadata.grant_types = grants_of(&metadata.response_types);
        }
        Ok(metadata)
    }
}

/// Drops the names of a list that `is_served` does not know, unless none were left.
fn keep_served(members: &mut Map<String, Value>, field: &str, is_served: impl Fn(&str) -> bool) {
    let Some(Value::Array(names)) = members.get_mut(field) else { return };
    let known = |name: &Value| name.as_str().is_some_and(&is_served);
    if names.iter().any(known) {
        names.retain(known);
    }
}

/// RFC 6749 §3.1.1: the order of the words of a response type does not matter.
fn in_order(members: &mut Map<String, Value>) {
    let Some(Value::Array(names)) = members.get_mut("response_types") else { return };
    for name in names {
        if let Some(Ok(known)) = name.as_str().map(ResponseType::parse) {
            *name = Value::from(known.as_str());
        }
    }
}

/// RFC 7591 §2.1: the grants that belong to these response types, for who names no grants.
fn grants_of(response_types: &[ResponseType]) -> Vec<GrantType> {
    let mut grants = Vec::new();
    if response_types.iter().any(|response_type| response_type.has_code()) {
        grants.push(GrantType::AuthorizationCode);
    }
    if response_types.iter().any(|response_type| response_type.is_front_channel()) {
        grants.push(GrantType::Implicit);
    }
    grants
}

fn invalid(what: &str) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidClientMetadata, what.to_owned())
}

/// The error for faults of metadata (RFC 7591 §3.2.2): `invalid_redirect_uri` where the first is of a redirect URI.
pub fn refusal(faults: &[FieldError]) -> OAuthError {
    let code = match faults.first() {
        Some(fault) if fault.field == "redirect_uris" => ErrorCode::InvalidRedirectUri,
        _ => ErrorCode::InvalidClientMetadata,
    };
    let sentences: Vec<_> = faults.iter().map(|fault| format!("{} {}", fault.field, fault.message)).collect();
    OAuthError::new(code, sentences.join("; "))
}

/// The answer to a registration, and to every later question about it (RFC 7591 §3.2.1, RFC 7592 §3).
#[derive(Debug, Clone, Serialize)]
pub struct RegistrationResponse<'a> {
    /// The client's id.
    pub client_id: &'a str,
    /// When it was registered, in seconds since the epoch.
    pub client_id_issued_at: i64,
    /// Its secret, shown once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<&'a str>,
    /// When the secret ends: 0, as it does not. There wherever the secret is (RFC 7591 §3.2.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_secret_expires_at: Option<i64>,
    /// What the client manages its registration with.
    pub registration_access_token: &'a str,
    /// Where.
    pub registration_client_uri: String,
    /// The software statement of this very request, as it came (RFC 7591 §3.2.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub software_statement: Option<&'a str>,
    /// What is registered.
    #[serde(flatten)]
    pub metadata: &'a ClientMetadata,
}
