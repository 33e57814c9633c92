//! What breaks around the real binary, and what must hold (security.md "Faults").

mod backup;
mod crash;
mod logout;
mod lost_response;
mod migration;
mod postgres;
mod redis;
pub(crate) mod site;
mod start;
mod stop;
