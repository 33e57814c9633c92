//! The end session endpoint (OpenID Connect RP-Initiated Logout 1.0).
//!
//! Who shows an ID token of ours for a session of this browser ends that session; anyone else is answered by a question. The
//! browser goes back only to a URI that the proven client has registered, once the frames of other clients are loaded.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use crate::protocol::Parameters;
use crate::protocol::metadata::Metadata;
use crate::protocol::redirect_uri::{self, RedirectUri};
use crate::store::clients::Client;
use crate::store::sessions::Live;
use crate::tokens::id_token_hint::IdTokenHint;
use crate::web::body::Body;
use crate::web::errors::PageError;
use crate::web::sign_out::SignedOut;
use crate::web::submitted::Submitted;
use crate::web::visit::Visit;

use super::pages::{LoggedOutPage, LogoutConfirmPage, WayBack};

const CLIENT_ID: &str = "client_id";
const WAY_BACK: &str = "post_logout_redirect_uri";
const STATE: &str = "state";

/// A logout that a client asks for, with what it has proven.
struct Asked {
    client: Arc<Client>,
    hint: IdTokenHint,
    /// Where the browser goes back to.
    way_back: Option<Back>,
}

/// A registered URI to go back to, with the state of the request.
struct Back {
    client_id: String,
    app_name: String,
    uri: RedirectUri,
    state: Option<String>,
}

/// What a request proves.
enum Proof {
    /// That a client asks.
    Client(Box<Asked>),
    /// That the URI is registered, and nothing of who asks: its user may go there, if they want to.
    Registered(Back),
    /// Nothing: nothing leads away from here.
    Nothing,
}

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/oauth2/logout").get(get).post(post))
        .service(web::resource("/logout").post(confirmed))
        .service(web::resource("/logged-out").get(done));
}

pub(super) fn metadata(metadata: &mut Metadata) {
    metadata.end_session_endpoint = Some(format!("{}/oauth2/logout", metadata.issuer));
    metadata.backchannel_logout_supported = true;
    metadata.backchannel_logout_session_supported = true;
    metadata.frontchannel_logout_supported = true;
    metadata.frontchannel_logout_session_supported = true;
}

/// A POST comes from the client's site, without our cookies: it reads nothing and goes on as a GET of our own.
async fn post(visit: Visit, body: Body) -> Result<HttpResponse, PageError> {
    let parameters = Parameters::read(&body).map_err(|_| PageError::BadRequest)?;
    visit.as_stranger().see_other_with("/oauth2/logout", &parameters).ok_or(PageError::BadRequest)
}

async fn get(mut visit: Visit) -> Result<HttpResponse, PageError> {
    let parameters = Parameters::read(visit.request.query_string().as_bytes()).map_err(|_| PageError::BadRequest)?;
    if let Some(ui_locales) = parameters.one("ui_locales") {
        visit.prefer_languages(&[ui_locales.to_owned()]);
    }
    let accounts = visit.app.sessions.accounts(&visit.realm, &visit.secrets, visit.now).await?;
    match understand(&visit, &parameters).await? {
        Proof::Client(asked) => end_for(&visit, *asked, &accounts).await,
        Proof::Registered(_) | Proof::Nothing if accounts.is_empty() => Ok(visit.see_other("/logged-out")),
        Proof::Registered(back) => question(&visit, &accounts, Some(back)).await,
        Proof::Nothing => question(&visit, &accounts, None).await,
    }
}

/// What a request proves: nothing where its hint is not ours, or its URI is not registered.
async fn understand(visit: &Visit, parameters: &Parameters) -> Result<Proof, PageError> {
    if parameters.check().is_err() {
        return Ok(Proof::Nothing);
    }
    let Some(hint) = parameters.one("id_token_hint") else {
        let client_id = parameters.one(CLIENT_ID).unwrap_or_default();
        let back = registered(visit, client_id, parameters.one(WAY_BACK), parameters.one(STATE)).await?;
        return Ok(back.map_or(Proof::Nothing, Proof::Registered));
    };
    let hint = visit.app.tokens.id_token_hint(&visit.realm, hint, visit.now).await?;
    let Some(hint) = hint else { return Ok(Proof::Nothing) };
    let client_id = parameters.one(CLIENT_ID).or_else(|| hint.client_id()).filter(|client_id| hint.is_for(client_id));
    let client = match client_id {
        Some(client_id) => enabled(visit, client_id).await?,
        None => None,
    };
    let Some(client) = client else { return Ok(Proof::Nothing) };
    let way_back = match parameters.one(WAY_BACK) {
        None => None,
        Some(uri) => match back(&client, uri, parameters.one(STATE)) {
            None => return Ok(Proof::Nothing),
            proven => proven,
        },
    };
    Ok(Proof::Client(Box::new(Asked { client, hint, way_back })))
}

async fn enabled(visit: &Visit, client_id: &str) -> Result<Option<Arc<Client>>, PageError> {
    Ok(visit.app.db.client(visit.realm.id, client_id).await?.filter(|client| !client.disabled))
}

/// The way back to a URI that is registered to the client of that id.
async fn registered(
    visit: &Visit,
    client_id: &str,
    uri: Option<&str>,
    state: Option<&str>,
) -> Result<Option<Back>, PageError> {
    let Some(uri) = uri.filter(|_| !client_id.is_empty()) else { return Ok(None) };
    Ok(enabled(visit, client_id).await?.and_then(|client| back(&client, uri, state)))
}

fn back(client: &Client, uri: &str, state: Option<&str>) -> Option<Back> {
    let uri = redirect_uri::prove(&client.uris.post_logout_redirect_uris, Some(uri))?;
    let (client_id, app_name) = (client.client_id.clone(), client.name().to_owned());
    Some(Back { client_id, app_name, uri, state: state.map(str::to_owned) })
}

/// Ends the session that the hint names, and goes back. Where it is none of this browser's, whoever else is signed in here is asked (§2).
async fn end_for(visit: &Visit, asked: Asked, accounts: &[Live]) -> Result<HttpResponse, PageError> {
    let ending: Vec<&Live> = meant(visit, &asked, accounts).await?.into_iter().collect();
    if ending.is_empty() && !accounts.is_empty() {
        return question(visit, accounts, asked.way_back).await;
    }
    let signed_out = SignedOut::of(visit, &ending).await?;
    if !signed_out.frames.is_empty() {
        let way_back = asked.way_back.map(|back| WayBack { goes_on: true, ..back.shown() });
        return signed_out.page(visit, &logged_out(visit, way_back, signed_out.frames.clone()));
    }
    let response = match asked.way_back {
        Some(back) => visit.redirect(&back.url()),
        None => visit.see_other("/logged-out"),
    };
    if ending.is_empty() { Ok(response) } else { signed_out.answer(visit, response) }
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

/// Shall this browser be signed out? The form sends on what leads back afterwards; it is proven again then.
async fn question(visit: &Visit, accounts: &[Live], back: Option<Back>) -> Result<HttpResponse, PageError> {
    let account = match accounts.first() {
        Some(live) => Some(visit.account(&live.user).await?),
        None => None,
    };
    let (app_name, carried) = back.map_or((None, Vec::new()), |Back { client_id, app_name, uri, state }| {
        let carried = [(CLIENT_ID, Some(client_id)), (WAY_BACK, Some(uri.as_str().to_owned())), (STATE, state)];
        (Some(app_name), carried.into_iter().filter_map(|(name, value)| Some((name, value?))).collect())
    });
    let page = LogoutConfirmPage {
        page: visit.page("/logout", account),
        carried,
        app_name,
        stay_url: format!("{}/account", visit.realm_path()),
    };
    visit.html(StatusCode::OK, &page)
}

/// The user said yes: every account of this browser is signed out.
async fn confirmed(submitted: Submitted) -> Result<HttpResponse, PageError> {
    let Submitted { visit, fields } = submitted;
    let state = Some(fields.get(STATE)).filter(|state| !state.is_empty());
    let back = registered(&visit, fields.get(CLIENT_ID), Some(fields.get(WAY_BACK)), state).await?;
    let accounts = visit.app.sessions.accounts(&visit.realm, &visit.secrets, visit.now).await?;
    let signed_out = SignedOut::of(&visit, &accounts.iter().collect::<Vec<_>>()).await?;
    if back.is_none() && signed_out.frames.is_empty() {
        return signed_out.answer(&visit, visit.see_other("/logged-out"));
    }
    let way_back = back.map(|back| back.shown());
    signed_out.page(&visit, &logged_out(&visit, way_back, signed_out.frames.clone()))
}

async fn done(visit: Visit) -> Result<HttpResponse, PageError> {
    visit.html(StatusCode::OK, &logged_out(&visit, None, Vec::new()))
}

fn logged_out(visit: &Visit, way_back: Option<WayBack>, frames: Vec<String>) -> LoggedOutPage {
    let login_url = format!("{}/login", visit.realm_path());
    LoggedOutPage { page: visit.page("/logged-out", None), way_back, frames, login_url }
}

impl Back {
    /// The address, with the state exactly as it came.
    fn url(&self) -> String {
        self.uri.with_parameters(self.state.as_deref().map(|state| (STATE, state)))
    }

    /// As a link.
    fn shown(&self) -> WayBack {
        WayBack { app_name: self.app_name.clone(), url: self.url(), goes_on: false }
    }
}
