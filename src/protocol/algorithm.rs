//! Signature algorithms (RFC 7518 §3, RFC 8037). Neither `none` nor a shared-secret algorithm is among them.

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
