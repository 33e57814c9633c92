//! OpenID Connect beside the authorization endpoint.

mod logout;
mod pairwise;
mod userinfo;
mod userinfo_response;
