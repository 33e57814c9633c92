//! The protocol's types and rules: what a request, a client, a token and an error may look like.
//!
//! Owns: parsing untrusted text, once, into types that cannot hold nonsense; the names of the RFCs; the errors.
//! Does not own: input and output, storage, time, randomness, signatures, and what is allowed to whom.

#[macro_use]
mod names;

pub mod algorithm;
pub mod client_metadata;
pub mod display;
pub mod error;
mod form;
pub mod grant_type;
pub mod parameters;
pub mod pkce;
pub mod prompt;
pub mod redirect_uri;
pub mod response_mode;
pub mod response_type;
pub mod scope;
pub mod token_endpoint_auth_method;

pub use error::{ErrorCode, OAuthError};
pub use names::UnknownName;
pub use parameters::Parameters;
pub use scope::Scope;
