//! The revocation endpoint (RFC 7009).

use actix_web::{HttpRequest, HttpResponse, web};

use crate::protocol::OAuthError;
use crate::protocol::algorithm::JwsAlgorithm;
use crate::protocol::metadata::Metadata;
use crate::protocol::token_endpoint_auth_method::TokenEndpointAuthMethod;
use crate::web::body::Body;
use crate::web::cors;
use crate::web::errors::{ProtocolError, no_store};
use crate::web::origin;
use crate::web::realm::Realm;

use super::client_authentication;

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config.service(web::resource("/oauth2/revoke").wrap(cors::any_origin()).post(revoke));
}

pub(super) fn metadata(metadata: &mut Metadata) {
    metadata.revocation_endpoint = Some(format!("{}/oauth2/revoke", metadata.issuer));
    metadata.revocation_endpoint_auth_methods_supported = TokenEndpointAuthMethod::ALL.to_vec();
    metadata.revocation_endpoint_auth_signing_alg_values_supported = JwsAlgorithm::ALL.to_vec();
}

/// 200 says that the token is dead from now on, or was no token: so never where the database could not be asked. The hint is
/// not needed and not read (RFC 7009 §2.1).
async fn revoke(request: HttpRequest, realm: Realm, body: Body) -> Result<HttpResponse, ProtocolError> {
    let (form, client) = client_authentication::admit(&request, &realm, &body).await?;
    let token = form.only("token")?.ok_or_else(|| OAuthError::invalid_request("token is missing"))?;
    let app = crate::web::app(&request);
    app.tokens.revoke(&realm, &client, token, &origin::origin(&request), app.clock.now()).await?;
    Ok(no_store(&mut HttpResponse::Ok()).finish())
}
