//! Tokens: their claims, the life of a family, introspection and revocation.

mod family;
mod forms;
mod inspect;
mod introspection_cache;
mod issue;
mod refresh;
mod refresh_token;
mod revoke;
