//! Every integration test, in one binary; the folders mirror `src/`.

mod account;
mod admin;
mod architecture;
mod cli;
mod clients;
mod config;
mod credentials;
mod developer;
mod ephemeral;
mod faults;
mod jobs;
mod keys;
mod locale;
mod nodes;
mod oauth;
mod oidc;
mod outgoing;
mod pages;
mod protocol;
mod real_clients;
mod server;
mod store;
mod support;
mod telemetry;
mod tokens;
mod users;
