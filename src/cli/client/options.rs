//! What can be said of an application: the same words to register and to change it.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Map, Value};

use crate::protocol::Scope;
use crate::protocol::algorithm::SigningAlgorithm;
use crate::protocol::client_metadata::ClientMetadata;
use crate::protocol::grant_type::GrantType;
use crate::protocol::profile::Profile;
use crate::protocol::response_type::ResponseType;
use crate::protocol::subject_type::SubjectType;
use crate::protocol::token_endpoint_auth_method::TokenEndpointAuthMethod;
use crate::store::clients::Settings;

use super::Failure;

/// An application's metadata and settings. An empty text takes a value away.
#[derive(Debug, Args)]
pub(in crate::cli) struct Options {
    /// A JSON file with metadata by the names of RFC 7591 and OpenID Connect Registration, for all that has no option of its own:
    /// each member replaces the one that there was, null takes it away; the options go on top
    #[arg(long, value_name = "FILE")]
    metadata: Option<PathBuf>,
    /// The name that people see
    #[arg(long)]
    name: Option<String>,
    /// Where the browser may be sent back to, byte for byte; several times for several
    #[arg(long = "redirect-uri", value_name = "URI")]
    redirect_uris: Vec<String>,
    /// Where the browser may be sent after logout, byte for byte; several times for several
    #[arg(long = "post-logout-redirect-uri", value_name = "URI")]
    post_logout_redirect_uris: Vec<String>,
    /// Where it is told of logouts by the server; without it, not at all
    #[arg(long, value_name = "URL")]
    backchannel_logout_uri: Option<String>,
    /// What the browser loads after a logout, at the origin of a redirect URI
    #[arg(long, value_name = "URL")]
    frontchannel_logout_uri: Option<String>,
    /// The rules that it keeps: oauth2.1, or legacy-oidc for applications that were written for all of OpenID Connect Core
    #[arg(long)]
    profile: Option<Profile>,
    /// What it may do: authorization_code, refresh_token, client_credentials, implicit; several times for several
    #[arg(long = "grant-type", value_name = "GRANT")]
    grant_types: Vec<GrantType>,
    /// What it may ask the authorization endpoint for, as "code id_token"; several times for several; without it, code
    #[arg(long = "response-type", value_name = "TYPE", value_parser = ResponseType::parse)]
    response_types: Vec<ResponseType>,
    /// How it authenticates: client_secret_basic, client_secret_post, client_secret_jwt, private_key_jwt (with jwks or jwks_uri in
    /// --metadata), none
    #[arg(long, value_name = "METHOD")]
    auth_method: Option<TokenEndpointAuthMethod>,
    /// The scopes that it may ask for, in one text; without it, those that the realm grants to all
    #[arg(long)]
    scope: Option<String>,
    /// Its home page
    #[arg(long, value_name = "URL")]
    client_uri: Option<String>,
    /// Its logo (PNG, JPEG or WebP), fetched now; to have another from the same place, change the URL
    #[arg(long, value_name = "URL")]
    logo_uri: Option<String>,
    /// Its privacy policy
    #[arg(long, value_name = "URL")]
    policy_uri: Option<String>,
    /// Its terms of service
    #[arg(long, value_name = "URL")]
    tos_uri: Option<String>,
    /// An e-mail address of somebody responsible; several times for several
    #[arg(long = "contact", value_name = "EMAIL")]
    contacts: Vec<String>,
    /// How it knows its users: public, or pairwise, by a subject that clients of other hosts do not know
    #[arg(long, value_name = "TYPE")]
    subject_type: Option<SubjectType>,
    /// How its ID tokens are signed: RS256, ES256, PS256, EdDSA
    #[arg(long, value_name = "ALG")]
    id_token_alg: Option<SigningAlgorithm>,
    /// The greatest age of a sign-in in seconds, where a request names none
    #[arg(long, value_name = "SECONDS")]
    default_max_age: Option<u64>,
    /// Whether its ID tokens always say when the user signed in
    #[arg(long, value_name = "BOOL")]
    require_auth_time: Option<bool>,
    /// Where a third party may start a login
    #[arg(long, value_name = "URL")]
    initiate_login_uri: Option<String>,
    /// Whether it is your own
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    pub(in crate::cli) first_party: Option<bool>,
    /// Whether its users are not asked for consent; for first-party applications
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    skip_consent: Option<bool>,
    /// The resource server that its tokens are for where a request names none
    #[arg(long, value_name = "IDENTIFIER")]
    default_resource: Option<String>,
    /// Lifetime of its access tokens; 0 takes the realm's
    #[arg(long, value_name = "SECONDS")]
    access_token_seconds: Option<u64>,
    /// Lifetime of its ID tokens; 0 takes the realm's
    #[arg(long, value_name = "SECONDS")]
    id_token_seconds: Option<u64>,
}

impl Options {
    /// Puts what was said into `metadata`.
    pub(in crate::cli) fn change_metadata(&self, metadata: &mut ClientMetadata) -> Result<(), Failure> {
        if let Some(file) = &self.metadata {
            *metadata = overlaid(metadata, file)?;
        }
        let texts = [
            (&self.name, &mut metadata.client_name),
            (&self.client_uri, &mut metadata.client_uri),
            (&self.logo_uri, &mut metadata.logo_uri),
            (&self.policy_uri, &mut metadata.policy_uri),
            (&self.tos_uri, &mut metadata.tos_uri),
            (&self.initiate_login_uri, &mut metadata.initiate_login_uri),
            (&self.backchannel_logout_uri, &mut metadata.logout.backchannel_logout_uri),
            (&self.frontchannel_logout_uri, &mut metadata.logout.frontchannel_logout_uri),
        ];
        for (said, kept) in texts {
            replace_text(kept, said.as_ref());
        }
        replace_list(&mut metadata.redirect_uris, &self.redirect_uris);
        replace_list(&mut metadata.post_logout_redirect_uris, &self.post_logout_redirect_uris);
        replace_list(&mut metadata.contacts, &self.contacts);
        if !self.grant_types.is_empty() {
            metadata.grant_types.clone_from(&self.grant_types);
        }
        self.change_response_types(metadata);
        if let Some(scope) = &self.scope {
            metadata.scope = read_scope(scope)?;
        }
        metadata.token_endpoint_auth_method = self.auth_method.unwrap_or(metadata.token_endpoint_auth_method);
        metadata.subject_type = self.subject_type.unwrap_or(metadata.subject_type);
        metadata.id_token_signed_response_alg = self.id_token_alg.unwrap_or(metadata.id_token_signed_response_alg);
        metadata.default_max_age = self.default_max_age.or(metadata.default_max_age);
        metadata.require_auth_time = self.require_auth_time.unwrap_or(metadata.require_auth_time);
        Ok(())
    }

    /// Those that were said, else those that there were, as far as the grants still allow them.
    fn change_response_types(&self, metadata: &mut ClientMetadata) {
        if !self.response_types.is_empty() {
            metadata.response_types.clone_from(&self.response_types);
            return;
        }
        let (code, implicit) = (metadata.allows(GrantType::AuthorizationCode), metadata.allows(GrantType::Implicit));
        metadata.response_types.retain(|kept| (code || !kept.has_code()) && (implicit || !kept.is_front_channel()));
        if code && !metadata.response_types.iter().any(|kept| kept.has_code()) {
            metadata.response_types.push(ResponseType::Code);
        }
    }

    /// Puts what was said into `settings`.
    pub(in crate::cli) fn change_settings(&self, settings: &mut Settings) {
        settings.profile = self.profile.unwrap_or(settings.profile);
        settings.skip_consent = self.skip_consent.unwrap_or(settings.skip_consent);
        replace_text(&mut settings.default_resource, self.default_resource.as_ref());
        replace_seconds(&mut settings.access_token_seconds, self.access_token_seconds);
        replace_seconds(&mut settings.id_token_seconds, self.id_token_seconds);
    }
}

/// The metadata with what a file says of it.
fn overlaid(metadata: &ClientMetadata, file: &Path) -> Result<ClientMetadata, Failure> {
    let refused = |why: String| Failure::refused(format!("--metadata {}: {why}.", file.display()));
    let text = std::fs::read(file).map_err(|error| refused(error.to_string()))?;
    let said: Map<String, Value> = serde_json::from_slice(&text).map_err(|error| refused(error.to_string()))?;
    let members = |metadata: &ClientMetadata| match serde_json::to_value(metadata) {
        Ok(Value::Object(members)) => members,
        _ => Map::new(),
    };
    let mut whole = members(metadata);
    for (name, value) in &said {
        match value {
            Value::Null => whole.remove(name),
            value => whole.insert(name.clone(), value.clone()),
        };
    }
    let overlaid = serde_json::from_value(Value::Object(whole)).map_err(|error| refused(error.to_string()))?;
    let kept = members(&overlaid);
    // What is switched off or empty may be left out; anything else that is gone was not understood.
    let says_something =
        |value: &Value| !matches!(value, Value::Null | Value::Bool(false)) && *value != Value::Array(vec![]);
    match said.iter().find(|(name, value)| says_something(value) && !kept.contains_key(*name)) {
        Some((name, _)) => Err(refused(format!("{name} is no member of client metadata"))),
        None => Ok(overlaid),
    }
}

fn replace_text(kept: &mut Option<String>, said: Option<&String>) {
    if let Some(text) = said {
        *kept = Some(text.clone()).filter(|text| !text.is_empty());
    }
}

fn replace_list(kept: &mut Vec<String>, said: &[String]) {
    if !said.is_empty() {
        *kept = said.iter().filter(|text| !text.is_empty()).cloned().collect();
    }
}

fn replace_seconds(kept: &mut Option<u64>, said: Option<u64>) {
    if let Some(seconds) = said {
        *kept = Some(seconds).filter(|seconds| *seconds > 0);
    }
}

fn read_scope(text: &str) -> Result<Option<Scope>, Failure> {
    if text.is_empty() {
        return Ok(None);
    }
    let scope: Scope = text
        .parse()
        .map_err(|error: crate::protocol::OAuthError| Failure::refused(format!("--scope: {}.", error.description())))?;
    Ok(Some(scope))
}
