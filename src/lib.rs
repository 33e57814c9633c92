//! Tessera: an OAuth 2.1 / OpenID Connect authorization server.
//!
//! The modules, from the bottom up. A layer may call any layer below it; `tests/architecture.rs` holds the arrows.

// L0: no input or output.
pub mod clock;
pub mod config;
pub mod locale;
pub mod picture;
pub mod protocol;
pub mod random;
pub mod secret;

// L1: storage, and what is asked of others.
pub mod ephemeral;
pub mod outgoing;
pub mod store;

// L2: services, each importing only those above it in this list.
pub mod keys;

pub mod outbox;

pub mod interaction;

pub mod clients;

pub mod credentials;

pub mod tokens;

pub mod session;

pub mod users;

pub mod sign_in;

// L3: what a running process shares, and what every feature's pages and handlers do.
pub mod app;
pub mod telemetry;
pub mod web;

// L4: the features. They never import each other.
pub mod account;
pub mod admin;
pub mod developer;
pub mod jobs;
pub mod oauth;
pub mod oidc;

// L5: the server and the command line.
pub mod cli;
pub mod server;
