//! The authorization request (RFC 6749 §4.1.1, OpenID Connect Core §3.1.2.1), read in stages.
//!
//! `client_id` and `redirect_uri` come first: until the client is known and its redirect URI proven, a fault is shown on an
//! error page and sent nowhere. After that, [`AuthorizationRequest::parse`] names faults that go back to the client.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::claims_request::ClaimsRequest;
use super::display::Display;
use super::pkce::CodeChallenge;
use super::prompt::Prompts;
use super::response_mode::ResponseMode;
use super::response_type::ResponseType;
use super::scope::OPENID;
use super::{OAuthError, Parameters, Scope, UnknownName, resource};

/// The most entries of a space-delimited list that are kept.
const MAX_LIST: usize = 20;

/// The most bytes of `state`, of `nonce` and of `login_hint`: a request is kept until its user has signed in.
const MAX_TEXT: usize = 2 * 1024;

/// The most bytes of a request as it is kept, form-urlencoded.
const MAX_KEPT: usize = 16 * 1024;

/// What a client asks the authorization endpoint for.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorizationRequest {
    /// Who asks.
    pub client_id: String,
    /// Where the answer goes, as the client wrote it; proven again whenever an answer is sent.
    pub redirect_uri: Option<String>,
    /// What is asked for.
    pub response_type: ResponseType,
    /// How the answer travels.
    pub response_mode: ResponseMode,
    /// The scope; empty if none was sent.
    pub scope: Scope,
    /// Echoed as it came.
    pub state: Option<String>,
    /// Put into the ID token.
    pub nonce: Option<String>,
    /// PKCE; the client's profile says whether it may be missing.
    pub code_challenge: Option<CodeChallenge>,
    /// What the user is to be asked.
    pub prompt: Prompts,
    /// The greatest age of the authentication, in seconds.
    pub max_age: Option<u64>,
    /// Whom the client thinks it has.
    pub login_hint: Option<String>,
    /// Languages for the pages, best first: wishes, known or not.
    pub ui_locales: Vec<String>,
    /// Languages for the claims, best first.
    pub claims_locales: Vec<String>,
    /// An earlier ID token of the user.
    pub id_token_hint: Option<String>,
    /// Authentication classes, best first.
    pub acr_values: Vec<String>,
    /// Single claims, beside those of the scope.
    pub claims: ClaimsRequest,
    /// How to show the pages.
    pub display: Option<Display>,
    /// The resource that the access token is for (RFC 8707 §2.1).
    pub resource: Vec<String>,
}

/// The first stage: who asks.
///
/// # Errors
/// `invalid_request`, for the error page: missing, or sent twice.
pub fn client_id(parameters: &Parameters) -> Result<&str, OAuthError> {
    parameters.only("client_id")?.ok_or_else(|| OAuthError::invalid_request("the parameter client_id is missing"))
}

/// The second stage: where an answer could go, once the client's registration has proven it.
///
/// # Errors
/// `invalid_request`, for the error page: sent twice, or with control characters.
pub fn redirect_uri(parameters: &Parameters) -> Result<Option<&str>, OAuthError> {
    parameters.only("redirect_uri")
}

/// Whether the scope holds `openid`, so that the rules of OpenID Connect Core apply.
pub fn is_openid(parameters: &Parameters) -> bool {
    parameters.one("scope").is_some_and(|scope| scope.split(' ').any(|token| token == OPENID))
}

/// The `state` to send with an error, if it came once, clean and not too long.
pub fn state(parameters: &Parameters) -> Option<&str> {
    parameters.only("state").ok().flatten().filter(|state| state.len() <= MAX_TEXT)
}

/// The mode to send an error by: the one asked for, where it may carry what was asked for; else the default.
pub fn response_mode(parameters: &Parameters) -> ResponseMode {
    let only = |name| parameters.only(name).ok().flatten();
    let response_type =
        only("response_type").and_then(|text| ResponseType::parse(text).ok()).unwrap_or(ResponseType::Code);
    let asked = only("response_mode").and_then(|name| name.parse().ok());
    let fitting = asked.filter(|mode: &ResponseMode| mode.carries(response_type));
    fitting.unwrap_or(ResponseMode::default_of(response_type))
}

impl AuthorizationRequest {
    /// The last stage: everything.
    ///
    /// # Errors
    /// Those of RFC 6749 §4.1.2.1, OpenID Connect Core §3.1.2.6 and RFC 8707 §2, for the client.
    pub fn parse(parameters: &Parameters) -> Result<Self, OAuthError> {
        refuse_request_objects(parameters)?;
        parameters.check()?;
        check_size(parameters)?;
        let text = |name| parameters.one(name).map(str::to_owned);
        let response_type = response_type(parameters)?;
        let scope: Scope = parameters.one("scope").unwrap_or_default().parse()?;
        check_id_token(response_type, &scope, parameters)?;
        Ok(Self {
            client_id: client_id(parameters)?.to_owned(),
            redirect_uri: text("redirect_uri"),
            response_type,
            response_mode: checked_response_mode(parameters, response_type)?,
            scope,
            state: text("state"),
            nonce: text("nonce"),
            code_challenge: code_challenge(parameters)?,
            prompt: parameters.one("prompt").unwrap_or_default().parse()?,
            max_age: max_age(parameters)?,
            login_hint: text("login_hint"),
            ui_locales: list(parameters, "ui_locales"),
            claims_locales: list(parameters, "claims_locales"),
            id_token_hint: text("id_token_hint"),
            acr_values: list(parameters, "acr_values"),
            claims: parameters.one("claims").map(ClaimsRequest::parse).transpose()?.unwrap_or_default(),
            display: parameters.one("display").and_then(|name| name.parse().ok()),
            resource: resource::from_parameters(parameters)?,
        })
    }
}

/// OpenID Connect Core §6, RFC 9101 §6: a request object takes the place of the parameters before they are read. Where that was not
/// done it is refused, never silently ignored.
fn refuse_request_objects(parameters: &Parameters) -> Result<(), OAuthError> {
    if parameters.all("request").next().is_some() {
        return Err(OAuthError::request_not_supported("request objects are not supported: send plain parameters"));
    }
    if parameters.all("request_uri").next().is_some() {
        return Err(OAuthError::request_uri_not_supported("request_uri is not supported: send plain parameters"));
    }
    Ok(())
}

/// What waits for a user takes memory, and anybody can send it.
fn check_size(parameters: &Parameters) -> Result<(), OAuthError> {
    let is_long = |name: &&str| parameters.one(name).is_some_and(|value| value.len() > MAX_TEXT);
    if let Some(name) = ["state", "nonce", "login_hint"].into_iter().find(is_long) {
        return Err(OAuthError::invalid_request(format!("the parameter {name} is longer than 2 KiB")));
    }
    if parameters.fit(MAX_KEPT) {
        return Ok(());
    }
    Err(OAuthError::invalid_request("the request's parameters are longer than 16 KiB, form-urlencoded"))
}

fn response_type(parameters: &Parameters) -> Result<ResponseType, OAuthError> {
    let name = parameters
        .one("response_type")
        .ok_or_else(|| OAuthError::invalid_request("the parameter response_type is missing"))?;
    ResponseType::parse(name).map_err(|unknown| OAuthError::unsupported_response_type(unknown.to_string()))
}

fn checked_response_mode(parameters: &Parameters, response_type: ResponseType) -> Result<ResponseMode, OAuthError> {
    let Some(name) = parameters.one("response_mode") else { return Ok(ResponseMode::default_of(response_type)) };
    let mode: ResponseMode =
        name.parse().map_err(|unknown: UnknownName| OAuthError::invalid_request(unknown.to_string()))?;
    if mode.carries(response_type) {
        Ok(mode)
    } else {
        Err(OAuthError::invalid_request("response_mode query cannot carry tokens: use fragment or form_post"))
    }
}

/// An ID token through the browser needs the scope openid and a nonce (OpenID Connect Core §3.2.2.1, §3.3.2.11).
fn check_id_token(response_type: ResponseType, scope: &Scope, parameters: &Parameters) -> Result<(), OAuthError> {
    if !response_type.has_id_token() {
        return Ok(());
    }
    if !scope.contains(OPENID) {
        return Err(OAuthError::invalid_scope("an ID token needs the scope openid"));
    }
    if parameters.one("nonce").is_none() {
        return Err(OAuthError::invalid_request(
            "nonce is missing: an ID token from the authorization endpoint needs it",
        ));
    }
    Ok(())
}

fn code_challenge(parameters: &Parameters) -> Result<Option<CodeChallenge>, OAuthError> {
    CodeChallenge::from_parameters(parameters.one("code_challenge"), parameters.one("code_challenge_method"))
}

fn max_age(parameters: &Parameters) -> Result<Option<u64>, OAuthError> {
    let fault = || OAuthError::invalid_request("max_age must be a number of seconds, zero or more");
    let Some(text) = parameters.one("max_age") else { return Ok(None) };
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(fault());
    }
    text.parse().map(Some).map_err(|_| fault())
}

fn list(parameters: &Parameters, name: &str) -> Vec<String> {
    let text = parameters.one(name).unwrap_or_default();
    text.split(' ').filter(|entry| !entry.is_empty()).take(MAX_LIST).map(str::to_owned).collect()
}

/// Hints name people and hold tokens: they do not show.
impl fmt::Debug for AuthorizationRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthorizationRequest")
            .field("client_id", &self.client_id)
            .field("scope", &self.scope)
            .finish_non_exhaustive()
    }
}
