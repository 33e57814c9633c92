//! Refusals that are shown here and sent nowhere: the client or its redirect URI is not known to be right.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use crate::interaction::Found;
use crate::locale::Message;
use crate::protocol::OAuthError;
use crate::store::clients::Client;
use crate::web::error_page::{ErrorPage, RedirectDetail, WayOn};
use crate::web::errors::PageError;
use crate::web::origin;
use crate::web::visit::Visit;

/// The request cannot be read.
pub(super) fn request(visit: &Visit, error: &OAuthError) -> Result<HttpResponse, PageError> {
    tracing::debug!(description = error.description(), "an authorization request cannot be read");
    show(
        visit,
        StatusCode::BAD_REQUEST,
        error.code().as_str(),
        ("error-request-title", "error-request-text"),
        None,
        None,
    )
}

/// There is no such client.
pub(super) fn client(visit: &Visit) -> Result<HttpResponse, PageError> {
    show(visit, StatusCode::BAD_REQUEST, "unknown_client", ("error-client-title", "error-client-text"), None, None)
}

/// The client id is the URL of a document that cannot be had, or is none. What is wrong is for the application's developer.
pub(super) fn document(visit: &Visit, client_id: &str, error: &OAuthError) -> Result<HttpResponse, PageError> {
    let page = ErrorPage {
        page: visit.page("/oauth2/authorize", None),
        title: Message::new("error-document-title"),
        explanation: Message::new("error-document-text")
            .with("address", client_id.to_owned())
            .with("reason", error.description().to_owned()),
        code: "invalid_client_metadata_document",
        request_id: origin::request_id(&visit.request),
        way_on: None,
        redirect: None,
    };
    visit.html(StatusCode::BAD_REQUEST, &page)
}

/// The redirect URI is not one of the client's. Its developer is told what was sent and what is registered; anyone else is not.
pub(super) async fn redirect_uri(
    visit: &Visit,
    client: &Client,
    sent: Option<&str>,
) -> Result<HttpResponse, PageError> {
    let live = visit.app.sessions.active(&visit.realm, &visit.secrets, visit.now).await?;
    let is_developer = live.is_some_and(|live| live.user.administrator || client.owner_id == Some(live.user.id));
    let detail = is_developer.then(|| RedirectDetail {
        app_name: client.name().to_owned(),
        sent: sent.map(str::to_owned),
        registered: client.metadata.redirect_uris.clone(),
        edit_url: format!("{}/developer/applications/{}", visit.realm_path(), client.client_id),
    });
    let messages = ("error-redirect-title", "error-redirect-text");
    show(visit, StatusCode::BAD_REQUEST, "invalid_redirect_uri", messages, None, detail)
}

/// A step that cannot be taken any more.
pub(super) fn step(visit: &Visit, found: &Found) -> Result<HttpResponse, PageError> {
    let (code, messages) = match found {
        Found::Done => ("already-done", ("step-done-title", "step-done-text")),
        Found::OtherBrowser => ("other-browser", ("step-browser-title", "step-browser-text")),
        Found::Expired | Found::Waiting(_) => ("expired", ("step-expired-title", "step-expired-text")),
    };
    let way_on = WayOn { url: format!("{}/account", visit.realm_path()), label: Message::new("error-go-account") };
    show(visit, StatusCode::BAD_REQUEST, code, messages, Some(way_on), None)
}

fn show(
    visit: &Visit,
    status: StatusCode,
    code: &'static str,
    (title, explanation): (&'static str, &'static str),
    way_on: Option<WayOn>,
    redirect: Option<RedirectDetail>,
) -> Result<HttpResponse, PageError> {
    let page = ErrorPage {
        page: visit.page("/oauth2/authorize", None),
        title: Message::new(title),
        explanation: Message::new(explanation),
        code,
        request_id: origin::request_id(&visit.request),
        way_on,
        redirect,
    };
    visit.html(status, &page)
}
