//! What operators and browsers ask beside the protocol: health, readiness, assets.

use std::sync::atomic::Ordering;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};

use crate::web::assets::{Assets, FOREVER};
use crate::web::errors::PageError;
use crate::web::logo;

use super::{Draining, observe};

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/healthz").get(alive))
        .service(web::resource("/readyz").get(ready))
        .service(web::resource("/metrics").get(observe::metrics))
        .service(web::resource("/static/{hash}/{name:.*}").get(asset))
        .service(web::resource(logo::ROUTE).get(logo::get));
}

/// What still goes on is worth the requests: tokens are refreshed, introspected and signed.
const WITHOUT_EPHEMERAL: &str = "ready, but without the ephemeral store: no new logins\n";

/// Whether the process lives. It asks no store: a database that is away is no reason to start it again.
async fn alive() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain").body("ok\n")
}

/// Whether requests should come here now.
async fn ready(request: HttpRequest, draining: Draining) -> HttpResponse {
    let app = crate::web::app(&request);
    let reason = if draining.load(Ordering::Acquire) {
        Some("draining")
    } else if app.db.ping().await.is_err() {
        Some("database")
    } else {
        None
    };
    match reason {
        // Every node shares that store: were they all taken out, nothing of what can do without it would go on.
        None if app.ephemeral.home().ping().await.is_err() => {
            HttpResponse::Ok().content_type("text/plain").body(WITHOUT_EPHEMERAL)
        }
        None => HttpResponse::Ok().content_type("text/plain").body("ready\n"),
        Some(reason) => {
            let body = format!("not ready: {reason}\n");
            HttpResponse::ServiceUnavailable().content_type("text/plain").body(body)
        }
    }
}

async fn asset(path: web::Path<(String, String)>, assets: web::Data<Assets>) -> Result<HttpResponse, PageError> {
    let (hash, name) = path.into_inner();
    let asset = assets.find(&hash, &name).ok_or(PageError::NotFound)?;
    let mut response = HttpResponse::Ok();
    response.insert_header((header::CACHE_CONTROL, FOREVER)).content_type(asset.content_type);
    Ok(response.body(asset.bytes.clone()))
}
