//! The authorization server's endpoints.

mod authorize;
mod destination;
mod flow;
mod introspect;
mod jwks;
mod revoke;
pub(crate) mod world;
