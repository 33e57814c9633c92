//! Who registers clients (RFC 7591 §1.2): it decides what the server asks others for on their behalf.

named_enum! {
    /// Who registered a client.
    pub enum Registrant as "registrant" {
        /// The operator.
        Operator = "operator",
        /// A user.
        User = "user",
        /// The client itself, or its developer, at the registration endpoint.
        Client = "client",
    }
}
