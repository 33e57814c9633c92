//! The authorization server's endpoints.

mod authorize;
mod claims;
mod client_assertion;
mod client_authentication;
mod client_id_metadata_document;
mod code;
mod consent;
mod destination;
mod encrypted_id_token;
mod faults;
mod flow;
mod front_channel;
mod interaction;
mod introspect;
mod introspect_json;
mod jwks;
mod life_cycle;
mod prompt;
mod races;
mod refresh;
mod register;
mod request_object;
mod resources;
mod revoke;
mod strangers;
mod token;
pub(crate) mod world;
