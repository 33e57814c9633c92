//! What the access tokens of a resource server are like.

named_enum! {
    /// Whether an access token can be read by whom it is for.
    pub enum TokenFormat as "token format" {
        /// It can: a JWT (RFC 9068).
        Jwt = "jwt",
        /// It cannot: the resource server introspects it (RFC 7662).
        Opaque = "opaque",
    }
}

named_enum! {
    /// What an access token says.
    pub enum ClaimSet as "claim set" {
        /// The claims of RFC 9068 §2.2.
        Rfc9068 = "rfc9068",
        /// Those, and what the guards of @tekcify/auth-backend read: `type`, `scopes`, `clientId`, `email`.
        Tekcify = "tekcify",
    }
}

/// The value of `type` that tells an access token from a refresh token, for verifiers that know no `typ`.
pub const ACCESS: &str = "access";
