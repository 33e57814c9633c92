//! Keys: signing, verification, the JWKS, the keyring and what it seals.

mod file;
mod import;
mod jwks;
mod keyring;
mod open;
mod realm;
mod sealed;
mod sign;
mod verify;
