//! Every integration test, in one binary; the folders mirror `src/`.

mod architecture;
mod credentials;
mod keys;
mod locale;
mod pages;
mod protocol;
mod support;
