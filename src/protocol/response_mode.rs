//! Response modes (OAuth 2.0 Multiple Response Type Encoding Practices §2.1; OAuth 2.0 Form Post Response Mode).

named_enum! {
    /// How the authorization response travels back to the client.
    pub enum ResponseMode as "response_mode" {
        /// In the query of the redirect URI: the default of response type `code`.
        Query = "query",
        /// In the body of a POST that the browser sends.
        FormPost = "form_post",
    }
}
