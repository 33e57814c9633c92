//! The top of the server.

mod discovery;
mod headers;
mod log;
mod metrics;
mod tls;
