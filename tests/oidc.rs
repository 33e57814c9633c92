//! OpenID Connect beside the authorization endpoint.

mod asking_back;
mod front_channel;
mod logout;
mod pairwise;
mod session_management;
mod userinfo;
mod userinfo_legacy;
mod userinfo_response;
