//! Short-lived records: one suite against every home, and what is Redis's or SQLite's alone.

mod faults;
mod homes;
mod limits;
pub(crate) mod tls;
mod used;
