//! OpenID Connect beside the authorization endpoint: userinfo and logout.

pub mod pages;
