//! The protocol's types and rules.

mod error;
mod names;
mod parameters;
mod pkce;
mod redirect_uri;
mod scope;
