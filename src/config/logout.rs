//! `[logout]`: how applications hear that a user has signed out.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How applications hear that a user has signed out. Back-channel and front-channel logout are always there, for those that
/// register an address for it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Logout {
    /// OpenID Connect Session Management: applications may ask a hidden frame whether the browser's login state has changed. Answers
    /// with the scope openid carry `session_state`, and the browser keeps a cookie that our scripts can read.
    pub session_management: bool,
}

impl Default for Logout {
    fn default() -> Self {
        Self { session_management: true }
    }
}
