//! Response types (RFC 6749 §3.1.1, OAuth 2.0 Multiple Response Type Encoding Practices §3, §5).

use super::UnknownName;

named_enum! {
    /// What the authorization endpoint answers with. The words of a name stand in alphabetical order.
    pub enum ResponseType as "response_type" {
        /// An authorization code, to be exchanged at the token endpoint.
        Code = "code",
        /// An ID token.
        IdToken = "id_token",
        /// An ID token and an access token.
        IdTokenToken = "id_token token",
        /// A code and an ID token.
        CodeIdToken = "code id_token",
        /// A code and an access token.
        CodeToken = "code token",
        /// A code, an ID token and an access token.
        CodeIdTokenToken = "code id_token token",
    }
}

impl ResponseType {
    /// Reads a response type; the order of its words does not matter (RFC 6749 §3.1.1).
    ///
    /// # Errors
    /// If there is no such type.
    pub fn parse(text: &str) -> Result<Self, UnknownName> {
        let mut words: Vec<&str> = text.split(' ').collect();
        words.sort_unstable();
        words.join(" ").parse()
    }

    /// Whether the answer holds a code.
    pub const fn has_code(self) -> bool {
        matches!(self, Self::Code | Self::CodeIdToken | Self::CodeToken | Self::CodeIdTokenToken)
    }

    /// Whether the answer holds an access token.
    pub const fn has_token(self) -> bool {
        matches!(self, Self::IdTokenToken | Self::CodeToken | Self::CodeIdTokenToken)
    }

    /// Whether the answer holds an ID token.
    pub const fn has_id_token(self) -> bool {
        matches!(self, Self::IdToken | Self::IdTokenToken | Self::CodeIdToken | Self::CodeIdTokenToken)
    }

    /// Whether tokens travel through the browser.
    pub const fn is_front_channel(self) -> bool {
        self.has_token() || self.has_id_token()
    }
}
