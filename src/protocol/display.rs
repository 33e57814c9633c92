//! The `display` parameter (OpenID Connect Core §3.1.2.1).

named_enum! {
    /// How the client would like the pages shown: a wish, which never causes an error.
    pub enum Display as "display" {
        /// A full page.
        Page = "page",
        /// A small window.
        Popup = "popup",
        /// A touch screen.
        Touch = "touch",
        /// A feature phone.
        Wap = "wap",
    }
}
