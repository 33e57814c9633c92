//! The end session endpoint (OpenID Connect RP-Initiated Logout 1.0).
//!
//! Who shows an ID token of ours for a session of this browser ends that session; anyone else is answered by a question. The
//! browser goes back only to a URI that the proven client has registered.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use crate::protocol::Parameters;
use crate::protocol::metadata::Metadata;
use crate::protocol::redirect_uri::{self, RedirectUri};
use crate::session::Secrets;
use crate::store::clients::Client;
use crate::store::events::Actor;
use crate::store::sessions::Live;
use crate::tokens::id_token_hint::IdTokenHint;
use crate::web::errors::PageError;
use crate::web::submitted::Submitted;
use crate::web::visit::Visit;

use super::pages::{LoggedOutPage, LogoutConfirmPage};

/// A logout that a client asks for, with what it has proven.
struct Asked {
    client: Arc<Client>,
    hint: IdTokenHint,
    /// Where the browser goes back to.
    way_back: Option<RedirectUri>,
    state: Option<String>,
}

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/oauth2/logout").get(get).post(post))
        .service(web::resource("/logout").post(confirmed))
        .service(web::resource("/logged-out").get(done));
}

pub(super) fn metadata(metadata: &mut Metadata) {
    metadata.end_session_endpoint = Some(format!("{}/oauth2/logout", metadata.issuer));
}

/// A POST comes from the client's site, without our cookies: it reads nothing and goes on as a GET of our own.
async fn post(visit: Visit, body: web::Bytes) -> Result<HttpResponse, PageError> {
    let parameters = Parameters::read(&body).map_err(|_| PageError::BadRequest)?;
    Ok(visit.as_stranger().see_other(&format!("/oauth2/logout?{}", parameters.encode())))
}

async fn get(mut visit: Visit) -> Result<HttpResponse, PageError> {
    let parameters = Parameters::read(visit.request.query_string().as_bytes()).map_err(|_| PageError::BadRequest)?;
    if let Some(ui_locales) = parameters.one("ui_locales") {
        visit.prefer_languages(&[ui_locales.to_owned()]);
    }
    let accounts = visit.app.sessions.accounts(&visit.realm, &visit.secrets, visit.now).await?;
    match understand(&visit, &parameters).await? {
        Some(asked) => end_for(&visit, &asked, &accounts).await,
        None if accounts.is_empty() => Ok(visit.see_other("/logged-out")),
        None => question(&visit, &accounts).await,
    }
}

/// What a request proves; none where its hint is absent or not ours, or its URI is not registered: then nothing leads away from here.
async fn understand(visit: &Visit, parameters: &Parameters) -> Result<Option<Asked>, PageError> {
    let (Ok(()), Some(hint)) = (parameters.check(), parameters.one("id_token_hint")) else { return Ok(None) };
    let Some(hint) = visit.app.tokens.id_token_hint(&visit.realm, hint, visit.now).await? else { return Ok(None) };
    let Some(client_id) = parameters.one("client_id").or_else(|| hint.client_id()) else { return Ok(None) };
    if !hint.is_for(client_id) {
        return Ok(None);
    }
    let known = visit.app.db.client(visit.realm.id, client_id).await?;
    let Some(client) = known.filter(|client| !client.disabled) else { return Ok(None) };
    let way_back = match parameters.one("post_logout_redirect_uri") {
        None => None,
        Some(uri) => match redirect_uri::prove(&client.uris.post_logout_redirect_uris, Some(uri)) {
            Some(proven) => Some(proven),
            None => return Ok(None),
        },
    };
    let state = parameters.one("state").map(str::to_owned);
    Ok(Some(Asked { client, hint, way_back, state }))
}

/// Ends the session that the hint names, if it is one of this browser, and goes back. A session of somebody else stays.
async fn end_for(visit: &Visit, asked: &Asked, accounts: &[Live]) -> Result<HttpResponse, PageError> {
    let found = meant(visit, asked, accounts).await?;
    let response = match &asked.way_back {
        Some(uri) => visit.redirect(&uri.with_parameters(asked.state.as_deref().map(|state| ("state", state)))),
        None => visit.see_other("/logged-out"),
    };
    match found {
        Some(live) => end(visit, &[live], response).await,
        None => Ok(response),
    }
}

/// The account whose session the hint names; one from an earlier session of the same user means that user's present one.
async fn meant<'a>(visit: &Visit, asked: &Asked, accounts: &'a [Live]) -> Result<Option<&'a Live>, PageError> {
    let sid = |live: &Live| visit.app.keys.sid(live.session.id, asked.client.id);
    let named = |live: &&Live| asked.hint.sid.as_ref().is_some_and(|named| *named == sid(live));
    if let Some(live) = accounts.iter().find(named) {
        return Ok(Some(live));
    }
    for live in accounts {
        if visit.app.users.known_subject(&asked.client, &live.user).await?.as_ref() == Some(&asked.hint.sub) {
            return Ok(Some(live));
        }
    }
    Ok(None)
}

async fn question(visit: &Visit, accounts: &[Live]) -> Result<HttpResponse, PageError> {
    let account = match accounts.first() {
        Some(live) => Some(visit.account(&live.user).await?),
        None => None,
    };
    let page = LogoutConfirmPage {
        page: visit.page("/logout", account),
        interaction: String::new(),
        app_name: None,
        stay_url: format!("{}/account", visit.realm_path()),
    };
    visit.html(StatusCode::OK, &page)
}

/// The user said yes: every account of this browser is signed out.
async fn confirmed(submitted: Submitted) -> Result<HttpResponse, PageError> {
    let visit = submitted.visit;
    let accounts = visit.app.sessions.accounts(&visit.realm, &visit.secrets, visit.now).await?;
    let all: Vec<&Live> = accounts.iter().collect();
    let response = visit.see_other("/logged-out");
    end(&visit, &all, response).await
}

async fn end(visit: &Visit, ending: &[&Live], response: HttpResponse) -> Result<HttpResponse, PageError> {
    let origin = visit.origin();
    for live in ending {
        let (user, session) = (live.user.id, live.session.id);
        visit.app.sessions.end(&visit.realm, user, session, Actor::User(user), &origin, visit.now).await?;
    }
    let left: Secrets = visit.app.sessions.without_ended(&visit.realm, &visit.secrets, visit.now).await?;
    let remember = ending.iter().any(|live| live.session.remember);
    visit.with_secrets(response, &left, remember)
}

async fn done(visit: Visit) -> Result<HttpResponse, PageError> {
    let page = LoggedOutPage {
        page: visit.page("/logged-out", None),
        way_back: None,
        front_channel: Vec::new(),
        login_url: format!("{}/login", visit.realm_path()),
    };
    visit.html(StatusCode::OK, &page)
}
