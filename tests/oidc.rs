//! OpenID Connect beside the authorization endpoint.

mod userinfo;
