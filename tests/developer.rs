//! Row D8 and experience.md, “An app developer”: applications, and the playground.

pub(crate) mod applications;
mod playground;
