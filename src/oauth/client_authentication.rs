//! Client authentication at the endpoints that clients call themselves, with its limit on failures.

use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::http::{StatusCode, header};

use crate::clients::authenticate::{self, AuthenticationError, Presented};
use crate::ephemeral::limits::{Action, Limited};
use crate::protocol::client_id_metadata_document as document;
use crate::protocol::{OAuthError, Parameters};
use crate::store::clients::Client;
use crate::web::errors::ProtocolError;
use crate::web::origin;
use crate::web::realm::Realm;

/// What a client sends to an endpoint that it calls itself: its parameters, and who it is.
pub(super) async fn admit(
    request: &HttpRequest,
    realm: &Realm,
    body: &[u8],
) -> Result<(Parameters, Arc<Client>), ProtocolError> {
    require_form(request)?;
    let form = Parameters::parse(body)?;
    let client = authenticate(request, realm, &form).await?;
    Ok((form, client))
}

/// RFC 6749 §4.1.3: the request is form-urlencoded. Another type would be read as nothing, and say that everything is missing.
fn require_form(request: &HttpRequest) -> Result<(), OAuthError> {
    if crate::web::is_form(request) {
        return Ok(());
    }
    Err(OAuthError::invalid_request("send the parameters as application/x-www-form-urlencoded"))
}

/// The client that `request` comes from.
async fn authenticate(request: &HttpRequest, realm: &Realm, form: &Parameters) -> Result<Arc<Client>, ProtocolError> {
    let authorization = match request.headers().get(header::AUTHORIZATION).map(|value| value.to_str()) {
        None => None,
        Some(Ok(text)) => Some(text),
        Some(Err(_)) => return Err(refused(realm, OAuthError::invalid_client("the Authorization header is not text"))),
    };
    let secret_in_query = crate::web::query(request, "client_secret").is_some();
    let presented = Presented::read(authorization, form, secret_in_query).map_err(|error| refused(realm, error))?;
    of_presented(request, realm, &presented).await
}

/// The refusal of a request that says nothing of its client.
pub(super) fn missing(realm: &Realm) -> ProtocolError {
    refused(realm, OAuthError::invalid_client("the request does not authenticate its client"))
}

/// The client that shows this.
pub(super) async fn of_presented(
    request: &HttpRequest,
    realm: &Realm,
    presented: &Presented<'_>,
) -> Result<Arc<Client>, ProtocolError> {
    let app = crate::web::app(request);
    let asker = || origin::limit_subject(request);
    match app.authenticator.authenticate(realm, presented, &asker, app.clock.now()).await {
        Ok(client) => Ok(client),
        Err(AuthenticationError::Store(error)) => Err(error.into()),
        Err(AuthenticationError::Ephemeral(error)) => Err(error.into()),
        Err(AuthenticationError::Key(error)) => Err(error.into()),
        Err(AuthenticationError::Limited(limited)) => Err(waits(limited).into()),
        Err(AuthenticationError::Refused(error)) => {
            limit(request, realm, presented.client_id()).await?;
            Err(refused(realm, error))
        }
    }
}

/// Every failed authentication counts; beyond the limit the guesser is told to wait.
async fn limit(request: &HttpRequest, realm: &Realm, client_id: &str) -> Result<(), ProtocolError> {
    let app = crate::web::app(request);
    let subject = failing(request, realm, client_id).await?;
    let limit = app.config.limits.token_failures;
    match app.limiter.count(realm.id, Action::TokenFailure, &subject, limit, app.clock.now()).await {
        Ok(_) => Ok(()),
        Err(limited) => Err(waits(limited).into()),
    }
}

/// Who failed: this address as this client. Of the names that no client has there is no end, and the address alone counts; also for
/// the URL of a document, of which it would have to be read each time whether it is there.
async fn failing(request: &HttpRequest, realm: &Realm, client_id: &str) -> Result<String, ProtocolError> {
    let address = origin::limit_subject(request);
    let is_known =
        !document::is_meant(client_id) && crate::web::app(request).db.client(realm.id, client_id).await?.is_some();
    Ok(if is_known { format!("{address} {client_id}") } else { address })
}

fn waits(limited: Limited) -> OAuthError {
    OAuthError::too_many_requests("too many requests that failed: wait", limited.seconds())
}

fn refused(realm: &Realm, error: OAuthError) -> ProtocolError {
    let unauthorized = error.status() == StatusCode::UNAUTHORIZED.as_u16();
    ProtocolError { challenge: unauthorized.then(|| authenticate::challenge(&realm.issuer)), error }
}
