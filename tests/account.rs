//! Row D7, experience.md and security.md: the pages on the way to a session, and the account's own.

mod apps;
mod limits;
mod links;
mod login;
mod own;
mod pending;
