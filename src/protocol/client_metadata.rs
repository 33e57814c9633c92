//! What a client says about itself (RFC 7591 §2, OpenID Connect Registration §2).

mod key_set;
mod logout;
mod request_objects;
mod responses;

use serde::{Deserialize, Serialize};

use super::algorithm::{JwsAlgorithm, SigningAlgorithm};
use super::characters::is_deceptive;
use super::claims::is_web_address;
use super::grant_type::GrantType;
use super::redirect_uri::{RedirectUriFault, RegisteredRedirectUri};
use super::response_type::ResponseType;
use super::subject_type::SubjectType;
use super::token_endpoint_auth_method::TokenEndpointAuthMethod;
use super::{FieldError, Scope};

pub use key_set::KeySet;
pub use logout::LogoutUris;
pub use request_objects::RequestObjects;
pub use responses::{Encryption, ResponseAlgorithms};

named_enum! {
    /// Whether a client can keep a secret (RFC 6749 §2.1).
    pub enum ClientKind as "client kind" {
        /// It runs in the user's hands - a browser, a phone, a desktop - and has no secret.
        Public = "public",
        /// It runs on a server and authenticates.
        Confidential = "confidential",
    }
}

named_enum! {
    /// Where a client runs (OpenID Connect Registration §2).
    pub enum ApplicationType as "application_type" {
        /// On the web.
        Web = "web",
        /// On its user's device.
        Native = "native",
    }
}

/// The member whose URIs receive authorization responses.
const REDIRECT_URIS: &str = "redirect_uris";

/// The most URIs of one list.
const MAX_URIS: usize = 100;

/// The longest name, in characters.
const MAX_NAME: usize = 200;

/// The most `default_acr_values`.
const MAX_ACR_VALUES: usize = 10;

/// A client's metadata. What is missing has the default of RFC 7591 §2; unknown members are ignored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClientMetadata {
    /// The name that people see.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_name: Option<String>,
    /// Where authorization responses may go.
    pub redirect_uris: Vec<String>,
    /// Where the browser may return to after logout.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub post_logout_redirect_uris: Vec<String>,
    /// The grants that it uses.
    pub grant_types: Vec<GrantType>,
    /// The response types that it uses.
    pub response_types: Vec<ResponseType>,
    /// How it authenticates.
    pub token_endpoint_auth_method: TokenEndpointAuthMethod,
    /// The one algorithm of its assertions; absent: any that suits its method.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_endpoint_auth_signing_alg: Option<JwsAlgorithm>,
    /// Its keys.
    #[serde(flatten)]
    pub key_set: KeySet,
    /// The scopes that it may ask for; absent: those that the realm grants to all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<Scope>,
    /// Its home page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_uri: Option<String>,
    /// Its logo.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logo_uri: Option<String>,
    /// Its privacy policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy_uri: Option<String>,
    /// Its terms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tos_uri: Option<String>,
    /// How to reach the people responsible, by e-mail address as a rule.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<String>,
    /// Where it runs: said at registration, and no more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub application_type: Option<ApplicationType>,
    /// The software that it is an instance of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub software_id: Option<String>,
    /// Its version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub software_version: Option<String>,
    /// How it knows its users.
    pub subject_type: SubjectType,
    /// The document that lists the redirect URIs of its whole sector (OpenID Connect Registration §5).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sector_identifier_uri: Option<String>,
    /// The algorithm of its ID tokens.
    pub id_token_signed_response_alg: SigningAlgorithm,
    /// What else is done to its responses.
    #[serde(flatten)]
    pub responses: ResponseAlgorithms,
    /// Its request objects.
    #[serde(flatten)]
    pub request_objects: RequestObjects,
    /// The greatest age of an authentication, in seconds, where a request names none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_max_age: Option<u64>,
    /// Whether its ID tokens always say when the user signed in.
    pub require_auth_time: bool,
    /// The authentication classes that it wishes for where a request names none, the best first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub default_acr_values: Vec<String>,
    /// Where a third party may start a login (OpenID Connect Core §4).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initiate_login_uri: Option<String>,
    /// Where it is told of logouts.
    #[serde(flatten)]
    pub logout: LogoutUris,
}

/// The defaults of RFC 7591 §2 and OpenID Connect Registration §2.
impl Default for ClientMetadata {
    fn default() -> Self {
        Self {
            client_name: None,
            redirect_uris: Vec::new(),
            post_logout_redirect_uris: Vec::new(),
            grant_types: vec![GrantType::AuthorizationCode],
            response_types: vec![ResponseType::Code],
            token_endpoint_auth_method: TokenEndpointAuthMethod::ClientSecretBasic,
            token_endpoint_auth_signing_alg: None,
            key_set: KeySet::default(),
            scope: None,
            client_uri: None,
            logo_uri: None,
            policy_uri: None,
            tos_uri: None,
            contacts: Vec::new(),
            application_type: None,
            software_id: None,
            software_version: None,
            subject_type: SubjectType::Public,
            sector_identifier_uri: None,
            id_token_signed_response_alg: SigningAlgorithm::Rs256,
            responses: ResponseAlgorithms::default(),
            request_objects: RequestObjects::default(),
            default_max_age: None,
            require_auth_time: false,
            default_acr_values: Vec::new(),
            initiate_login_uri: None,
            logout: LogoutUris::default(),
        }
    }
}

/// The URIs of sound metadata, parsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisteredUris {
    /// The host within which its users have one subject; none where they have everyone's (OpenID Connect Core §8.1).
    pub sector: Option<String>,
    /// For authorization responses.
    pub redirect_uris: Vec<RegisteredRedirectUri>,
    /// For the return from logout.
    pub post_logout_redirect_uris: Vec<RegisteredRedirectUri>,
}

impl ClientMetadata {
    /// The kind of client, which its authentication method decides.
    pub const fn kind(&self) -> ClientKind {
        self.token_endpoint_auth_method.client_kind()
    }

    /// The members by which a client asks for a signature, each with the algorithm that it names.
    pub fn signed_responses(&self) -> impl Iterator<Item = (&'static str, SigningAlgorithm)> {
        let userinfo = self.responses.userinfo_signed_response_alg.map(|name| ("userinfo_signed_response_alg", name));
        [("id_token_signed_response_alg", self.id_token_signed_response_alg)].into_iter().chain(userinfo)
    }

    /// Whether the client may use this grant.
    pub fn allows(&self, grant_type: GrantType) -> bool {
        self.grant_types.contains(&grant_type)
    }

    /// Checks every member, and each against the others.
    ///
    /// # Errors
    /// Every fault, for the person who registers the client.
    pub fn validate(&self) -> Result<RegisteredUris, Vec<FieldError>> {
        let mut faults = Vec::new();
        let redirect_uris = self.uris(REDIRECT_URIS, &mut faults);
        let uris = RegisteredUris {
            sector: self.sector(&redirect_uris, &mut faults),
            redirect_uris,
            post_logout_redirect_uris: self.uris("post_logout_redirect_uris", &mut faults),
        };
        self.check_name(&mut faults);
        self.check_grants(&mut faults);
        self.check_web_addresses(&mut faults);
        self.check_contacts(&mut faults);
        self.check_texts(&mut faults);
        self.check_authentication(&mut faults);
        let has_keys = self.key_set.is_given();
        self.key_set.check(&mut faults);
        self.responses.check(has_keys, &mut faults);
        self.request_objects.check(has_keys, &mut faults);
        self.logout.check(&self.redirect_uris, &mut faults);
        if faults.is_empty() { Ok(uris) } else { Err(faults) }
    }

    fn uris(&self, field: &'static str, faults: &mut Vec<FieldError>) -> Vec<RegisteredRedirectUri> {
        let texts = if field == REDIRECT_URIS { &self.redirect_uris } else { &self.post_logout_redirect_uris };
        if texts.len() > MAX_URIS {
            faults.push(FieldError::new(field, "must not list more than 100 URIs"));
            return Vec::new();
        }
        let mut uris = Vec::with_capacity(texts.len());
        for (index, text) in texts.iter().enumerate() {
            match self.read_uri(field, text) {
                _ if texts[..index].contains(text) => {
                    faults.push(FieldError::new(field, format!("{text} is listed twice")));
                }
                Ok(uri) => uris.push(uri),
                Err(fault) => faults.push(FieldError::new(field, format!("{text} {fault}"))),
            }
        }
        uris
    }

    /// One of the URIs of `field`. Where tokens travel through the browser, they travel to https, and not to the user's own machine
    /// (OpenID Connect Registration §2, application_type).
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn read_uri(&self, field: &str, text: &str) -> Result<RegisteredRedirectUri, RedirectUriFault> {
        let uri = RegisteredRedirectUri::parse(text, self.kind())?;
        if field == REDIRECT_URIS && self.allows(GrantType::Implicit) && !uri.is_claimed_https() {
            return Err(RedirectUriFault::Implicit);
        }
        Ok(uri)
    }

    /// OpenID Connect Core §8.1: where users have a subject for each sector, a client has one sector: the host of the document that
    /// lists all its redirect URIs, else their own.
    fn sector(&self, redirect_uris: &[RegisteredRedirectUri], faults: &mut Vec<FieldError>) -> Option<String> {
        if self.subject_type == SubjectType::Public {
            return None;
        }
        if let Some(document) = &self.sector_identifier_uri {
            return url::Url::parse(document).ok().and_then(|url| url.host().map(|host| host.to_string()));
        }
        let mut hosts = redirect_uris.iter().map(RegisteredRedirectUri::host);
        let first = hosts.next().unwrap_or_default();
        let one_host = redirect_uris.is_empty() || (first.is_some() && hosts.all(|host| host == first));
        if !one_host {
            let message =
                "must all have the same host where subject_type is pairwise and there is no sector_identifier_uri";
            faults.push(FieldError::new(REDIRECT_URIS, message));
        }
        first.map(str::to_owned)
    }

    fn check_name(&self, faults: &mut Vec<FieldError>) {
        let is_sound = |name: &String| {
            name.trim() == name && (1..=MAX_NAME).contains(&name.chars().count()) && !name.chars().any(is_deceptive)
        };
        if !self.client_name.as_ref().is_none_or(is_sound) {
            let message = "must be 1 to 200 characters without space around them or invisible characters";
            faults.push(FieldError::new("client_name", message));
        }
    }

    /// RFC 7591 §2.1: grants and response types belong together; RFC 6749 §4.4: client credentials need credentials.
    fn check_grants(&self, faults: &mut Vec<FieldError>) {
        let (uses_code, uses_implicit) = (self.allows(GrantType::AuthorizationCode), self.allows(GrantType::Implicit));
        let asks =
            |kind: fn(ResponseType) -> bool| self.response_types.iter().any(|response_type| kind(*response_type));
        let mut fault = |broken: bool, field, message: &str| {
            if broken {
                faults.push(FieldError::new(field, message));
            }
        };
        fault(self.grant_types.is_empty(), "grant_types", "must name at least one grant");
        fault(
            self.allows(GrantType::ClientCredentials) && self.kind() == ClientKind::Public,
            "grant_types",
            "must not name client_credentials for a public client: it has no credentials",
        );
        fault(
            self.allows(GrantType::RefreshToken) && !uses_code,
            "grant_types",
            "must name authorization_code beside refresh_token: nothing else brings a refresh token",
        );
        fault(
            uses_code != asks(ResponseType::has_code),
            "response_types",
            "must name a type with code if, and only if, grant_types names authorization_code",
        );
        fault(
            uses_implicit != asks(ResponseType::is_front_channel),
            "response_types",
            "must name a type with id_token or token if, and only if, grant_types names implicit",
        );
        let needs_uri = (uses_code || uses_implicit) && self.redirect_uris.is_empty();
        fault(needs_uri, "redirect_uris", "must list at least one URI");
    }

    fn check_web_addresses(&self, faults: &mut Vec<FieldError>) {
        let addresses = [
            ("client_uri", &self.client_uri),
            ("logo_uri", &self.logo_uri),
            ("policy_uri", &self.policy_uri),
            ("tos_uri", &self.tos_uri),
            ("sector_identifier_uri", &self.sector_identifier_uri),
        ];
        for (field, address) in addresses {
            if address.as_ref().is_some_and(|text| !is_web_address(text)) {
                faults.push(FieldError::new(field, "must be a web address that begins with https:// or http://"));
            }
        }
        let is_https = |text: &String| text.starts_with("https://") && is_web_address(text);
        if !self.initiate_login_uri.as_ref().is_none_or(is_https) {
            faults.push(FieldError::new("initiate_login_uri", "must be a web address that begins with https://"));
        }
    }

    fn check_contacts(&self, faults: &mut Vec<FieldError>) {
        let is_sound = |contact: &String| (1..=320).contains(&contact.len()) && !contact.chars().any(is_deceptive);
        if self.contacts.len() > 10 || !self.contacts.iter().all(is_sound) {
            faults
                .push(FieldError::new("contacts", "must be up to 10 ways to reach somebody, such as e-mail addresses"));
        }
    }

    /// OpenID Connect Core §9: who signs has a key, and signs with an algorithm of its method.
    fn check_authentication(&self, faults: &mut Vec<FieldError>) {
        let method = self.token_endpoint_auth_method;
        if method == TokenEndpointAuthMethod::PrivateKeyJwt && !self.key_set.is_given() {
            let message = "private_key_jwt needs jwks or jwks_uri, with the key that assertions are signed with";
            faults.push(FieldError::new("token_endpoint_auth_method", message));
        }
        let (wanted, possible) = (self.token_endpoint_auth_signing_alg, method.assertion_algorithms());
        if let Some(wanted) = wanted.filter(|wanted| !possible.is_empty() && !possible.contains(wanted)) {
            let message = format!("{wanted} is no algorithm of {method}");
            faults.push(FieldError::new("token_endpoint_auth_signing_alg", message));
        }
    }

    fn check_texts(&self, faults: &mut Vec<FieldError>) {
        let is_sound = |text: &String| (1..=MAX_NAME).contains(&text.len()) && !text.chars().any(is_deceptive);
        for (field, text) in [("software_id", &self.software_id), ("software_version", &self.software_version)] {
            if !text.as_ref().is_none_or(is_sound) {
                faults.push(FieldError::new(field, "must be 1 to 200 bytes without invisible characters"));
            }
        }
        let values = &self.default_acr_values;
        if values.len() > MAX_ACR_VALUES || !values.iter().all(is_sound) {
            faults.push(FieldError::new("default_acr_values", "must be up to 10 names of 1 to 200 bytes"));
        }
    }
}
