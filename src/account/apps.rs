//! Which applications may act for the account, and how its owner takes that back.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use crate::locale::Message;
use crate::store::clients::Client;
use crate::store::events::{By, EventType};
use crate::store::grants::Grant;
use crate::web;
use crate::web::errors::PageError;
use crate::web::scope_text::scope_message;
use crate::web::signed_in::{SignedIn, SignedInForm};

use super::pages::{ConnectedApp, ConnectedAppsPage};

/// GET /account/apps
pub(super) async fn show(signed_in: SignedIn) -> Result<HttpResponse, PageError> {
    let (db, user) = (&signed_in.visit.app.db, &signed_in.live.user);
    let mut apps = Vec::new();
    for grant in connections(&signed_in).await? {
        if let Some(client) = db.client_by_row(user.realm_id, grant.client_id).await? {
            apps.push(app(&signed_in, &client, &grant).await?);
        }
    }
    let page =
        ConnectedAppsPage { page: signed_in.page("/account/apps").await?, apps, notice: notice(&signed_in).await? };
    signed_in.visit.html(StatusCode::OK, &page)
}

/// POST /account/apps/revoke
pub(super) async fn revoke(form: SignedInForm) -> Result<HttpResponse, PageError> {
    let SignedInForm { signed_in, fields } = form;
    let (visit, user) = (&signed_in.visit, signed_in.live.user.id);
    let (app, realm, now) = (&visit.app, visit.realm.id, visit.now);
    let client = app.db.client(realm, fields.get("client_id")).await?.ok_or(PageError::NotFound)?;
    let by = By::user(user, &visit.origin(), now);
    let event = by.event(app.random.id(now), realm, EventType::ConsentRevoked).about(user).with_client(client.id);
    let row = client.id;
    app.db
        .write(async move |tx| {
            if tx.revoke_grant(realm, user, row, now).await? {
                tx.record(&event).await?;
            }
            Ok(())
        })
        .await?;
    let name: String = url::form_urlencoded::byte_serialize(client.client_id.as_bytes()).collect();
    Ok(visit.see_other(&format!("/account/apps?revoked={name}")))
}

/// What the user has allowed, and what acts for the user without having asked: the operator's own applications.
async fn connections(signed_in: &SignedIn) -> Result<Vec<Grant>, PageError> {
    let (db, user) = (&signed_in.visit.app.db, &signed_in.live.user);
    let mut connections = db.grants_of(user.realm_id, user.id).await?;
    for family in db.families_of(user.realm_id, user.id, signed_in.visit.now).await? {
        if connections.iter().all(|known| known.client_id != family.client_id) {
            connections.push(Grant {
                id: family.id,
                user_id: family.user_id,
                client_id: family.client_id,
                resources: family.resources.into_iter().map(|resource| (resource, family.scope.clone())).collect(),
                scope: family.scope,
                created_at: family.created_at,
                updated_at: family.created_at,
            });
        }
    }
    Ok(connections)
}

async fn notice(signed_in: &SignedIn) -> Result<Option<Message>, PageError> {
    let visit = &signed_in.visit;
    let Some(client_id) = web::query(&visit.request, "revoked") else { return Ok(None) };
    let client = visit.app.db.client(visit.realm.id, &client_id).await?;
    Ok(client.map(|client| Message::new("apps-revoked").with("app", client.name())))
}

async fn app(signed_in: &SignedIn, client: &Client, grant: &Grant) -> Result<ConnectedApp, PageError> {
    let db = &signed_in.visit.app.db;
    let mut shared = Vec::new();
    for scope in grant.scope.iter() {
        let mut description = None;
        for (resource, _) in grant.resources.iter().filter(|(_, allowed)| allowed.contains(scope)) {
            let server = db.resource_server(client.realm_id, resource).await?;
            let known = server.and_then(|server| server.scopes.iter().find(|known| known.scope == scope).cloned());
            description = description.or(known.map(|known| known.description));
        }
        shared.push(scope_message(scope, description.as_deref()));
    }
    Ok(ConnectedApp {
        client_id: client.client_id.clone(),
        name: client.name().to_owned(),
        logo_url: signed_in.visit.logo_url(client),
        host: host(client),
        shared,
        granted_at: grant.created_at,
        last_used_at: db.last_token(client.realm_id, grant.user_id, client.id).await?,
    })
}

/// The host of its first redirect URI; where that is none of the web, the URI's scheme.
fn host(client: &Client) -> String {
    let first = client.metadata.redirect_uris.first().and_then(|uri| url::Url::parse(uri).ok());
    first.map(|uri| uri.host_str().unwrap_or(uri.scheme()).to_owned()).unwrap_or_default()
}
