//! The headers of every answer, and the page of every failed request: middleware, so that no route can do without.

use actix_web::Error;
use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;

use crate::app::App;

use super::errors::PageError;
use super::failure;
use super::signed_in::UPDATE_PASSWORD;

/// What pages may load: their own styles, scripts and pictures, nothing inline, in no frame. Without `form-action`, as a form of
/// the sign-in flow may end at a client, and Chromium applies it to the redirect.
const FLOW_CSP: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; font-src 'self'; \
                        connect-src 'self'; base-uri 'none'; frame-ancestors 'none'";
/// Consoles post to us alone.
const CONSOLE_CSP: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; font-src 'self'; \
                           connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
/// The frame of OpenID Connect Session Management, which stands in the pages of clients and loads its script.
const FRAMED_CSP: &str = "default-src 'none'; script-src 'self'; base-uri 'none'; frame-ancestors *";
const CONSOLES: [&str; 3] = ["/account", "/developer", "/admin"];

/// Marks an answer that any page may show in a frame.
#[derive(Debug, Clone, Copy)]
pub struct Framable;

/// What a page of the sign-in flow may load that shows these origins in frames.
pub fn flow_with_frames<'a>(origins: impl Iterator<Item = &'a str>) -> String {
    format!("{FLOW_CSP}; frame-src {}", origins.collect::<Vec<_>>().join(" "))
}

/// Adds the headers, and puts a page in the place of a [`PageError`], or of an empty answer that a person would see.
///
/// # Errors
/// Those of the service that are no answers.
pub async fn secure<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, BoxBody>>, Error> {
    let response = next.call(request).await?;
    let failed = response.response().error().is_some_and(|error| error.as_error::<PageError>().is_some())
        || failure::is_wrong_method(response.request(), response.status());
    let mut response = if failed { failure::page(response).await } else { response.map_into_left_body() };
    let is_html = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|content_type| content_type.as_bytes().starts_with(b"text/html"));
    let app = super::app(response.request());
    let public = &app.config.server.public_url;
    // This machine's name is every developer's: it would be https alone for whatever else they run on it.
    let strictly_https = public.is_https() && !public.is_loopback();
    let page = is_html.then(|| kind(app, &response));
    add(response.headers_mut(), page, strictly_https);
    Ok(response)
}

/// The kinds of page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Page {
    Flow,
    Console,
    Framable,
}

fn kind<B>(app: &App, response: &ServiceResponse<B>) -> Page {
    if response.response().extensions().contains::<Framable>() {
        Page::Framable
    } else if is_console(app, response.request().path()) {
        Page::Console
    } else {
        Page::Flow
    }
}

fn add(headers: &mut HeaderMap, page: Option<Page>, strictly_https: bool) {
    set(headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    if strictly_https {
        set(headers, header::STRICT_TRANSPORT_SECURITY, "max-age=63072000; includeSubDomains");
    }
    let Some(page) = page else { return };
    let policy = match page {
        Page::Flow => FLOW_CSP,
        Page::Console => CONSOLE_CSP,
        Page::Framable => FRAMED_CSP,
    };
    set(headers, header::CONTENT_SECURITY_POLICY, policy);
    if page != Page::Framable {
        set(headers, header::X_FRAME_OPTIONS, "DENY");
    }
    // Not `no-referrer`: browsers then send `Origin: null` with our own forms (Fetch, "append a request Origin header").
    set(headers, header::REFERRER_POLICY, "same-origin");
    set(headers, HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()");
    if page == Page::Console {
        // Not on the sign-in flow: it would cut `window.opener` and break clients that sign in in a pop-up.
        set(headers, HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    }
}

/// A header that the answer does not have already.
fn set(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    if !headers.contains_key(&name) {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

fn is_console(app: &App, path: &str) -> bool {
    let below_base = path.strip_prefix(app.config.server.public_url.base_path()).unwrap_or(path);
    let below_realm = below_base
        .strip_prefix("/r/")
        .and_then(|rest| rest.find('/').map(|slash| &rest[slash..]))
        .unwrap_or(below_base);
    let is_below =
        |console: &str| below_realm.strip_prefix(console).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    // The step of a temporary password is one of the sign-in flow, and may end at a client.
    CONSOLES.into_iter().any(is_below) && below_realm != UPDATE_PASSWORD
}
