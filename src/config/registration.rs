//! `[registration]`: applications that register themselves (RFC 7591).

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

use super::values::{Period, written_as_text};
use crate::protocol::client_registration::RegistrationMode;
use crate::protocol::profile::Profile;

/// Applications that register themselves.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Registration {
    /// Who may register at the registration endpoint: "open" (any application: its users are told so, and asked), "token" (whoever
    /// has an initial access token, made by `tessera registration-token create`), or "off".
    pub mode: RegistrationMode,
    /// Whether an application may be known by the URL of its own metadata, without registration: its client id is the URL of a document
    /// that is fetched (client id metadata documents, as MCP clients have them). The users see its host, and are asked.
    pub client_id_metadata_documents: bool,
    /// How many registrations of a realm may wait to be used; beyond, no more are taken without a token.
    pub max_unused: u32,
    /// How long a registration that nobody used is kept.
    pub unused_lifetime: Period,
    /// Who may vouch for applications by a software statement (RFC 7591): the issuer, and after a space the URL of its keys. As in
    /// `https://directory.example https://directory.example/jwks`.
    pub software_statement_issuers: Vec<StatementIssuer>,
    /// Whether only an application may register that one of them vouches for. Client id metadata documents, for which nobody does, are
    /// off then.
    pub require_software_statement: bool,
    /// The rules that they keep: "oauth2.1" (code with PKCE, always), or "legacy-oidc" (every response type of OpenID Connect Core,
    /// listed in the metadata, and confidential applications without PKCE).
    pub default_profile: Profile,
}

impl Registration {
    /// Whether client id metadata documents are taken.
    pub const fn takes_documents(&self) -> bool {
        self.client_id_metadata_documents && !self.require_software_statement
    }
}

impl Default for Registration {
    fn default() -> Self {
        Self {
            mode: RegistrationMode::Open,
            client_id_metadata_documents: true,
            max_unused: 1_000,
            unused_lifetime: Period::hours(24),
            software_statement_issuers: Vec::new(),
            require_software_statement: false,
            default_profile: Profile::default(),
        }
    }
}

/// Who vouches for applications.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementIssuer {
    /// The `iss` of its statements.
    pub issuer: String,
    /// Where its keys are.
    pub jwks_uri: Url,
}

impl FromStr for StatementIssuer {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const FORM: &str = "an issuer of software statements is its name and the URL of its keys, with a space between";
        let (issuer, jwks_uri) = text.trim().split_once(' ').ok_or(FORM)?;
        let jwks_uri = Url::parse(jwks_uri.trim()).map_err(|_| FORM)?;
        Ok(Self { issuer: issuer.to_owned(), jwks_uri })
    }
}

impl fmt::Display for StatementIssuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.issuer, self.jwks_uri)
    }
}

written_as_text!(StatementIssuer, "https://directory.example https://directory.example/jwks");
