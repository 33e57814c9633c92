//! The discovery document (OpenID Connect Discovery §3, RFC 8414 §2, RFC 9207 §3).

use serde::Serialize;

use super::algorithm::{ContentEncryption, JwsAlgorithm, KeyManagementAlgorithm, SigningAlgorithm};
use super::display::Display;
use super::grant_type::GrantType;
use super::prompt::Prompt;
use super::response_mode::ResponseMode;
use super::response_type::ResponseType;
use super::subject_type::SubjectType;
use super::token_endpoint_auth_method::TokenEndpointAuthMethod;

/// What this issuer offers. Each feature fills in what it serves; what nobody fills in is left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "the members of the document")]
pub struct Metadata {
    /// The issuer.
    pub issuer: String,
    /// RFC 6749 §3.1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorization_endpoint: Option<String>,
    /// RFC 6749 §3.2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_endpoint: Option<String>,
    /// RFC 7591 §3.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registration_endpoint: Option<String>,
    /// Whether a client may be known by the URL of its metadata (draft-ietf-oauth-client-id-metadata-document §5).
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub client_id_metadata_document_supported: bool,
    /// RFC 7517 §5.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwks_uri: Option<String>,
    /// OpenID Connect Core §5.3.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub userinfo_endpoint: Option<String>,
    /// OpenID Connect RP-Initiated Logout §2.1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_session_endpoint: Option<String>,
    /// OpenID Connect Session Management §3.3.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub check_session_iframe: Option<String>,
    /// RFC 7662 §2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub introspection_endpoint: Option<String>,
    /// RFC 7009 §2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revocation_endpoint: Option<String>,
    /// Scopes that may be asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub scopes_supported: Vec<String>,
    /// Response types served.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub response_types_supported: Vec<ResponseType>,
    /// Response modes served.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub response_modes_supported: Vec<ResponseMode>,
    /// Grants served.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub grant_types_supported: Vec<GrantType>,
    /// Kinds of subject (OpenID Connect Core §8).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub subject_types_supported: Vec<SubjectType>,
    /// Authentication classes that can be reached.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub acr_values_supported: Vec<String>,
    /// Prompts served (Initiating User Registration §4.1).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub prompt_values_supported: Vec<Prompt>,
    /// Values of `display` that are read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub display_values_supported: Vec<Display>,
    /// Kinds of claim.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub claim_types_supported: Vec<String>,
    /// Claims that may be released.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub claims_supported: Vec<String>,
    /// Languages of the pages (BCP 47).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ui_locales_supported: Vec<String>,
    /// Algorithms of ID tokens.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub id_token_signing_alg_values_supported: Vec<SigningAlgorithm>,
    /// How the key of an encrypted ID token comes to the client.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub id_token_encryption_alg_values_supported: Vec<KeyManagementAlgorithm>,
    /// How the content of an encrypted ID token is encrypted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub id_token_encryption_enc_values_supported: Vec<ContentEncryption>,
    /// Algorithms of signed userinfo.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub userinfo_signing_alg_values_supported: Vec<SigningAlgorithm>,
    /// How the key of encrypted userinfo comes to the client.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub userinfo_encryption_alg_values_supported: Vec<KeyManagementAlgorithm>,
    /// How the content of encrypted userinfo is encrypted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub userinfo_encryption_enc_values_supported: Vec<ContentEncryption>,
    /// PKCE methods (RFC 8414 §2).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub code_challenge_methods_supported: Vec<String>,
    /// Client authentication at the token endpoint.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub token_endpoint_auth_methods_supported: Vec<TokenEndpointAuthMethod>,
    /// Algorithms of client assertions there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub token_endpoint_auth_signing_alg_values_supported: Vec<JwsAlgorithm>,
    /// Client authentication at the introspection endpoint.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub introspection_endpoint_auth_methods_supported: Vec<TokenEndpointAuthMethod>,
    /// Algorithms of client assertions there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub introspection_endpoint_auth_signing_alg_values_supported: Vec<JwsAlgorithm>,
    /// Client authentication at the revocation endpoint.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub revocation_endpoint_auth_methods_supported: Vec<TokenEndpointAuthMethod>,
    /// Algorithms of client assertions there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub revocation_endpoint_auth_signing_alg_values_supported: Vec<JwsAlgorithm>,
    /// A page for developers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_documentation: Option<String>,
    /// The operator's privacy policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub op_policy_uri: Option<String>,
    /// The operator's terms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub op_tos_uri: Option<String>,
    /// Whether `claims` is read.
    pub claims_parameter_supported: bool,
    /// Whether `request` is read.
    pub request_parameter_supported: bool,
    /// Whether `request_uri` is read (absent would mean true).
    pub request_uri_parameter_supported: bool,
    /// Whether it must be registered (OpenID Connect Discovery §3).
    pub require_request_uri_registration: bool,
    /// Algorithms of request objects.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub request_object_signing_alg_values_supported: Vec<SigningAlgorithm>,
    /// How the key of an encrypted one may come.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub request_object_encryption_alg_values_supported: Vec<KeyManagementAlgorithm>,
    /// How its content may be encrypted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub request_object_encryption_enc_values_supported: Vec<ContentEncryption>,
    /// Whether clients are told of logouts (OpenID Connect Back-Channel Logout §2.1).
    pub backchannel_logout_supported: bool,
    /// Whether logout tokens have a `sid`.
    pub backchannel_logout_session_supported: bool,
    /// Whether the browser tells clients of logouts (OpenID Connect Front-Channel Logout §3).
    pub frontchannel_logout_supported: bool,
    /// Whether what it loads has `iss` and `sid`.
    pub frontchannel_logout_session_supported: bool,
    /// Whether responses carry `iss` (RFC 9207 §3).
    pub authorization_response_iss_parameter_supported: bool,
}

impl Metadata {
    /// The document of an issuer that offers nothing yet.
    pub fn new(issuer: impl Into<String>) -> Self {
        Self { issuer: issuer.into(), ..Self::default() }
    }
}
