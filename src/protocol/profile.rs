//! Profiles: one switch of a client that sets and enforces all that protocol.md's table says.

use super::FieldError;
use super::client_metadata::{ClientKind, ClientMetadata};
use super::response_type::ResponseType;

named_enum! {
    /// The set of rules that a client keeps.
    pub enum Profile as "profile" {
        /// OAuth 2.1: code with PKCE, always.
        OAuth21 = "oauth2.1",
        /// All of OpenID Connect Core, for applications that were written for it.
        LegacyOidc = "legacy-oidc",
    }
}

/// The strictest.
impl Default for Profile {
    fn default() -> Self {
        Self::OAuth21
    }
}

impl Profile {
    /// The response types that a client may use.
    pub const fn response_types(self) -> &'static [ResponseType] {
        match self {
            Self::OAuth21 => &[ResponseType::Code],
            Self::LegacyOidc => ResponseType::ALL,
        }
    }

    /// Whether an authorization request for a code needs PKCE (OAuth 2.1 §4.1.1; RFC 9700 §2.1.1 for public clients).
    pub fn requires_pkce(self, kind: ClientKind) -> bool {
        self == Self::OAuth21 || kind == ClientKind::Public
    }

    /// Whether the token request repeats the redirect URI of an authorization request that named it (RFC 6749 §4.1.3). OAuth 2.1 §10.2 leaves
    /// that to PKCE; one that comes all the same must be right.
    pub fn requires_redirect_uri_again(self) -> bool {
        self != Self::OAuth21
    }

    /// Every rule that a client's metadata breaks.
    pub fn faults(self, metadata: &ClientMetadata) -> Vec<FieldError> {
        let foreign = metadata.response_types.iter().find(|wanted| !self.response_types().contains(wanted));
        let message = |wanted: &ResponseType| {
            format!(
                "must not name \"{wanted}\" in profile {self}: tokens that travel through the browser leak (OAuth 2.1 section 10.1); \
                 profile {} allows it",
                Self::LegacyOidc
            )
        };
        foreign.map(|wanted| FieldError::new("response_types", message(wanted))).into_iter().collect()
    }
}
