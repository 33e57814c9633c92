//! The introspection endpoint (RFC 7662).

mod json;

use actix_web::{HttpRequest, HttpResponse, web};

use crate::app::App;
use crate::protocol::OAuthError;
use crate::protocol::algorithm::JwsAlgorithm;
use crate::protocol::client_metadata::ClientKind;
use crate::protocol::introspection::IntrospectionResponse;
use crate::protocol::metadata::Metadata;
use crate::protocol::token_endpoint_auth_method::TokenEndpointAuthMethod;
use crate::protocol::token_response::TokenType;
use crate::store::clients::Client;
use crate::store::families::Family;
use crate::tokens::inspect::{AccessToken, LiveToken};
use crate::web::body::Body;
use crate::web::errors::{ProtocolError, no_store};
use crate::web::realm::Realm;

use super::client_authentication;

pub(super) fn routes(config: &mut web::ServiceConfig) {
    // Without CORS: who may introspect has a secret, and a browser keeps none.
    config.service(web::resource("/oauth2/introspect").post(introspect));
}

/// Where the helpers of @tekcify/auth-backend ask, in JSON.
pub(super) fn legacy_routes(config: &mut web::ServiceConfig) {
    config.service(web::resource("/api/oauth/token/introspect").post(json::introspect));
}

pub(super) fn metadata(metadata: &mut Metadata) {
    metadata.introspection_endpoint = Some(format!("{}/oauth2/introspect", metadata.issuer));
    let methods = TokenEndpointAuthMethod::ALL.iter().copied();
    metadata.introspection_endpoint_auth_methods_supported =
        methods.filter(|method| method.client_kind() == ClientKind::Confidential).collect();
    metadata.introspection_endpoint_auth_signing_alg_values_supported = JwsAlgorithm::ALL.to_vec();
}

async fn introspect(request: HttpRequest, realm: Realm, body: Body) -> Result<HttpResponse, ProtocolError> {
    let (form, caller) = client_authentication::admit(&request, &realm, &body).await?;
    require_confidential(&caller)?;
    let token = form.only("token")?.ok_or_else(|| OAuthError::invalid_request("token is missing"))?;
    let answer = answer(crate::web::app(&request), &realm, &caller, token).await?;
    Ok(no_store(&mut HttpResponse::Ok()).json(answer))
}

/// RFC 7662 §2.1: the endpoint must not be open to token scanning, and a public client's id is no secret.
fn require_confidential(caller: &Client) -> Result<(), OAuthError> {
    if caller.kind() == ClientKind::Public {
        return Err(OAuthError::unauthorized_client("introspection is for clients that authenticate"));
    }
    Ok(())
}

/// What the caller may know of a token.
async fn answer(
    app: &App,
    realm: &Realm,
    caller: &Client,
    token: &str,
) -> Result<IntrospectionResponse, ProtocolError> {
    match app.tokens.inspect(realm, token, app.clock.now()).await? {
        Some(live) if app.tokens.may_introspect(realm, caller, &live).await? => Ok(active(realm, &live)),
        // Dead, or none of the caller's business: it learns no more than that (RFC 7662 §2.2).
        _ => Ok(IntrospectionResponse::inactive()),
    }
}

fn active(realm: &Realm, token: &LiveToken) -> IntrospectionResponse {
    match token {
        LiveToken::Access(access) => of_access_token(access),
        LiveToken::Refresh(family, client) => {
            IntrospectionResponse { client_id: Some(client.client_id.clone()), ..of_refresh_token(realm, family) }
        }
    }
}

/// RFC 7662 §2.2, RFC 9470 §6.2: what the token says of itself.
fn of_access_token(access: &AccessToken) -> IntrospectionResponse {
    let claims = &access.claims;
    IntrospectionResponse {
        active: true,
        scope: (!claims.scope.is_empty()).then(|| claims.scope.clone()),
        client_id: Some(claims.client_id.clone()),
        username: None,
        token_type: Some(TokenType::Bearer),
        exp: Some(claims.exp),
        iat: Some(claims.iat),
        sub: Some(claims.sub.clone()),
        aud: Some(claims.aud.clone()),
        iss: Some(claims.iss.clone()),
        jti: Some(claims.jti.clone()),
        acr: claims.acr.clone(),
        auth_time: claims.auth_time,
    }
}

/// A refresh token is used at the token endpoint alone: it has no type, audience or id that anyone else could want.
fn of_refresh_token(realm: &Realm, family: &Family) -> IntrospectionResponse {
    IntrospectionResponse {
        active: true,
        scope: (!family.scope.is_empty()).then(|| family.scope.clone()),
        exp: Some(family.idle_expires_at.min(family.expires_at).seconds()),
        iat: Some(family.rotated_at.seconds()),
        sub: Some(family.sub.clone()),
        iss: Some(realm.issuer.clone()),
        auth_time: Some(family.auth_time.seconds()),
        ..IntrospectionResponse::default()
    }
}
