//! The playground: a page that is a real client, registered in every realm.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{self, ServiceConfig};

use crate::clients::{Chosen, Clients, Error, NewClient, Reach};
use crate::clock::Timestamp;
use crate::protocol::client_metadata::ClientMetadata;
use crate::protocol::grant_type::GrantType;
use crate::protocol::token_endpoint_auth_method::TokenEndpointAuthMethod;
use crate::sign_in::{self, Next};
use crate::store::events::By;
use crate::store::realms::Realm;
use crate::web::errors::PageError;
use crate::web::page::Page;
use crate::web::visit::Visit;

use super::pages::{PlaygroundClient, PlaygroundPage, PlaygroundResultPage};

/// Its id in every realm.
pub const CLIENT_ID: &str = "playground";

const SCOPE: &str = "openid profile email offline_access";

/// The routes of the playground.
pub(super) fn routes(cfg: &mut ServiceConfig) {
    cfg.service(web::resource("/playground").get(show)).service(web::resource("/playground/callback").get(callback));
}

/// Registers the playground in `realm`, or brings its addresses up to date; does nothing where all is right. For the start of a
/// server and the making of a realm.
///
/// # Errors
/// Where the realm's address cannot be a redirect URI; the database's.
pub async fn ensure_client(clients: &Clients, realm: &Realm, now: Timestamp) -> Result<(), Error> {
    let (by, metadata) = (By::operator(now), metadata(realm));
    match clients.find(realm.id, Reach::All, CLIENT_ID).await {
        Ok(client) if client.metadata == metadata => Ok(()),
        Ok(_) => clients.update(realm.id, Reach::All, CLIENT_ID, metadata, &by).await.map(|_| ()),
        Err(Error::NotFound) => create(clients, realm, metadata, &by).await,
        Err(error) => Err(error),
    }
}

async fn create(clients: &Clients, realm: &Realm, metadata: ClientMetadata, by: &By) -> Result<(), Error> {
    let new = NewClient {
        // Ours; but it asks for consent, as that is a page to be shown.
        first_party: true,
        chosen: Some(Chosen { client_id: CLIENT_ID.to_owned(), secret: None }),
        ..NewClient::new(realm.id, None, metadata)
    };
    match clients.create(new, by).await {
        // Of several nodes that start at once one made it.
        Err(Error::Invalid(_)) if clients.find(realm.id, Reach::All, CLIENT_ID).await.is_ok() => Ok(()),
        outcome => outcome.map(|_| ()),
    }
}

fn metadata(realm: &Realm) -> ClientMetadata {
    ClientMetadata {
        client_name: Some("Playground".to_owned()),
        redirect_uris: vec![realm.url("/playground/callback")],
        post_logout_redirect_uris: vec![realm.url("/playground")],
        grant_types: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
        token_endpoint_auth_method: TokenEndpointAuthMethod::None,
        ..ClientMetadata::default()
    }
}

async fn show(visit: Visit) -> Result<HttpResponse, PageError> {
    let page = PlaygroundPage { page: page(&visit).await?, client: client(&visit.realm) };
    visit.html(StatusCode::OK, &page)
}

async fn callback(visit: Visit) -> Result<HttpResponse, PageError> {
    let query = url::form_urlencoded::parse(visit.request.query_string().as_bytes());
    let page = PlaygroundResultPage {
        page: page(&visit).await?,
        client: client(&visit.realm),
        parameters: query.into_owned().collect(),
        code: crate::web::query(&visit.request, "code").unwrap_or_default(),
    };
    visit.html(StatusCode::OK, &page)
}

/// The shell, with the reader in its header where they are signed in: the page is open to all.
async fn page(visit: &Visit) -> Result<Page, PageError> {
    let active = visit.app.sessions.active(&visit.realm, &visit.secrets, visit.now).await?;
    let account = match active.filter(|live| sign_in::next(live, None) == Next::Done) {
        Some(live) => Some(visit.account(&live.user).await?),
        None => None,
    };
    Ok(visit.page("/playground", account))
}

fn client(realm: &Realm) -> PlaygroundClient {
    PlaygroundClient {
        issuer: realm.issuer.clone(),
        client_id: CLIENT_ID.to_owned(),
        redirect_uri: realm.url("/playground/callback"),
        post_logout_redirect_uri: realm.url("/playground"),
        scope: SCOPE.to_owned(),
        authorization_endpoint: realm.url("/oauth2/authorize"),
        token_endpoint: realm.url("/oauth2/token"),
        userinfo_endpoint: realm.url("/oauth2/userinfo"),
        revocation_endpoint: realm.url("/oauth2/revoke"),
        end_session_endpoint: realm.url("/oauth2/logout"),
        jwks_uri: realm.url("/oauth2/jwks"),
    }
}
