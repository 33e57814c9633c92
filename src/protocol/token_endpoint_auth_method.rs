//! How a client proves who it is (RFC 7591 §2, RFC 6749 §2.3, OpenID Connect Core §9).

use super::algorithm::JwsAlgorithm;
use super::client_metadata::ClientKind;

named_enum! {
    /// A client authentication method.
    pub enum TokenEndpointAuthMethod as "token_endpoint_auth_method" {
        /// The secret in an `Authorization: Basic` header.
        ClientSecretBasic = "client_secret_basic",
        /// The secret in the request's body.
        ClientSecretPost = "client_secret_post",
        /// An assertion under the secret.
        ClientSecretJwt = "client_secret_jwt",
        /// An assertion under a key of the client's own.
        PrivateKeyJwt = "private_key_jwt",
        /// No proof at all: a public client.
        None = "none",
    }
}

/// What is kept of a client's secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretStorage {
    /// There is no secret.
    Nothing,
    /// Its hash: the client shows it each time.
    Hash,
    /// The secret itself, sealed: the client never shows it.
    Sealed,
}

impl TokenEndpointAuthMethod {
    /// The kind of client that authenticates so (RFC 6749 §2.1).
    pub const fn client_kind(self) -> ClientKind {
        match self {
            Self::None => ClientKind::Public,
            Self::ClientSecretBasic | Self::ClientSecretPost | Self::ClientSecretJwt | Self::PrivateKeyJwt => {
                ClientKind::Confidential
            }
        }
    }

    /// What is kept of the secret that it needs.
    pub const fn secret_storage(self) -> SecretStorage {
        match self {
            Self::ClientSecretBasic | Self::ClientSecretPost => SecretStorage::Hash,
            Self::ClientSecretJwt => SecretStorage::Sealed,
            Self::PrivateKeyJwt | Self::None => SecretStorage::Nothing,
        }
    }

    /// The algorithms that its assertions may have; none where it sends none.
    pub fn assertion_algorithms(self) -> Vec<JwsAlgorithm> {
        let all = JwsAlgorithm::ALL.iter().copied();
        match self {
            Self::PrivateKeyJwt => all.filter(|algorithm| algorithm.signing().is_some()).collect(),
            Self::ClientSecretJwt => all.filter(|algorithm| algorithm.signing().is_none()).collect(),
            Self::ClientSecretBasic | Self::ClientSecretPost | Self::None => Vec::new(),
        }
    }
}
