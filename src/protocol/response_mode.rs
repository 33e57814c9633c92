//! Response modes (OAuth 2.0 Multiple Response Type Encoding Practices §2.1; OAuth 2.0 Form Post Response Mode).

use super::response_type::ResponseType;

named_enum! {
    /// How the authorization response travels back to the client.
    pub enum ResponseMode as "response_mode" {
        /// In the query of the redirect URI: the default of response type `code`.
        Query = "query",
        /// In the fragment of the redirect URI, which no server sees: the default where tokens travel through the browser.
        Fragment = "fragment",
        /// In the body of a POST that the browser sends.
        FormPost = "form_post",
    }
}

impl ResponseMode {
    /// The mode of a request that names none.
    pub const fn default_of(response_type: ResponseType) -> Self {
        if response_type.is_front_channel() { Self::Fragment } else { Self::Query }
    }

    /// Whether an answer of this type may travel so: tokens never in a query, which ends up in logs and referrers (Multiple
    /// Response Type Encoding Practices §3, §5).
    pub fn carries(self, response_type: ResponseType) -> bool {
        self != Self::Query || !response_type.is_front_channel()
    }
}
