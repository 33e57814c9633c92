//! https by the server itself: what it speaks, with which certificate, and to whom (issue 4, item 8).

mod authority;
mod development;
mod files;
mod http2;
mod protocol;
mod reload;
mod site;
