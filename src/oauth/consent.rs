//! The consent page: may this application have that?

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use uuid::Uuid;

use crate::interaction::Found;
use crate::locale::Message;
use crate::protocol::client_id_metadata_document;
use crate::protocol::registrant::Registrant;
use crate::protocol::{OAuthError, Scope};
use crate::store::events::{Actor, Event, EventType};
use crate::store::grants::Grant;
use crate::store::sessions::Live;
use crate::web::errors::PageError;
use crate::web::scope_text::scope_message;
use crate::web::submitted::Submitted;
use crate::web::visit::Visit;

use super::authorize::{self, Asked, Consent};
use super::pages::{ConsentApp, ConsentPage, Target};

/// The page's routes.
pub(super) fn routes(config: &mut web::ServiceConfig) {
    config.service(web::resource("/consent").get(show).post(decide));
}

async fn show(mut visit: Visit) -> Result<HttpResponse, PageError> {
    let id = crate::web::query(&visit.request, "interaction").unwrap_or_default();
    let (interaction, asked) = match authorize::waiting(&mut visit, &id).await? {
        Ok(waiting) => waiting,
        Err(refusal) => return Ok(refusal),
    };
    let live = visit.app.sessions.active(&visit.realm, &visit.secrets, visit.now).await?;
    let due = authorize::due_again(&visit, &asked, live.as_ref(), &interaction).await?;
    match live {
        Some(live) if authorize::is_consent(&due) => page(&visit, &asked, &live, &id).await,
        // Something else comes first, or nothing is due any more.
        _ => Ok(visit.see_other(&interaction.demand.return_path)),
    }
}

async fn decide(submitted: Submitted) -> Result<HttpResponse, PageError> {
    let Submitted { mut visit, fields } = submitted;
    let id = fields.get("interaction").to_owned();
    let (interaction, asked) = match authorize::waiting(&mut visit, &id).await? {
        Ok(waiting) => waiting,
        Err(refusal) => return Ok(refusal),
    };
    let live = visit.app.sessions.active(&visit.realm, &visit.secrets, visit.now).await?;
    let due = authorize::due_again(&visit, &asked, live.as_ref(), &interaction).await?;
    let Some(live) = live.filter(|_| authorize::is_consent(&due)) else {
        return Ok(visit.see_other(&interaction.demand.return_path));
    };
    let allowed = match fields.get("decision") {
        "allow" => true,
        "deny" => false,
        _ => return Err(PageError::BadRequest),
    };
    // Written first: an answer that is given has its grant; and granting twice is granting once.
    let given = record(&visit, &asked, &live, allowed).await?;
    match authorize::finish(&visit, &id).await? {
        Found::Waiting(_) => match given {
            Some(grant) => authorize::issue(&visit, &asked, Some(&live), Consent::Given(grant)).await,
            None => asked.destination.error(&visit, &OAuthError::access_denied("the user refused")),
        },
        found => authorize::step_over(&visit, &found),
    }
}

/// Writes the answer down; the grant that holds it, where it was allowed.
async fn record(visit: &Visit, asked: &Asked, live: &Live, allowed: bool) -> Result<Option<Uuid>, PageError> {
    let (realm, now) = (visit.realm.id, visit.now);
    let event_type = if allowed { EventType::ConsentGranted } else { EventType::ConsentDenied };
    let event = Event::new(visit.app.random.id(now), realm, event_type, now, Actor::User(live.user.id))
        .about(live.user.id)
        .with_client(asked.client.id)
        .in_session(live.session.id)
        .from_origin(&visit.origin())
        .with_data(serde_json::json!({ "scope": asked.grantable.consent, "resources": asked.grantable.resources }));
    let grant = allowed.then(|| Grant {
        id: visit.app.random.id(now),
        user_id: live.user.id,
        client_id: asked.client.id,
        scope: asked.grantable.consent.clone(),
        resources: asked.grantable.resource_scopes(),
        created_at: now,
        updated_at: now,
    });
    let written = visit.app.db.write(async move |tx| {
        let held = match &grant {
            Some(grant) => Some(tx.grant(realm, grant).await?),
            None => None,
        };
        tx.record(&event).await?;
        Ok(held)
    });
    Ok(written.await?)
}

async fn page(visit: &Visit, asked: &Asked, live: &Live, id: &str) -> Result<HttpResponse, PageError> {
    let held = visit.app.db.grant(visit.realm.id, live.user.id, asked.client.id).await?;
    let (consent, resources) = (&asked.grantable.consent, asked.grantable.resource_scopes());
    let is_held = |token: &str| held.as_ref().is_some_and(|held| held.covers_token(token, &resources));
    let (old, new) = (consent.filtered(is_held), consent.filtered(|token| !is_held(token)));
    let page = ConsentPage {
        page: visit.page("/consent", Some(visit.account(&live.user).await?)),
        interaction: id.to_owned(),
        app: app(visit, asked),
        shared: in_words(asked, &new),
        already_shared: in_words(asked, &old),
        shared_with: shared_with(asked),
        target: target(visit, asked),
        switch_url: format!("{}/account-chooser?interaction={id}", visit.realm_path()),
    };
    visit.html(StatusCode::OK, &page)
}

fn app(visit: &Visit, asked: &Asked) -> ConsentApp {
    let metadata = &asked.client.metadata;
    // Of one that is known by a URL, that URL's owner is who is behind it.
    let document = client_id_metadata_document::url(&asked.client.client_id);
    let home = document.or_else(|| metadata.client_uri.as_deref().and_then(|uri| url::Url::parse(uri).ok()));
    ConsentApp {
        name: asked.client.name().to_owned(),
        logo_url: visit.logo_url(&asked.client),
        host: home.and_then(|home| home.host_str().map(str::to_owned)),
        policy_url: metadata.policy_uri.clone(),
        terms_url: metadata.tos_uri.clone(),
        is_self_registered: asked.client.registrant != Registrant::Operator,
    }
}

fn in_words(asked: &Asked, scope: &Scope) -> Vec<Message> {
    scope.iter().flat_map(|token| token_in_words(asked, token)).collect()
}

/// A scope token may mean something else at each resource server: all of it is said.
fn token_in_words(asked: &Asked, token: &str) -> Vec<Message> {
    let known = asked.grantable.servers.iter().flat_map(|server| &server.scopes).filter(|known| known.scope == token);
    let mut descriptions: Vec<&str> = Vec::new();
    for described in known {
        if !descriptions.contains(&described.description.as_str()) {
            descriptions.push(&described.description);
        }
    }
    if descriptions.is_empty() {
        return vec![scope_message(token, None)];
    }
    descriptions.into_iter().map(|description| scope_message(token, Some(description))).collect()
}

/// The names of the resource servers, where there are several: what is shared is shared with all of them.
fn shared_with(asked: &Asked) -> Option<String> {
    let names: Vec<&str> = asked.grantable.servers.iter().map(|server| server.name.as_str()).collect();
    (names.len() > 1).then(|| names.join(", "))
}

/// Shown so that a stranger cannot hide behind a known name.
fn target(visit: &Visit, asked: &Asked) -> Target {
    let uri = &asked.destination.redirect_uri;
    let origin = |text: &str| url::Url::parse(text).ok().map(|url| url.origin());
    let is_ours = !uri.is_private_use() && origin(uri.as_str()) == origin(&visit.realm.issuer);
    if is_ours {
        // The playground of a server on this device is no program that someone else may have started.
        Target::Host(uri.destination().to_owned())
    } else if uri.is_private_use() {
        Target::PrivateScheme(uri.as_str().to_owned())
    } else if uri.is_loopback() {
        Target::Loopback(uri.destination().to_owned())
    } else {
        Target::Host(uri.destination().to_owned())
    }
}
