//! The top of the server.

mod discovery;
mod metrics;
mod tls;
