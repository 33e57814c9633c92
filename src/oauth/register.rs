//! The registration endpoint, and each registration's own address (RFC 7591 §3, RFC 7592 §2; OpenID Connect Registration §3, §4).

use actix_web::{HttpMessage as _, HttpRequest, HttpResponse, HttpResponseBuilder, web};
use serde::Deserialize;

use crate::app::App;
use crate::clients::Issued;
use crate::clients::register::{Registration, RegistrationError};
use crate::ephemeral::limits::Action;
use crate::protocol::client_registration::{RegistrationMode, RegistrationRequest, RegistrationResponse};
use crate::protocol::metadata::Metadata;
use crate::protocol::{ErrorCode, OAuthError, bearer};
use crate::secret::Secret;
use crate::store::clients::Client;
use crate::store::events::{Actor, By};
use crate::web::body::Body;
use crate::web::cors;
use crate::web::errors::{ProtocolError, no_store};
use crate::web::origin;
use crate::web::realm::Realm;

/// The endpoint's path.
const PATH: &str = "/oauth2/register";

/// By name: a realm's own path may come before it.
#[derive(Deserialize)]
struct OwnPath {
    client_id: String,
}

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config.service(web::resource(PATH).wrap(cors::any_origin()).post(register));
    let own = web::resource("/oauth2/register/{client_id}").wrap(cors::any_origin());
    config.service(own.get(read).put(replace).delete(delete));
}

pub(super) fn metadata(metadata: &mut Metadata, mode: RegistrationMode) {
    if mode != RegistrationMode::Off {
        metadata.registration_endpoint = Some(format!("{}{PATH}", metadata.issuer));
    }
}

async fn register(request: HttpRequest, realm: Realm, body: Body) -> Result<HttpResponse, ProtocolError> {
    let app = crate::web::app(&request);
    let token = admit(&request, app, &realm)?;
    limit(&request, app, &realm).await?;
    require_json(&request)?;
    let asked = RegistrationRequest::read(&body)?;
    let statement = asked.software_statement()?.map(str::to_owned);
    let registration = Registration {
        realm: &realm,
        request: asked,
        profile: app.default_profile(&realm),
        initial_access_token: token.as_ref(),
        rules: &app.config.registration,
    };
    let by = By::anonymous(&origin::origin(&request), app.clock.now());
    let registered = app.clients.register(registration, &by).await.map_err(|error| answered(&realm, error))?;
    let (issued, token) = (&registered.issued, registered.access_token.expose());
    Ok(told(&mut HttpResponse::Created(), &realm, issued, token, statement.as_deref()))
}

async fn read(request: HttpRequest, realm: Realm, path: web::Path<OwnPath>) -> Result<HttpResponse, ProtocolError> {
    let (client, token) = own(&request, &realm, &path.client_id).await?;
    Ok(told(&mut HttpResponse::Ok(), &realm, &Issued { client, secret: None }, token.expose(), None))
}

async fn replace(
    request: HttpRequest,
    realm: Realm,
    path: web::Path<OwnPath>,
    body: Body,
) -> Result<HttpResponse, ProtocolError> {
    let (client, token) = own(&request, &realm, &path.client_id).await?;
    let app = crate::web::app(&request);
    limit(&request, app, &realm).await?;
    require_json(&request)?;
    let asked = RegistrationRequest::read(&body)?;
    require_itself(&asked, &client)?;
    let statement = asked.software_statement()?.map(str::to_owned);
    let by = by(&request, app, &client);
    let changed = app.clients.register_again(&realm, &client, asked, &app.config.registration, &by).await;
    let issued = changed.map_err(|error| answered(&realm, error))?;
    Ok(told(&mut HttpResponse::Ok(), &realm, &issued, token.expose(), statement.as_deref()))
}

async fn delete(request: HttpRequest, realm: Realm, path: web::Path<OwnPath>) -> Result<HttpResponse, ProtocolError> {
    let (client, _) = own(&request, &realm, &path.client_id).await?;
    let app = crate::web::app(&request);
    let by = by(&request, app, &client);
    let deleted = app.clients.delete(realm.id, crate::clients::Reach::All, &client.client_id, &by).await;
    deleted.map_err(|error| answered(&realm, error.into()))?;
    Ok(no_store(&mut HttpResponse::NoContent()).finish())
}

fn by(request: &HttpRequest, app: &App, client: &Client) -> By {
    By { actor: Actor::Client(client.id), origin: origin::origin(request), at: app.clock.now() }
}

/// Whether anybody may register here, and the initial access token where one is needed (RFC 7591 §3).
fn admit(request: &HttpRequest, app: &App, realm: &Realm) -> Result<Option<Secret>, ProtocolError> {
    match app.registration_mode(realm) {
        // Who shows one all the same is beyond `max_unused`.
        RegistrationMode::Open => Ok(crate::web::bearer_token(request)?),
        RegistrationMode::Token => bearer_token(request, realm).map(Some),
        RegistrationMode::Off => {
            Err(OAuthError::invalid_request("applications cannot register themselves here: ask the operator").into())
        }
    }
}

/// The token in the header (RFC 6750 §2.1); without one, the challenge has no error code (§3.1).
fn bearer_token(request: &HttpRequest, realm: &Realm) -> Result<Secret, ProtocolError> {
    crate::web::bearer_token(request)?.ok_or_else(|| ProtocolError {
        challenge: Some(bearer::challenge(&realm.issuer, None, None)),
        error: OAuthError::invalid_token("a bearer token is needed"),
    })
}

/// What makes us ask other servers is counted by address.
async fn limit(request: &HttpRequest, app: &App, realm: &Realm) -> Result<(), ProtocolError> {
    let (subject, limit) = (origin::limit_subject(request), app.config.limits.registration);
    let counted = app.limiter.count(realm.id, Action::Registration, &subject, limit, app.clock.now()).await;
    counted.map(|_| ()).map_err(|limited| {
        OAuthError::too_many_requests("too many registrations from this address: wait", limited.seconds()).into()
    })
}

fn require_json(request: &HttpRequest) -> Result<(), OAuthError> {
    if request.content_type().eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    Err(OAuthError::new(ErrorCode::InvalidClientMetadata, "send the metadata as application/json"))
}

/// The client whose registration this is, proven by its registration access token. One answer for every other case (RFC 7592 §2.1).
async fn own(request: &HttpRequest, realm: &Realm, client_id: &str) -> Result<(Client, Secret), ProtocolError> {
    let app = crate::web::app(request);
    let token = bearer_token(request, realm)?;
    let client = app.db.registered_client(realm.id, client_id, token.sha256()).await?;
    let refused = || OAuthError::invalid_token("the registration access token is not that of such a client");
    client.map(|client| (client, token)).ok_or_else(|| challenged(realm, refused()))
}

/// RFC 7592 §2.2: the request repeats the client id, and the secret only as it is.
fn require_itself(asked: &RegistrationRequest, client: &Client) -> Result<(), OAuthError> {
    if asked.text("client_id") != Some(&client.client_id) {
        return Err(OAuthError::invalid_request("client_id must be repeated in the request"));
    }
    let Some(secret) = asked.text("client_secret") else { return Ok(()) };
    let hash = Secret::from(secret).sha256();
    if client.secrets.iter().any(|known| crate::secret::same(&known.hash, &hash)) {
        return Ok(());
    }
    Err(OAuthError::invalid_request("client_secret cannot be chosen: leave it out, or repeat it as it is"))
}

fn answered(realm: &Realm, error: RegistrationError) -> ProtocolError {
    match error {
        RegistrationError::Refused(error) if error.code() == ErrorCode::InvalidToken => challenged(realm, error),
        RegistrationError::Refused(error) | RegistrationError::Full(error) => error.into(),
        RegistrationError::Store(error) => error.into(),
    }
}

fn challenged(realm: &Realm, error: OAuthError) -> ProtocolError {
    ProtocolError { challenge: Some(bearer::challenge(&realm.issuer, Some(&error), None)), error }
}

fn told(
    response: &mut HttpResponseBuilder,
    realm: &Realm,
    issued: &Issued,
    access_token: &str,
    software_statement: Option<&str>,
) -> HttpResponse {
    let Issued { client, secret } = issued;
    let secret = secret.as_ref().map(Secret::expose);
    no_store(response).json(RegistrationResponse {
        client_id: &client.client_id,
        client_id_issued_at: client.created_at.seconds(),
        client_secret: secret,
        client_secret_expires_at: secret.map(|_| 0),
        registration_access_token: access_token,
        registration_client_uri: format!("{}/{}", realm.url(PATH), client.client_id),
        software_statement,
        metadata: &client.metadata,
    })
}
