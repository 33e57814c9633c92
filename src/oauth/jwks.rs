//! The realm's public keys (RFC 7517 §5), served as they were written when the keys last changed.

use actix_web::http::header::HeaderValue;
use actix_web::{HttpRequest, HttpResponse, web};

use crate::protocol::metadata::Metadata;
use crate::web::errors::{ProtocolError, failed};
use crate::web::realm::Realm;
use crate::web::{cors, published};

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
    let cache_control = HeaderValue::try_from(format!("public, max-age={max_age}")).map_err(|e| failed(false, &e))?;
    Ok(published(&request, "application/jwk-set+json", cache_control, &document.etag, &document.bytes))
}
