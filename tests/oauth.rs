//! The authorization server's endpoints.

mod introspect;
mod jwks;
mod revoke;
