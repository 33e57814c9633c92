//! Tessera: an OAuth 2.1 / OpenID Connect authorization server.
//!
//! The modules, from the bottom up. A layer may call any layer below it; `tests/architecture.rs` holds the arrows.

// L0: no input or output.
pub mod clock;
pub mod config;
pub mod locale;
pub mod protocol;
pub mod random;
pub mod secret;

// L2: services. They take the handles that they need.
pub mod credentials;
pub mod keys;

// L3: what a running process shares.
pub mod telemetry;
// L3: what every feature's pages and handlers share.
pub mod web;

// L4: the features. They never import each other.
pub mod account;
pub mod oauth;
