//! Every integration test, in one binary; the folders mirror `src/`.

mod architecture;
mod credentials;
mod keys;
mod protocol;
mod support;
