//! Every integration test, in one binary; the folders mirror `src/`.

mod architecture;
mod keys;
mod protocol;
mod support;
