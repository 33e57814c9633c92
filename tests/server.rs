//! The top of the server.

mod body;
mod control_characters;
mod discovery;
mod headers;
mod log;
mod metrics;
mod tls;
