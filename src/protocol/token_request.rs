//! The token request (RFC 6749 §4.1.3, §4.4.2, §6).

use super::grant_type::GrantType;
use super::pkce::CodeVerifier;
use super::scope::OPENID;
use super::{OAuthError, Parameters, Scope, resource};
use crate::secret::Secret;

/// What a client shows at the token endpoint. Client authentication is read apart from it.
#[derive(Debug, Clone)]
pub enum TokenRequest {
    /// RFC 6749 §4.1.3.
    AuthorizationCode {
        /// The code.
        code: Secret,
        /// The redirect URI of the authorization request.
        redirect_uri: Option<String>,
        /// The PKCE verifier (RFC 7636 §4.5).
        code_verifier: Option<CodeVerifier>,
        /// The resource that the access token is for (RFC 8707 §2.2).
        resource: Vec<String>,
    },
    /// RFC 6749 §6.
    RefreshToken {
        /// The refresh token.
        refresh_token: Secret,
        /// A narrower scope for the access token.
        scope: Option<Scope>,
        /// The resource that the access token is for.
        resource: Vec<String>,
    },
    /// RFC 6749 §4.4.2.
    ClientCredentials {
        /// The scope asked for.
        scope: Option<Scope>,
        /// The resource that the access token is for.
        resource: Vec<String>,
    },
}

impl TokenRequest {
    /// Reads a request.
    ///
    /// # Errors
    /// `invalid_request`: a parameter is missing; `unsupported_grant_type`; `invalid_grant`: the verifier cannot be one;
    /// `invalid_scope`; `invalid_target`.
    pub fn parse(parameters: &Parameters) -> Result<Self, OAuthError> {
        let resource = || resource::from_parameters(parameters);
        Ok(match grant_type(parameters)? {
            GrantType::AuthorizationCode => Self::AuthorizationCode {
                code: Secret::from(required(parameters, "code")?),
                redirect_uri: parameters.only("redirect_uri")?.map(str::to_owned),
                code_verifier: parameters.only("code_verifier")?.map(CodeVerifier::parse).transpose()?,
                resource: resource()?,
            },
            GrantType::RefreshToken => Self::RefreshToken {
                refresh_token: Secret::from(required(parameters, "refresh_token")?),
                scope: scope(parameters)?,
                resource: resource()?,
            },
            GrantType::ClientCredentials => {
                Self::ClientCredentials { scope: scope(parameters)?, resource: resource()? }
            }
            // The authorization endpoint's: nothing of it is ever sent here.
            GrantType::Implicit => return Err(not_served()),
        })
    }

    /// Whether an ID token may come of it, as far as the request tells.
    pub fn may_bring_id_token(&self) -> bool {
        match self {
            Self::AuthorizationCode { .. } => true,
            Self::RefreshToken { scope, .. } => scope.as_ref().is_none_or(|scope| scope.contains(OPENID)),
            Self::ClientCredentials { .. } => false,
        }
    }

    /// The grant that the request uses.
    pub const fn grant_type(&self) -> GrantType {
        match self {
            Self::AuthorizationCode { .. } => GrantType::AuthorizationCode,
            Self::RefreshToken { .. } => GrantType::RefreshToken,
            Self::ClientCredentials { .. } => GrantType::ClientCredentials,
        }
    }
}

fn grant_type(parameters: &Parameters) -> Result<GrantType, OAuthError> {
    let name = required(parameters, "grant_type")?;
    name.parse().map_err(|_| not_served())
}

fn not_served() -> OAuthError {
    OAuthError::unsupported_grant_type("this grant_type is not served here")
}

fn scope(parameters: &Parameters) -> Result<Option<Scope>, OAuthError> {
    parameters.only("scope")?.map(str::parse).transpose()
}

fn required<'a>(parameters: &'a Parameters, name: &str) -> Result<&'a str, OAuthError> {
    let missing = || OAuthError::invalid_request(format!("the parameter {name} is missing"));
    parameters.only(name)?.ok_or_else(missing)
}
