//! Credentials.

mod password;
