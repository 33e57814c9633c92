//! Row D8 and experience.md, “An app developer”: applications, and the playground.

mod applications;
mod playground;
