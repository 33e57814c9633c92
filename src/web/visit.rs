//! One request of a browser for a page: which realm, which browser, in which language; and the answers that pages give.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::{StatusCode, header};
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use askama::Template;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::app::Shared;
use crate::clock::Timestamp;
use crate::interaction::Browser;
use crate::keys::keyring::Purpose;
use crate::locale::Translator;
use crate::protocol::Parameters;
use crate::session::Secrets;
use crate::store::events::Origin;
use crate::store::users::{User, UserIdentifier};

use super::assets;
use super::browser_state::{self, BrowserState};
use super::errors::PageError;
use super::page::{Page, RealmLook, SignedInAccount};
use super::realm::{self, Realm};
use super::{cookies, origin};

/// The longest query that a POST is turned into, in bytes: what every browser carries.
const MAX_QUERY: usize = 16 * 1024;

/// A browser's request for a page. It can be had only under the right host name, and where sign-in is safe.
#[derive(Clone)]
pub struct Visit {
    /// The request.
    pub request: HttpRequest,
    /// What handlers share.
    pub app: Shared,
    /// The realm.
    pub realm: Realm,
    /// The browser, which is new where it brought no cookie.
    pub browser: Browser,
    /// Whether the browser must be given its cookie.
    is_new_browser: bool,
    /// The secrets of its sessions.
    pub secrets: Secrets,
    /// When the request came.
    pub now: Timestamp,
    /// The reader's language.
    pub translator: Translator,
}

impl FromRequest for Visit {
    type Error = PageError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, PageError>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { Self::of(&request).await })
    }
}

impl Visit {
    /// The visit that a request is.
    ///
    /// # Errors
    /// [`PageError::OtherHost`], [`PageError::PlainHttp`], [`PageError::NotFound`], or the database's.
    pub async fn of(request: &HttpRequest) -> Result<Self, PageError> {
        let visit = Self::unchecked(request).await?;
        if visit.realm.other_host {
            return Err(PageError::OtherHost);
        }
        // On plain http anyone on the way could take the session: it is for this machine alone.
        let url = &visit.app.config.server.public_url;
        if !url.is_https() && !url.is_loopback() {
            return Err(PageError::PlainHttp);
        }
        Ok(visit)
    }

    /// As [`Visit::of`], wherever the request came to: for the page that says that it came to the wrong place.
    pub(super) async fn unchecked(request: &HttpRequest) -> Result<Self, PageError> {
        let app = super::app(request).clone();
        let realm = realm::find(request).await?;
        let known = cookies::browser(request, &realm);
        let accept = request.headers().get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        Ok(Self {
            is_new_browser: known.is_none(),
            browser: known.unwrap_or_else(|| Browser::new(&app.random)),
            secrets: cookies::secrets(request, &realm),
            now: app.clock.now(),
            translator: app.locale.negotiate(super::query(request, "ui_locales").as_deref(), accept),
            request: request.clone(),
            realm,
            app,
        })
    }

    /// The same visit of someone whom nothing is known of. A cross-site POST comes without our cookies, so that an answer to it
    /// must not set them: it would take away those that the browser has.
    #[must_use]
    pub fn as_stranger(self) -> Self {
        Self { is_new_browser: false, browser: Browser::new(&self.app.random), secrets: Secrets::default(), ..self }
    }

    /// Reads the pages in the languages that an application asked for, before the browser's own.
    pub fn prefer_languages(&mut self, ui_locales: &[String]) {
        if !ui_locales.is_empty() {
            let accept = self.request.headers().get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
            self.translator = self.app.locale.negotiate(Some(&ui_locales.join(" ")), accept);
        }
    }

    /// Where the request came from, for events.
    pub fn origin(&self) -> Origin {
        origin::origin(&self.request)
    }

    /// The shell of the page at `path`, below the realm.
    pub fn page(&self, path: &str, account: Option<SignedInAccount>) -> Page {
        Page {
            translator: self.translator.clone(),
            now: self.now,
            realm: RealmLook {
                name: self.realm.name.clone(),
                logo_url: None,
                support_url: None,
                privacy_url: None,
                terms_url: None,
            },
            realm_path: self.realm_path(),
            base_path: self.app.config.server.public_url.base_path().to_owned(),
            path: path.to_owned(),
            assets: assets::of(&self.request),
            csrf: self.csrf(),
            account,
        }
    }

    /// The path of the realm below the host.
    pub fn realm_path(&self) -> String {
        let base = self.app.config.server.public_url.base_path();
        if self.realm.host.is_some() || self.realm.slug.is_empty() {
            base.to_owned()
        } else {
            format!("{base}/r/{}", self.realm.slug)
        }
    }

    /// A user as the header shows them.
    ///
    /// # Errors
    /// The database's.
    pub async fn account(&self, user: &User) -> Result<SignedInAccount, PageError> {
        let identifiers = self.app.db.identifiers(user.id).await?;
        Ok(SignedInAccount {
            name: shown_name(user, &identifiers),
            identifier: shown_identifier(&identifiers),
            is_administrator: user.administrator,
            is_developer: user.administrator || self.app.allows_self_service(&self.realm),
        })
    }

    /// A page as the answer.
    ///
    /// # Errors
    /// [`PageError::Fault`] where it cannot be rendered.
    pub fn html(&self, status: StatusCode, page: &impl Template) -> Result<HttpResponse, PageError> {
        let mut response = HttpResponse::build(status);
        response.content_type("text/html; charset=utf-8").insert_header((header::CACHE_CONTROL, "no-store"));
        Ok(self.with_browser(response.body(page.render()?)))
    }

    /// A page of this realm to go on to: after a POST, 303, so that the browser does not send the form again.
    pub fn see_other(&self, path: &str) -> HttpResponse {
        self.redirect(&format!("{}{path}", self.realm_path()))
    }

    /// A POST from another site goes on as a GET of our own with the same parameters; none where they are too long for that.
    pub fn see_other_with(&self, path: &str, parameters: &Parameters) -> Option<HttpResponse> {
        let query = parameters.encode();
        (query.len() <= MAX_QUERY).then(|| self.see_other(&format!("{path}?{query}")))
    }

    /// An address to go on to, which the caller has proven to be right.
    pub fn redirect(&self, location: &str) -> HttpResponse {
        let mut response = HttpResponse::SeeOther();
        response.insert_header((header::LOCATION, location)).insert_header((header::CACHE_CONTROL, "no-store"));
        self.with_browser(response.finish())
    }

    /// The answer, after which the browser holds these sessions, and has another login state where they are others than before.
    ///
    /// # Errors
    /// [`PageError::Fault`] where the cookie cannot be written.
    pub fn with_secrets(
        &self,
        mut response: HttpResponse,
        secrets: &Secrets,
        remember: bool,
    ) -> Result<HttpResponse, PageError> {
        let cookie = cookies::session_cookie(&self.app, &self.realm, secrets, remember);
        response.add_cookie(&cookie).map_err(|error| PageError::Fault(error.to_string()))?;
        if self.app.config.logout.session_management && secrets.to_cookie() != self.secrets.to_cookie() {
            let state = BrowserState::new(&self.app.random);
            return Ok(browser_state::with_state(self, response, &state, remember && !secrets.is_empty()));
        }
        Ok(response)
    }

    fn with_browser(&self, mut response: HttpResponse) -> HttpResponse {
        if self.is_new_browser {
            let cookie = cookies::browser_cookie(&self.app, &self.realm, &self.browser);
            if let Err(error) = response.add_cookie(&cookie) {
                tracing::error!(%error, "the browser cookie could not be written");
            }
        }
        response
    }

    /// The token that this browser's forms send back: no other site can know it, as none can read the cookie.
    fn csrf(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.app.keys.tag(Purpose::Csrf, &self.csrf_parts()))
    }

    /// Whether a form came from one of our own pages in this browser.
    pub(super) fn accepts(&self, csrf: &str) -> bool {
        let Ok(tag) = URL_SAFE_NO_PAD.decode(csrf) else { return false };
        !self.is_new_browser
            && self.is_own_origin()
            && self.app.keys.verify_tag(Purpose::Csrf, &self.csrf_parts(), &tag)
    }

    fn csrf_parts(&self) -> [&[u8]; 2] {
        [self.realm.id.as_bytes(), self.browser.secret().expose().as_bytes()]
    }

    /// Browsers send `Origin` with every POST; where one does not, the token alone decides.
    fn is_own_origin(&self) -> bool {
        let Some(origin) = self.request.headers().get(header::ORIGIN) else { return true };
        let own = url::Url::parse(&self.realm.issuer).map(|issuer| issuer.origin().ascii_serialization());
        own.is_ok_and(|own| origin.as_bytes() == own.as_bytes())
    }
}

/// A person's name, or what they sign in with where no name is known.
pub fn shown_name(user: &User, identifiers: &[UserIdentifier]) -> String {
    user.claims.name.clone().unwrap_or_else(|| shown_identifier(identifiers))
}

/// What a person signs in with.
pub fn shown_identifier(identifiers: &[UserIdentifier]) -> String {
    identifiers.first().map(|identifier| identifier.display.clone()).unwrap_or_default()
}

/// The path of a page of this realm that someone asks to go on to. Everything else is ignored: `//evil`, `/\evil`, `https:evil`.
pub fn local_path(asked: &str) -> Option<&str> {
    let mut bytes = asked.bytes();
    let begins_well = bytes.next() == Some(b'/') && !matches!(bytes.next(), Some(b'/' | b'\\'));
    let plain = asked.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    (begins_well && plain && asked.len() <= 2048).then_some(asked)
}
