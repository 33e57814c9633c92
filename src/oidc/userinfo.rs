//! The userinfo endpoint (OpenID Connect Core §5.3; RFC 6750 for how the token comes and what a bad one is answered).

mod legacy;
mod response;

use actix_web::http::{Method, header};
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::Value;

use crate::protocol::algorithm::{ContentEncryption, KeyManagementAlgorithm};
use crate::protocol::metadata::Metadata;
use crate::protocol::scope::OPENID;
use crate::protocol::{ErrorCode, OAuthError, Parameters, Scope, bearer};
use crate::secret::Secret;
use crate::tokens::inspect::AccessToken;
use crate::web::body::Body;
use crate::web::cors;
use crate::web::errors::{ProtocolError, no_store};
use crate::web::realm::Realm;

pub(super) fn routes(config: &mut web::ServiceConfig) {
    let userinfo = web::resource("/oauth2/userinfo").wrap(cors::any_origin());
    config.service(userinfo.get(userinfo_of).post(userinfo_of));
    // Where the helpers of @tekcify/auth-backend ask.
    config.service(web::resource("/api/oauth/userinfo").wrap(cors::any_origin()).get(legacy_userinfo_of));
}

pub(super) fn metadata(metadata: &mut Metadata) {
    metadata.userinfo_endpoint = Some(format!("{}/oauth2/userinfo", metadata.issuer));
    metadata.userinfo_encryption_alg_values_supported = KeyManagementAlgorithm::ALL.to_vec();
    metadata.userinfo_encryption_enc_values_supported = ContentEncryption::ALL.to_vec();
}

async fn userinfo_of(request: HttpRequest, realm: Realm, body: Body) -> Result<HttpResponse, ProtocolError> {
    let Some(token) = presented(&request, &body).map_err(|error| refused(&realm, error))? else {
        return Ok(without_token(&realm));
    };
    let live = alive(&request, &realm, &token).await?;
    let scope = live.claims.scope.clone();
    claims_for(&request, &realm, live, &scope).await
}

/// The same for clients that know nothing of `openid`: a token for an API of theirs with the scope `read:profile` will do.
async fn legacy_userinfo_of(request: HttpRequest, realm: Realm) -> Result<HttpResponse, ProtocolError> {
    let Some(token) = presented(&request, &[]).map_err(|error| refused(&realm, error))? else {
        return Ok(without_token(&realm));
    };
    let live = alive(&request, &realm, &token).await?;
    let scope = legacy::scope(crate::web::app(&request), &realm, &live.claims).await?;
    claims_for(&request, &realm, live, &scope).await
}

/// What `scope` releases of the user whose token it is. It must be a user's, with scope `openid`; whom else it is for does not
/// matter: whoever holds a token with that scope was given these claims.
async fn claims_for(
    request: &HttpRequest,
    realm: &Realm,
    live: AccessToken,
    scope: &Scope,
) -> Result<HttpResponse, ProtocolError> {
    let app = crate::web::app(request);
    let AccessToken { client, family: Some(family), .. } = live else { return Err(needs_openid(realm)) };
    if !scope.contains(OPENID) {
        return Err(needs_openid(realm));
    }
    let gone = || refused(realm, OAuthError::invalid_token("the user of this token is gone"));
    let by_name = &family.claims.userinfo;
    let claims = app.tokens.userinfo_claims(realm.id, family.user_id, scope, by_name, app.clock.now()).await?;
    let mut claims = claims.ok_or_else(gone)?;
    // OpenID Connect Core §5.3.2: always there, and the one of the ID token.
    claims.insert("sub".to_owned(), Value::from(family.sub.as_str()));
    response::of(app, realm, &client, claims).await
}

/// The access token, which comes in one way only: in the header, or in the form of a POST (RFC 6750 §2.1, §2.2).
fn presented(request: &HttpRequest, body: &[u8]) -> Result<Option<Secret>, OAuthError> {
    if crate::web::query(request, "access_token").is_some() {
        return Err(OAuthError::invalid_request("access_token must not be in the query (OAuth 2.1 section 5.1)"));
    }
    match (crate::web::bearer_token(request)?, in_form(request, body)?) {
        (Some(_), Some(_)) => Err(OAuthError::invalid_request("the access token came in more than one way")),
        (header, form) => Ok(header.or(form)),
    }
}

fn in_form(request: &HttpRequest, body: &[u8]) -> Result<Option<Secret>, OAuthError> {
    if request.method() != Method::POST || !crate::web::is_form(request) {
        return Ok(None);
    }
    let form = Parameters::parse(body)?;
    Ok(form.only("access_token")?.map(Secret::from))
}

/// The access token, if it is alive.
async fn alive(request: &HttpRequest, realm: &Realm, token: &Secret) -> Result<AccessToken, ProtocolError> {
    let app = crate::web::app(request);
    let live = app.tokens.inspect_access_token(realm, token.expose(), app.clock.now()).await?;
    live.ok_or_else(|| refused(realm, OAuthError::invalid_token("the access token is unknown, expired or revoked")))
}

fn needs_openid(realm: &Realm) -> ProtocolError {
    refused(realm, OAuthError::insufficient_scope("userinfo needs the scope openid"))
}

/// RFC 6750 §3.1: a request without any token gets the challenge, and no error code.
fn without_token(realm: &Realm) -> HttpResponse {
    let challenge = bearer::challenge(&realm.issuer, None, None);
    no_store(&mut HttpResponse::Unauthorized()).insert_header((header::WWW_AUTHENTICATE, challenge)).finish()
}

/// RFC 6750 §3: every refusal has a challenge.
fn refused(realm: &Realm, error: OAuthError) -> ProtocolError {
    let scope = (error.code() == ErrorCode::InsufficientScope).then_some(OPENID);
    let challenge = bearer::challenge(&realm.issuer, Some(&error), scope);
    ProtocolError { error, challenge: Some(challenge) }
}
