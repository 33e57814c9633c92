//! The protocol's types and rules: what a request, a client, a token and an error may look like.
//!
//! Owns: parsing untrusted text, once, into types that cannot hold nonsense; the names of the RFCs; the errors.
//! Does not own: input and output, storage, time, randomness, signatures, and what is allowed to whom.

#[macro_use]
mod names;

pub mod access_token;
pub mod acr;
pub mod algorithm;
pub mod authorization_request;
pub mod basic;
pub mod bearer;
mod characters;
pub mod claims;
pub mod claims_request;
pub mod client_assertion;
pub mod client_id_metadata_document;
pub mod client_metadata;
pub mod client_registration;
pub mod display;
pub mod entity_tag;
pub mod error;
mod field_error;
mod form;
pub mod grant_type;
pub mod identifier;
pub mod introspection;
pub(crate) mod json;
pub mod jwe;
pub mod jws;
pub mod jwt_times;
pub mod metadata;
pub mod parameters;
pub mod pkce;
pub mod profile;
pub mod prompt;
pub mod redirect_uri;
pub mod registrant;
pub mod request_object;
pub mod resource;
pub mod response_mode;
pub mod response_type;
pub mod scope;
pub mod subject_type;
pub mod token_endpoint_auth_method;
pub mod token_request;
pub mod token_response;

pub use error::{ErrorCode, OAuthError};
pub use field_error::FieldError;
pub use names::UnknownName;
pub use parameters::Parameters;
pub use scope::Scope;
