//! Signing accounts of this browser out, and what its applications load to hear of it (OpenID Connect Front-Channel Logout 1.0).

use std::collections::BTreeSet;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use askama::Template;
use url::Url;

use crate::session::Secrets;
use crate::store::events::Actor;
use crate::store::session_clients::SessionClient;
use crate::store::sessions::Live;

use super::errors::PageError;
use super::headers;
use super::visit::Visit;

/// Accounts that were signed out, for the answer that tells the browser.
#[derive(Debug)]
pub struct SignedOut {
    /// What the browser is to load in hidden frames.
    pub frames: Vec<String>,
    left: Secrets,
    remember: bool,
}

impl SignedOut {
    /// Signs these accounts of the browser out.
    ///
    /// # Errors
    /// The database's.
    pub async fn of(visit: &Visit, ending: &[&Live]) -> Result<Self, PageError> {
        let (app, origin) = (&visit.app, visit.origin());
        let mut frames = Vec::new();
        for live in ending {
            let (user, session) = (live.user.id, live.session.id);
            for told in app.db.session_clients(visit.realm.id, session).await? {
                frames.extend(frame(visit, &told).await?);
            }
            app.sessions.end(&visit.realm, user, session, Actor::User(user), &origin, visit.now).await?;
        }
        let left = app.sessions.without_ended(&visit.realm, &visit.secrets, visit.now).await?;
        Ok(Self { frames, left, remember: ending.iter().any(|live| live.session.remember) })
    }

    /// The answer, after which the browser holds what is left of its accounts.
    ///
    /// # Errors
    /// [`PageError::Fault`] where the cookie cannot be written.
    pub fn answer(&self, visit: &Visit, response: HttpResponse) -> Result<HttpResponse, PageError> {
        visit.with_secrets(response, &self.left, self.remember)
    }

    /// A page that shows the frames as the answer: it may load their origins, and no other page may.
    ///
    /// # Errors
    /// [`PageError::Fault`] where it cannot be rendered.
    pub fn page(&self, visit: &Visit, page: &impl Template) -> Result<HttpResponse, PageError> {
        let mut response = visit.html(StatusCode::OK, page)?;
        let origins: BTreeSet<String> =
            self.frames.iter().filter_map(|url| Some(Url::parse(url).ok()?.origin().ascii_serialization())).collect();
        if let Ok(policy) = HeaderValue::from_str(&headers::flow_with_frames(origins.iter().map(String::as_str))) {
            response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
        }
        self.answer(visit, response)
    }
}

/// The client's front-channel logout URI with `iss` and `sid` (§2), if it has one.
async fn frame(visit: &Visit, told: &SessionClient) -> Result<Option<String>, PageError> {
    let client = visit.app.db.client_by_row(told.realm_id, told.client_id).await?;
    let uri = client.and_then(|client| client.metadata.logout.frontchannel_logout_uri);
    Ok(uri.and_then(|uri| Url::parse(&uri).ok()).map(|mut url| {
        url.query_pairs_mut().append_pair("iss", &visit.realm.issuer).append_pair("sid", &told.sid);
        url.into()
    }))
}
