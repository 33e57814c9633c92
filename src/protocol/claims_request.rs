//! The parameter `claims` (OpenID Connect Core §5.5): single claims that a request asks for beside its scope.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::OAuthError;
use super::claims::StandardClaims;
use super::json::strict_object;

/// The most values that `acr` may be asked to have.
const MAX_VALUES: usize = 20;

/// What is asked for, as far as it is known here: what is not known is left out, as §5.5 wants it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClaimsRequest {
    /// Claims of the user.
    pub user: RequestedClaims,
    /// The authentication class that the ID token is to tell of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acr: Option<RequestedAcr>,
    /// The subject that the user must be (§5.5.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub: Option<String>,
}

/// Claims of the user, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RequestedClaims {
    /// Those that userinfo is to tell.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub userinfo: Vec<String>,
    /// Those that the ID token is to tell.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub id_token: Vec<String>,
}

/// A wish, or a demand, for an authentication class (OpenID Connect Core §5.5.1.1).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestedAcr {
    /// Whether the request fails where none of the values is reached.
    pub essential: bool,
    /// The classes, the best first; any will do where there is none.
    pub values: Vec<String>,
}

impl ClaimsRequest {
    /// Reads the parameter.
    ///
    /// # Errors
    /// `invalid_request`: no JSON object, or a member of it that has another form than §5.5 gives it.
    pub fn parse(text: &str) -> Result<Self, OAuthError> {
        let request = strict_object(text.as_bytes()).ok_or_else(|| refused("it must be one JSON object"))?;
        let (userinfo, id_token) = (part(&request, "userinfo")?, part(&request, "id_token")?);
        let acr = id_token.get("acr").map(requested_acr).transpose()?;
        let user = RequestedClaims { userinfo: known(&userinfo), id_token: known(&id_token) };
        Ok(Self { user, acr, sub: subject(&userinfo, &id_token)? })
    }
}

impl RequestedClaims {
    /// Whether nothing is asked for that an answer would hold.
    pub const fn is_empty(&self) -> bool {
        self.userinfo.is_empty() && self.id_token.is_empty()
    }

    /// The scopes that release what is asked for: the user is asked about these.
    pub fn scopes(&self) -> impl Iterator<Item = &'static str> {
        self.userinfo.iter().chain(&self.id_token).filter_map(|name| StandardClaims::scope_of(name))
    }

    /// What is left where only these claims may be told.
    #[must_use]
    pub fn filtered(&self, allowed: impl Fn(&str) -> bool) -> Self {
        let left = |names: &[String]| names.iter().filter(|name| allowed(name)).cloned().collect();
        Self { userinfo: left(&self.userinfo), id_token: left(&self.id_token) }
    }
}

fn refused(what: &str) -> OAuthError {
    OAuthError::invalid_request(format!("the parameter claims is not taken: {what} (OpenID Connect Core section 5.5)"))
}

/// `userinfo` or `id_token`: claims by name, each null or an object.
fn part(request: &Map<String, Value>, name: &str) -> Result<Map<String, Value>, OAuthError> {
    let members = match request.get(name) {
        None | Some(Value::Null) => return Ok(Map::new()),
        Some(Value::Object(members)) => members,
        Some(_) => return Err(refused(&format!("{name} must be an object"))),
    };
    match members.iter().find(|(_, value)| !value.is_null() && !value.is_object()) {
        Some((claim, _)) => Err(refused(&format!("{claim} must be null or an object"))),
        None => Ok(members.clone()),
    }
}

/// Claims of the user, without the language tags that we have no values for (§5.2).
fn known(part: &Map<String, Value>) -> Vec<String> {
    part.keys().filter(|name| StandardClaims::scope_of(name).is_some()).cloned().collect()
}

fn requested_acr(member: &Value) -> Result<RequestedAcr, OAuthError> {
    let text =
        |value: &Value| value.as_str().map(str::to_owned).ok_or_else(|| refused("a value of acr must be a text"));
    let mut values = member.get("value").map(text).transpose()?.map_or_else(Vec::new, |value| vec![value]);
    match member.get("values") {
        None => {}
        Some(Value::Array(several)) if several.len() <= MAX_VALUES => {
            values.extend(several.iter().map(text).collect::<Result<Vec<_>, _>>()?);
        }
        Some(_) => return Err(refused("values of acr must be a list of 20 texts at most")),
    }
    Ok(RequestedAcr { essential: is_essential(member)?, values })
}

fn is_essential(member: &Value) -> Result<bool, OAuthError> {
    let value = member.get("essential");
    value.map_or(Ok(false), |value| value.as_bool().ok_or_else(|| refused("essential must be true or false")))
}

/// One user at most is demanded.
fn subject(userinfo: &Map<String, Value>, id_token: &Map<String, Value>) -> Result<Option<String>, OAuthError> {
    let value = |part: &Map<String, Value>| part.get("sub").and_then(|member| member.get("value")).cloned();
    let mut wanted = None;
    for value in [value(id_token), value(userinfo)].into_iter().flatten() {
        let Value::String(sub) = value else { return Err(refused("the value of sub must be a text")) };
        if wanted.as_ref().is_some_and(|other| *other != sub) {
            return Err(refused("it demands two subjects"));
        }
        wanted = Some(sub);
    }
    Ok(wanted)
}
