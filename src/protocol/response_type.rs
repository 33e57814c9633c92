//! Response types (RFC 6749 §3.1.1).

named_enum! {
    /// What the authorization endpoint answers with.
    pub enum ResponseType as "response_type" {
        /// An authorization code, to be exchanged at the token endpoint.
        Code = "code",
    }
}
