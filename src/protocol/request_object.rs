//! Request objects (RFC 9101, OpenID Connect Core §6): what one says, once its signature is proven.

use serde_json::{Map, Value};

use crate::clock::Timestamp;

use super::claims::is_for;
use super::jwt_times::JwtTimes;
use super::parameters::Parameters;
use super::{ErrorCode, OAuthError};

/// `typ` of a request object (RFC 9101 §10.8): it may be left out, and many write the general one.
pub const REQUEST_OBJECT_TYPE: &str = "oauth-authz-req+jwt";

/// The media types that one is fetched as (RFC 9101 §10.5.1; OpenID Connect Core has no name for it).
pub const REQUEST_OBJECT_MEDIA_TYPES: &[&str] = &["application/oauth-authz-req+jwt", "application/jwt"];

/// How a request brings its request object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passed<'a> {
    /// In the parameter `request`.
    ByValue(&'a str),
    /// In the parameter `request_uri`.
    ByReference(&'a str),
}

/// How the request object came, if one did.
///
/// # Errors
/// `invalid_request` where both came (RFC 9101 §5), or one of them twice.
pub fn passed(parameters: &Parameters) -> Result<Option<Passed<'_>>, OAuthError> {
    match (parameters.only("request")?, parameters.only("request_uri")?) {
        (None, None) => Ok(None),
        (Some(object), None) => Ok(Some(Passed::ByValue(object))),
        (None, Some(uri)) => Ok(Some(Passed::ByReference(uri))),
        (Some(_), Some(_)) => {
            Err(OAuthError::invalid_request("request and request_uri do not go together (RFC 9101 section 5)"))
        }
    }
}

/// The authorization request in the claims of a request object of this client: its parameters, and no others (RFC 9101 §6.3).
///
/// # Errors
/// `invalid_request_object`, naming the member that is wrong.
pub fn parameters(
    claims: &Map<String, Value>,
    client_id: &str,
    issuer: &str,
    now: Timestamp,
) -> Result<Parameters, OAuthError> {
    require_client(claims, client_id)?;
    require_audience(claims, issuer)?;
    JwtTimes::of(claims).require(now).map_err(|fault| invalid(&fault.to_string()))?;
    if claims.contains_key("request") || claims.contains_key("request_uri") {
        return Err(invalid("it must hold neither request nor request_uri (RFC 9101 section 4)"));
    }
    let mut pairs = vec![("client_id".to_owned(), client_id.to_owned())];
    for (name, value) in claims.iter().filter(|(name, _)| *name != "client_id" && Parameters::is_known(name)) {
        let values = texts(name, value).ok_or_else(|| invalid(&format!("{name} is of a wrong type")))?;
        pairs.extend(values.into_iter().map(|text| (name.clone(), text)));
    }
    Ok(Parameters::of(pairs))
}

/// `invalid_request_object` with what is wrong.
pub fn invalid(what: &str) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidRequestObject, format!("the request object is not taken: {what}"))
}

/// RFC 9101 §4, §5: whom it says it comes from is who sent it. A token whose subject is the client may be its assertion, which must
/// not be taken for a request, nor a request for it (§10.8).
fn require_client(claims: &Map<String, Value>, client_id: &str) -> Result<(), OAuthError> {
    for name in ["iss", "client_id"] {
        if claims.get(name).is_some_and(|value| value != client_id) {
            return Err(invalid(&format!("{name} must be the client_id of the request")));
        }
    }
    if claims.get("sub").is_some_and(|value| value == client_id) {
        return Err(invalid("sub must not be the client_id: that is an assertion (RFC 9101 section 10.8)"));
    }
    Ok(())
}

/// RFC 9101 §4: where it says for whom it is, it is for us, perhaps among others.
fn require_audience(claims: &Map<String, Value>, issuer: &str) -> Result<(), OAuthError> {
    if is_for(claims, issuer) { Ok(()) } else { Err(invalid(&format!("aud must be {issuer}, the issuer"))) }
}

/// A member as parameters: texts and numbers as they are, `claims` as the object that it is, `resource` perhaps as a list.
fn texts(name: &str, value: &Value) -> Option<Vec<String>> {
    match value {
        Value::String(text) => Some(vec![text.clone()]),
        Value::Number(number) => Some(vec![number.to_string()]),
        Value::Object(_) if name == "claims" => Some(vec![value.to_string()]),
        Value::Array(several) if name == "resource" => {
            several.iter().map(|one| one.as_str().map(str::to_owned)).collect()
        }
        _ => None,
    }
}
