//! Test binary.
