//! Grant types (RFC 6749 §4, §6).

named_enum! {
    /// What a client may exchange for tokens.
    pub enum GrantType as "grant_type" {
        /// A code from the authorization endpoint (RFC 6749 §4.1).
        AuthorizationCode = "authorization_code",
        /// A refresh token (RFC 6749 §6).
        RefreshToken = "refresh_token",
        /// The client's own credentials (RFC 6749 §4.4).
        ClientCredentials = "client_credentials",
        /// Tokens from the authorization endpoint itself (OpenID Connect Core §3.2, §3.3): registered, never sent.
        Implicit = "implicit",
    }
}

impl GrantType {
    /// The grants that the token endpoint answers, and so those that metadata lists.
    pub const SUPPORTED: &'static [Self] = &[Self::AuthorizationCode, Self::RefreshToken, Self::ClientCredentials];
}
