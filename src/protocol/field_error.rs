//! A fault in one member of a form or a JSON body.

use serde::Serialize;

/// Which member is wrong, and why, in words for the person who filled it in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// The member's name on the wire.
    pub field: &'static str,
    /// A sentence without a subject: the member's label goes before it.
    pub message: String,
}

impl FieldError {
    /// A fault in this member.
    pub fn new(field: &'static str, message: impl Into<String>) -> Self {
        Self { field, message: message.into() }
    }
}
