//! OpenID Connect beside the authorization endpoint.

mod logout;
mod userinfo;
