//! Every integration test, in one binary; the folders mirror `src/`.

mod architecture;
mod config;
mod credentials;
mod keys;
mod protocol;
mod support;
mod telemetry;
