//! The applications of a developer: list, register, change, delete. An owner sees their own, an administrator all.

mod edit;
mod filled_in;
mod remove;
mod secrets;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{self, ServiceConfig};

use crate::clients::{Issued, Reach};
use crate::locale::Message;
use crate::protocol::client_metadata::ClientKind;
use crate::protocol::grant_type::GrantType;
use crate::store::clients::Client;
use crate::store::events::By;
use crate::web::errors::PageError;
use crate::web::signed_in::SignedIn;

use super::pages::{ApplicationCreatedPage, ApplicationKind, ApplicationRow, ApplicationsPage};
use super::snippets::{Snippet, SnippetClient, snippets};

/// Applications on one page of the list.
const PAGE: usize = 25;
/// Where the list is.
const PATH: &str = "/developer/applications";

/// The routes of applications.
pub(super) fn routes(cfg: &mut ServiceConfig) {
    cfg.service(web::resource("/developer/applications").get(list))
        .service(web::resource("/developer/applications/new").get(edit::show_new).post(edit::create))
        .service(web::resource("/developer/applications/{client}").get(edit::show).post(edit::update))
        .service(web::resource("/developer/applications/{client}/secrets").post(secrets::add))
        .service(web::resource("/developer/applications/{client}/secrets/delete").post(secrets::remove))
        .service(web::resource("/developer/applications/{client}/delete").get(remove::ask).post(remove::remove));
}

/// GET /developer/applications
async fn list(signed_in: SignedIn) -> Result<HttpResponse, PageError> {
    let visit = &signed_in.visit;
    let after = crate::web::query(&visit.request, "after").and_then(|cursor| cursor.parse().ok());
    let limit = PAGE as u64 + 1;
    let mut clients = visit.app.clients.list(visit.realm.id, reach(&signed_in), after, limit).await?;
    let more = clients.len() > PAGE;
    clients.truncate(PAGE);
    let deleted = crate::web::query(&visit.request, "done").is_some_and(|done| done == "deleted");
    let page = ApplicationsPage {
        page: signed_in.page(PATH).await?,
        applications: clients.iter().map(row).collect(),
        next_cursor: clients.last().filter(|_| more).map(|client| client.id.to_string()),
        notice: deleted.then(|| Message::new("application-deleted")),
    };
    visit.html(StatusCode::OK, &page)
}

/// Whose applications the reader may see and change.
fn reach(signed_in: &SignedIn) -> Reach {
    let user = &signed_in.live.user;
    if user.administrator { Reach::All } else { Reach::Owned(user.id) }
}

/// Who does it.
fn by(signed_in: &SignedIn) -> By {
    By::user(signed_in.live.user.id, &signed_in.visit.origin(), signed_in.visit.now)
}

/// The application that the address names. One out of reach does not exist.
async fn named(signed_in: &SignedIn) -> Result<Client, PageError> {
    let visit = &signed_in.visit;
    let client_id = visit.request.match_info().get("client").unwrap_or_default();
    Ok(visit.app.clients.find(visit.realm.id, reach(signed_in), client_id).await?)
}

fn row(client: &Client) -> ApplicationRow {
    ApplicationRow {
        client_id: client.client_id.clone(),
        name: client.name().to_owned(),
        kind: kind(client),
        created_at: client.created_at,
    }
}

/// What an application is, read from its metadata: only grants and authentication are kept.
fn kind(client: &Client) -> ApplicationKind {
    let is_web = |uri: &String| uri.starts_with("https://");
    match client.kind() {
        ClientKind::Confidential if client.metadata.allows(GrantType::AuthorizationCode) => ApplicationKind::Web,
        ClientKind::Confidential => ApplicationKind::Service,
        ClientKind::Public if client.metadata.redirect_uris.iter().all(is_web) => ApplicationKind::Browser,
        ClientKind::Public => ApplicationKind::Native,
    }
}

/// The page that shows a new secret, in the answer to the POST itself: it is nowhere to be had again.
async fn issued(signed_in: &SignedIn, issued: &Issued) -> Result<HttpResponse, PageError> {
    let (client, secret) = (&issued.client, issued.secret.as_ref().map(|secret| secret.expose().to_owned()));
    let page = ApplicationCreatedPage {
        page: signed_in.page(PATH).await?,
        name: client.name().to_owned(),
        client_id: client.client_id.clone(),
        issuer: signed_in.visit.realm.issuer.clone(),
        snippets: configuration(signed_in, client, secret.clone()),
        secret,
    };
    signed_in.visit.html(StatusCode::OK, &page)
}

/// Configuration to copy, for applications that people sign in to.
fn configuration(signed_in: &SignedIn, client: &Client, secret: Option<String>) -> Vec<Snippet> {
    if !client.metadata.allows(GrantType::AuthorizationCode) {
        return Vec::new();
    }
    snippets(&SnippetClient {
        issuer: signed_in.visit.realm.issuer.clone(),
        client_id: client.client_id.clone(),
        secret,
        redirect_uri: client.metadata.redirect_uris.first().cloned().unwrap_or_default(),
        scopes: ["openid", "profile", "email"].map(str::to_owned).to_vec(),
    })
}
