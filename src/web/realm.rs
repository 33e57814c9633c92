//! Which realm a request is for: by its path, else by its host name.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest};

use crate::app::App;
use crate::store::realms;

use super::errors::{PageError, ProtocolError};

/// The request's realm.
#[derive(Debug, Clone)]
pub struct Realm {
    /// The realm itself.
    pub realm: Arc<realms::Realm>,
    /// Whether the request came under a host name that is neither the public URL's nor a realm's: machines are answered as on
    /// the public URL, pages are not.
    pub other_host: bool,
}

impl std::ops::Deref for Realm {
    type Target = realms::Realm;

    fn deref(&self) -> &realms::Realm {
        &self.realm
    }
}

/// For the endpoints that machines call: where the database is away they are told as machines are.
impl FromRequest for Realm {
    type Error = actix_web::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Self::Error>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            find(&request).await.map_err(|error| match error {
                PageError::NotFound => error.into(),
                error => ProtocolError::from(error).into(),
            })
        })
    }
}

/// The realm of `request`.
///
/// # Errors
/// [`PageError::NotFound`] where there is no realm of that name.
pub async fn find(request: &HttpRequest) -> Result<Realm, PageError> {
    let app = super::app(request);
    if let Some(slug) = request.match_info().get("realm") {
        let realm = app.db.realm_by_slug(slug).await?.filter(|realm| !realm.slug.is_empty());
        let realm = realm.ok_or(PageError::NotFound)?;
        // The pages of a realm with a host name are there alone: every address on them leads there.
        let other_host = realm.host.is_some() || !is_public_host(app, host(request));
        return Ok(Realm { realm, other_host });
    }
    let host = host(request);
    let is_public = is_public_host(app, host);
    if !is_public && let Some(realm) = app.db.realm_by_host(without_port(host)).await? {
        return Ok(Realm { realm, other_host: false });
    }
    let realm = app.db.default_realm().await?.ok_or(PageError::NotFound)?;
    Ok(Realm { realm, other_host: !is_public })
}

/// The host and port that the browser names: the header of HTTP/1.1, which the authority of HTTP/2 becomes. Never a forwarded one.
pub fn host(request: &HttpRequest) -> &str {
    let header = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    header.or_else(|| request.uri().authority().map(actix_web::http::uri::Authority::as_str)).unwrap_or_default()
}

fn is_public_host(app: &App, host: &str) -> bool {
    let url = app.config.server.public_url.url();
    let Some(name) = url.host_str() else { return false };
    if !without_port(host).eq_ignore_ascii_case(name) {
        return false;
    }
    let port = host[without_port(host).len()..].strip_prefix(':').and_then(|port| port.parse().ok());
    port.or_else(|| url.port_or_known_default().filter(|_| url.port().is_none())) == url.port_or_known_default()
}

/// A host without its port; an IPv6 address keeps its brackets.
fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) && !name.is_empty() => name,
        _ => host,
    }
}
