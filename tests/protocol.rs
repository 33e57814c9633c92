//! The protocol's types and rules.

mod access_token;
mod authorization_header;
mod claims;
mod claims_request;
mod client_metadata;
mod error;
mod identifier;
mod jwe;
mod jws;
mod jwt_times;
mod names;
mod parameters;
mod pkce;
mod redirect_uri;
mod request_object;
mod requests;
mod scope;
