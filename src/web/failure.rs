//! The page of a request that failed.

use std::time::Duration;

use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::ServiceResponse;
use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, ResponseError as _};

use crate::locale::Message;

use super::error_page::{ErrorPage, OtherHostPage, WayOn};
use super::errors::PageError;
use super::visit::Visit;
use super::{origin, realm};

/// The same answer with a page that people can read; the cause goes to the log, once.
pub(super) async fn page<B: MessageBody + 'static>(
    response: ServiceResponse<B>,
) -> ServiceResponse<EitherBody<B, BoxBody>> {
    let (request, plain) = response.into_parts();
    let page = match plain.error().and_then(|error| error.as_error::<PageError>()) {
        Some(error) => {
            log(&request, error);
            rendered(&request, error).await
        }
        None if is_wrong_method(&request, plain.status()) => rendered(&request, &PageError::MethodNotAllowed).await,
        None => None,
    };
    let response = match page {
        Some(mut page) => {
            if let Some(allowed) = plain.headers().get(header::ALLOW) {
                page.headers_mut().insert(header::ALLOW, allowed.clone());
            }
            page.map_into_right_body()
        }
        None => plain.map_into_left_body(),
    };
    ServiceResponse::new(request, response)
}

/// Whether this answer, which the routes give by themselves, is for a person: they would see an empty page.
pub(super) fn is_wrong_method(request: &HttpRequest, status: StatusCode) -> bool {
    let accepts = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok());
    status == StatusCode::METHOD_NOT_ALLOWED && accepts.is_some_and(|accepts| accepts.contains("text/html"))
}

fn log(request: &HttpRequest, error: &PageError) {
    let (request_id, path) = (origin::request_id(request), request.path());
    match error {
        PageError::Fault(_) => tracing::error!(%error, request_id, path, "a page failed"),
        PageError::Unavailable(_) => tracing::warn!(%error, request_id, path, "a page could not be shown"),
        _ => tracing::debug!(%error, request_id, path, "a page was refused"),
    }
}

async fn rendered(request: &HttpRequest, error: &PageError) -> Option<HttpResponse> {
    if let PageError::SignInFirst(location) = error {
        return Visit::of(request).await.ok().map(|visit| visit.redirect(location));
    }
    let visit = Visit::unchecked(request).await.ok()?;
    let request_id = origin::request_id(request);
    let page = visit.page(request.path(), None);
    let html = if matches!(error, PageError::OtherHost) {
        let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
        let base = visit.app.config.server.public_url.base_path();
        let below = path.strip_prefix(base).unwrap_or(path);
        let below = below.strip_prefix(&format!("/r/{}", visit.realm.slug)).unwrap_or(below);
        let page = OtherHostPage {
            asked_url: format!("http://{}{path}", realm::host(request)),
            right_url: visit.realm.url(below),
            setting: "server.public_url",
            code: error.code(),
            request_id,
            page,
        };
        visit.html(error.status(), &page)
    } else {
        let way_on = WayOn { url: format!("{}/account", visit.realm_path()), label: Message::new("error-go-account") };
        let (title, explanation) = messages(error);
        let wait = Duration::from_secs(error.retry_after().unwrap_or_default());
        let page = ErrorPage {
            title: Message::new(title),
            explanation: Message::new(explanation).with("wait", visit.translator.duration(wait)),
            code: error.code(),
            request_id,
            way_on: Some(way_on),
            redirect: None,
            page,
        };
        visit.html(error.status(), &page)
    };
    let mut response = html.ok()?;
    if let Some(seconds) = error.retry_after() {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    debug_assert_eq!(response.status(), error.status_code());
    Some(response)
}

/// The ids of an error's title and of its explanation.
const fn messages(error: &PageError) -> (&'static str, &'static str) {
    match error {
        PageError::NotFound | PageError::MethodNotAllowed => ("error-not-found-title", "error-not-found-text"),
        PageError::Forbidden => ("error-forbidden-title", "error-forbidden-text"),
        PageError::StaleForm => ("step-form-title", "step-form-text"),
        PageError::BadRequest => ("error-request-title", "error-request-text"),
        PageError::Limited { .. } => ("error-too-many-title", "error-too-many-text"),
        PageError::PlainHttp => ("error-plain-http-title", "error-plain-http-text"),
        PageError::Unavailable(_) => ("error-busy-title", "error-busy-text"),
        PageError::OtherHost | PageError::SignInFirst(_) | PageError::Fault(_) => {
            ("error-server-title", "error-server-text")
        }
    }
}
