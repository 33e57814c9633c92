//! A visit of someone who is signed in, with nothing due. The only way to be: a pending session opens nothing but its next step.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::{FromRequest, HttpRequest};

use crate::sign_in::{self, Next};
use crate::store::events::Actor;
use crate::store::sessions::Live;

use super::errors::PageError;
use super::page::Page;
use super::submitted::{Fields, Submitted};
use super::visit::Visit;

/// Someone who is signed in.
#[derive(Clone)]
pub struct SignedIn {
    /// The visit.
    pub visit: Visit,
    /// The session and its user.
    pub live: Live,
}

/// A form of someone who is signed in.
#[derive(Clone)]
pub struct SignedInForm {
    /// Who.
    pub signed_in: SignedIn,
    /// The form.
    pub fields: Fields,
}

impl SignedIn {
    /// Refuses who is no administrator. What they may not see does not exist for them.
    ///
    /// # Errors
    /// [`PageError::NotFound`].
    pub fn require_administrator(&self) -> Result<(), PageError> {
        if self.live.user.administrator { Ok(()) } else { Err(PageError::NotFound) }
    }

    /// The user as the one who does something.
    pub const fn actor(&self) -> Actor {
        Actor::User(self.live.user.id)
    }

    /// The shell of the page at `path`, with the user in its header.
    ///
    /// # Errors
    /// The database's.
    pub async fn page(&self, path: &str) -> Result<Page, PageError> {
        Ok(self.visit.page(path, Some(self.visit.account(&self.live.user).await?)))
    }

    async fn of(visit: Visit) -> Result<Self, PageError> {
        let live = visit.app.sessions.active(&visit.realm, &visit.secrets, visit.now).await?;
        let Some(live) = live else { return Err(PageError::SignInFirst(login_address(&visit))) };
        match sign_in::next(&live, None) {
            Next::Done => Ok(Self { visit, live }),
            Next::Factor => Err(PageError::SignInFirst(login_address(&visit))),
            Next::UpdatePassword => Err(PageError::SignInFirst(format!("{}{UPDATE_PASSWORD}", visit.realm_path()))),
        }
    }
}

/// Where a temporary password is changed.
pub const UPDATE_PASSWORD: &str = "/account/password";

impl FromRequest for SignedIn {
    type Error = PageError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, PageError>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { Self::of(Visit::of(&request).await?).await })
    }
}

impl FromRequest for SignedInForm {
    type Error = PageError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, PageError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let submitted = Submitted::from_request(request, payload);
        Box::pin(async move {
            let Submitted { visit, fields } = submitted.await?;
            Ok(Self { signed_in: SignedIn::of(visit).await?, fields })
        })
    }
}

/// The sign-in page, which leads back to a page that was asked for by GET.
fn login_address(visit: &Visit) -> String {
    let login = format!("{}/login", visit.realm_path());
    let path = visit.request.uri().path_and_query().map_or("", |path| path.as_str());
    match path.strip_prefix(&visit.realm_path()) {
        Some(next) if visit.request.method() == Method::GET => {
            let next: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
            format!("{login}?next={next}")
        }
        _ => login,
    }
}

/// A half signed-in user on the page of the step that is due.
///
/// # Errors
/// [`PageError::SignInFirst`] where nobody is signed in at all.
pub async fn with_pending(visit: Visit) -> Result<(Visit, Live), PageError> {
    let live = visit.app.sessions.active(&visit.realm, &visit.secrets, visit.now).await?;
    match live {
        Some(live) => Ok((visit, live)),
        None => Err(PageError::SignInFirst(login_address(&visit))),
    }
}
