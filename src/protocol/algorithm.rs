//! Algorithms of signatures (RFC 7518 §3, RFC 8037) and of encryption (§4, §5). `none` is not among them.

named_enum! {
    /// An algorithm that we sign with.
    pub enum SigningAlgorithm as "signing algorithm" {
        /// RSASSA-PKCS1-v1_5 with SHA-256: the default of an ID token (OpenID Connect Registration §2).
        Rs256 = "RS256",
        /// ECDSA on P-256 with SHA-256: the default of an access token.
        Es256 = "ES256",
        /// RSASSA-PSS with SHA-256.
        Ps256 = "PS256",
        /// Ed25519 (RFC 8037 §3.1).
        EdDsa = "EdDSA",
    }
}

named_enum! {
    /// An algorithm that a token may come with: of a signature, or of a shared secret's owner.
    pub enum JwsAlgorithm as "signing algorithm" {
        /// RSASSA-PKCS1-v1_5 with SHA-256.
        Rs256 = "RS256",
        /// ECDSA on P-256 with SHA-256.
        Es256 = "ES256",
        /// RSASSA-PSS with SHA-256.
        Ps256 = "PS256",
        /// Ed25519 (RFC 8037 §3.1).
        EdDsa = "EdDSA",
        /// HMAC with SHA-256 (RFC 7518 §3.2): whoever can check it could have made it.
        Hs256 = "HS256",
    }
}

impl JwsAlgorithm {
    /// The algorithm of a signature; none where a secret is shared.
    pub const fn signing(self) -> Option<SigningAlgorithm> {
        match self {
            Self::Rs256 => Some(SigningAlgorithm::Rs256),
            Self::Es256 => Some(SigningAlgorithm::Es256),
            Self::Ps256 => Some(SigningAlgorithm::Ps256),
            Self::EdDsa => Some(SigningAlgorithm::EdDsa),
            Self::Hs256 => None,
        }
    }
}

impl SigningAlgorithm {
    /// The same among those that a token may come with.
    pub const fn as_jws(self) -> JwsAlgorithm {
        match self {
            Self::Rs256 => JwsAlgorithm::Rs256,
            Self::Es256 => JwsAlgorithm::Es256,
            Self::Ps256 => JwsAlgorithm::Ps256,
            Self::EdDsa => JwsAlgorithm::EdDsa,
        }
    }
}

impl From<SigningAlgorithm> for JwsAlgorithm {
    fn from(algorithm: SigningAlgorithm) -> Self {
        algorithm.as_jws()
    }
}

named_enum! {
    /// How the key that encrypts a token's content comes to its recipient (RFC 7518 §4). Neither RSA1_5, which has been an oracle too
    /// often, nor a password or a shared secret is among them.
    pub enum KeyManagementAlgorithm as "key management algorithm" {
        /// RSAES-OAEP with SHA-256 (§4.3).
        RsaOaep256 = "RSA-OAEP-256",
        /// ECDH with an ephemeral key; what is agreed is the key (§4.6).
        EcdhEs = "ECDH-ES",
        /// ECDH with an ephemeral key; what is agreed wraps the key with AES-128 (§4.6).
        EcdhEsA128Kw = "ECDH-ES+A128KW",
        /// ECDH with an ephemeral key; what is agreed wraps the key with AES-256 (§4.6).
        EcdhEsA256Kw = "ECDH-ES+A256KW",
    }
}

impl KeyManagementAlgorithm {
    /// Whether the two sides agree on a secret by an ephemeral key.
    pub const fn agrees(self) -> bool {
        !matches!(self, Self::RsaOaep256)
    }
}

named_enum! {
    /// How a token's content is encrypted and authenticated (RFC 7518 §5).
    pub enum ContentEncryption as "content encryption" {
        /// AES-128 in CBC mode with HMAC-SHA-256: the default of every encrypted response (OpenID Connect Registration §2).
        A128CbcHs256 = "A128CBC-HS256",
        /// AES-128 in GCM.
        A128Gcm = "A128GCM",
        /// AES-256 in GCM.
        A256Gcm = "A256GCM",
    }
}

impl ContentEncryption {
    /// The length of its key, in bytes (RFC 7518 §5.2.3, §5.3).
    pub const fn key_bytes(self) -> usize {
        match self {
            Self::A128Gcm => 16,
            Self::A128CbcHs256 | Self::A256Gcm => 32,
        }
    }

    /// The length of its initialization vector, in bytes.
    pub const fn initialization_vector_bytes(self) -> usize {
        match self {
            Self::A128CbcHs256 => 16,
            Self::A128Gcm | Self::A256Gcm => 12,
        }
    }
}
