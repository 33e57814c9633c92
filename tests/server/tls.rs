//! https by the server itself: what it speaks, with which certificate, and to whom.

mod authority;
mod development;
mod files;
mod http2;
mod protocol;
mod reload;
mod site;
