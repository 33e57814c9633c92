//! The realm's public keys (RFC 7517 §5), served as they were written when the keys last changed.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};

use crate::protocol::metadata::Metadata;
use crate::web::cors;
use crate::web::errors::ProtocolError;
use crate::web::realm::Realm;

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config.service(web::resource("/oauth2/jwks").wrap(cors::any_origin()).get(jwks));
}

/// Where the guards of @tekcify/auth-backend look.
pub(super) fn legacy_routes(config: &mut web::ServiceConfig) {
    config.service(web::resource("/api/.well-known/jwks.json").wrap(cors::any_origin()).get(jwks));
}

pub(super) fn metadata(metadata: &mut Metadata) {
    metadata.jwks_uri = Some(format!("{}/oauth2/jwks", metadata.issuer));
}

/// A new key is published for `keys.jwks_max_age` before it signs: who keeps the document for so long always has the key.
async fn jwks(request: HttpRequest, realm: Realm) -> Result<HttpResponse, ProtocolError> {
    let app = crate::web::app(&request);
    let keys = app.keys.realm(realm.id, app.clock.now()).await?;
    let document = keys.jwks();
    let max_age = app.config.keys.jwks_max_age.as_seconds();
    if crate::web::is_unchanged(&request, &document.etag) {
        return Ok(crate::web::published(&mut HttpResponse::NotModified(), &document.etag, max_age).finish());
    }
    let mut response = HttpResponse::Ok();
    response.insert_header((header::CONTENT_TYPE, "application/jwk-set+json"));
    Ok(crate::web::published(&mut response, &document.etag, max_age).body(document.bytes.clone()))
}
