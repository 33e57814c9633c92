//! The top of the server.

mod body;
mod discovery;
mod headers;
mod log;
mod metrics;
mod tls;
