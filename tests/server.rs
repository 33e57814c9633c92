//! The top of the server.

mod metrics;
