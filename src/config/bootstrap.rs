//! `[administrator]` and `[bootstrap.client]`: what an unattended first start makes.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::protocol::grant_type::GrantType;
use crate::secret::Secret;

/// The first administrator of an unattended start. Without it, the start prints a one-time link.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Administrator {
    /// The user name to sign in with. It or the e-mail address makes the account, once.
    pub username: Option<String>,
    /// The e-mail address to sign in with.
    pub email: Option<String>,
    /// The password.
    pub password: Option<Secret>,
    /// A file that holds the password.
    pub password_file: Option<PathBuf>,
}

/// What an unattended start registers. Starting again changes nothing.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Bootstrap {
    /// The first application.
    pub client: FirstClient,
}

/// The first application.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct FirstClient {
    /// The client id. Nothing is registered without it.
    pub client_id: Option<String>,
    /// The client secret, at least 32 characters. Without it the client is public: a browser or phone application.
    pub client_secret: Option<Secret>,
    /// A file that holds the client secret.
    pub client_secret_file: Option<PathBuf>,
    /// The name that people see; without it, the client id.
    pub name: Option<String>,
    /// Where the browser may be sent back to, byte for byte.
    pub redirect_uris: Vec<String>,
    /// Where the browser may be sent after logout, byte for byte.
    pub post_logout_redirect_uris: Vec<String>,
    /// What the client may do: "authorization_code", "refresh_token", "client_credentials".
    pub grant_types: Vec<GrantType>,
    /// The application is your own: people are not asked whether they agree.
    pub first_party: bool,
}

impl Default for FirstClient {
    fn default() -> Self {
        Self {
            client_id: None,
            client_secret: None,
            client_secret_file: None,
            name: None,
            redirect_uris: Vec::new(),
            post_logout_redirect_uris: Vec::new(),
            grant_types: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
            first_party: false,
        }
    }
}
