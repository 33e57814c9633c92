//! What is wrong with a form that was sent, for the page that shows it again.

use crate::locale::Message;

/// The faults of one form, in the order of its fields.
#[derive(Debug, Clone, Default)]
pub struct FormErrors(Vec<FormError>);

/// One fault.
#[derive(Debug, Clone)]
pub struct FormError {
    /// The field's name, which is its id in the page too; empty where the fault is the whole form's.
    pub field: &'static str,
    /// What to tell the person who filled it in.
    pub message: Message,
}

impl FormErrors {
    /// No faults.
    pub const fn none() -> Self {
        Self(Vec::new())
    }

    /// Adds a fault of one field.
    pub fn add(&mut self, field: &'static str, message: Message) {
        self.0.push(FormError { field, message });
    }

    /// Adds a fault that is no single field's, such as a wrong password.
    pub fn add_general(&mut self, message: Message) {
        self.add("", message);
    }

    /// The first fault of a field.
    pub fn of(&self, field: &str) -> Option<&Message> {
        self.0.iter().find(|error| error.field == field).map(|error| &error.message)
    }

    /// Whether there is nothing to complain about.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All faults.
    pub fn iter(&self) -> impl Iterator<Item = &FormError> {
        self.0.iter()
    }

    /// The ids that describe a field: its hint's, then its fault's. Value of `aria-describedby`.
    pub fn described_by(&self, field: &str, has_hint: bool) -> String {
        let hint = has_hint.then(|| format!("{field}-hint"));
        let error = self.of(field).map(|_| format!("{field}-error"));
        [hint, error].into_iter().flatten().collect::<Vec<_>>().join(" ")
    }
}
