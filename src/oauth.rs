//! The authorization server's own endpoints and pages.

pub mod pages;
