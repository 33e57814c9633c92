//! How a client proves who it is (RFC 7591 §2, RFC 6749 §2.3).

use super::client_metadata::ClientKind;

named_enum! {
    /// A client authentication method.
    pub enum TokenEndpointAuthMethod as "token_endpoint_auth_method" {
        /// The secret in an `Authorization: Basic` header.
        ClientSecretBasic = "client_secret_basic",
        /// The secret in the request's body.
        ClientSecretPost = "client_secret_post",
        /// No proof at all: a public client.
        None = "none",
    }
}

impl TokenEndpointAuthMethod {
    /// The kind of client that authenticates so (RFC 6749 §2.1).
    pub const fn client_kind(self) -> ClientKind {
        match self {
            Self::None => ClientKind::Public,
            Self::ClientSecretBasic | Self::ClientSecretPost => ClientKind::Confidential,
        }
    }
}
