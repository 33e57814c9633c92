//! Credentials: how a person proves who they are. No HTTP and no storage: what is kept is given and returned.

pub mod password;
