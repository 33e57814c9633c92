//! Keys: signing, verification, the JWKS, the keyring and what it seals.

mod decrypt;
mod encrypt;
mod encryption;
mod file;
mod foreign;
mod import;
mod jwks;
mod keyring;
mod opaque;
mod open;
mod realm;
mod remote;
mod sealed;
pub(crate) mod sign;
mod verify;
