//! What a client says about itself (RFC 7591 §2, OpenID Connect Registration §2).

named_enum! {
    /// Whether a client can keep a secret (RFC 6749 §2.1).
    pub enum ClientKind as "client kind" {
        /// It runs in the user's hands - a browser, a phone, a desktop - and has no secret.
        Public = "public",
        /// It runs on a server and authenticates.
        Confidential = "confidential",
    }
}
