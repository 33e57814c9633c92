//! Scopes in plain words, for consent and for the list of connected apps.

use crate::locale::Message;

/// What a scope shares, in words: our own for the standard ones (OIDC Core §5.4, §11), the resource server's
/// description for its own, the bare scope where it gave none.
pub fn scope_message(scope: &str, description: Option<&str>) -> Message {
    match (scope, description) {
        ("openid", _) => Message::new("scope-openid"),
        ("profile", _) => Message::new("scope-profile"),
        ("email", _) => Message::new("scope-email"),
        ("address", _) => Message::new("scope-address"),
        ("phone", _) => Message::new("scope-phone"),
        ("offline_access", _) => Message::new("scope-offline-access"),
        (_, Some(description)) => Message::new("scope-described").with("description", description),
        (scope, None) => Message::new("scope-bare").with("scope", scope),
    }
}
