//! Which endpoints other web sites may call, and how.

use actix_cors::Cors;
use actix_web::http::header::{self, HeaderName};

/// Any origin, without credentials: browser clients call these endpoints themselves (protocol.md "Checked nearly everywhere").
pub fn any_origin() -> Cors {
    Cors::default()
        .allow_any_origin()
        .send_wildcard()
        .allow_any_header()
        .allowed_methods(["GET", "POST", "PUT", "DELETE"])
        .expose_headers([header::WWW_AUTHENTICATE, HeaderName::from_static("dpop-nonce")])
        .max_age(3600)
        // The answer is the same for every origin.
        .disable_vary_header()
}
