//! A form that one of our own pages sent. Handlers of POST take this, so that none can forget to check where it came from.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};

use super::body::Body;
use super::errors::PageError;
use super::visit::Visit;

/// A form's fields.
#[derive(Clone)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// The first value of a field; empty where it is missing.
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str())
    }

    /// Every value of a field.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Whether a box was ticked.
    pub fn is_ticked(&self, name: &str) -> bool {
        !self.get(name).is_empty()
    }
}

/// Passwords are in forms: they do not show.
impl std::fmt::Debug for Fields {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

/// A form with its visit: it carried the page's token, and came from no other site.
#[derive(Clone)]
pub struct Submitted {
    /// The visit.
    pub visit: Visit,
    /// The form.
    pub fields: Fields,
}

impl FromRequest for Submitted {
    type Error = PageError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, PageError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, body) = (request.clone(), Body::from_request(request, payload));
        Box::pin(async move {
            let visit = Visit::of(&request).await?;
            let body = body.await.map_err(|_| PageError::BadRequest)?;
            let fields = Fields(url::form_urlencoded::parse(&body).into_owned().collect());
            if !visit.accepts(fields.get("csrf")) {
                return Err(PageError::StaleForm);
            }
            Ok(Self { visit, fields })
        })
    }
}
