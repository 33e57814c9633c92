//! For the people who run the server: users.

pub mod pages;
