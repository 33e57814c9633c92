//! Test binary.

mod protocol;
