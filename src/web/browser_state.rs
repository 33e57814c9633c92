//! The login state of a browser, as scripts of ours may read it (OpenID Connect Session Management §3.2, §4.2): random, no secret, and
//! another one whenever its accounts change.

use actix_web::{HttpRequest, HttpResponse};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::random::Random;
use crate::secret::sha256;
use crate::store::realms::Realm;

use super::cookies;
use super::visit::Visit;

/// The state of a browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrowserState(String);

impl BrowserState {
    /// A new one: 128 random bits.
    pub fn new(random: &Random) -> Self {
        Self(random.text::<16>())
    }

    /// The one that the browser brought.
    pub fn of(request: &HttpRequest, realm: &Realm) -> Option<Self> {
        let value = cookies::state(request, realm)?;
        let sound =
            value.len() == 22 && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        sound.then_some(Self(value))
    }

    /// The cookie's value.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What tells a client whether this still is the state (§4.2): a hash of it with the client, the client's origin and a salt. The
    /// script of our frame computes the same.
    pub fn session_state(&self, client_id: &str, origin: &str, salt: &str) -> String {
        let hash = sha256(format!("{client_id} {origin} {} {salt}", self.0).as_bytes());
        format!("{}.{salt}", URL_SAFE_NO_PAD.encode(hash))
    }
}

/// The `session_state` of an answer to `redirect_uri`, and the answer's cookie where the browser brought none. None where session
/// management is off, or the client lives at no web origin.
pub fn for_client(visit: &Visit, client_id: &str, redirect_uri: &str) -> Option<(String, Option<BrowserState>)> {
    if !visit.app.config.logout.session_management {
        return None;
    }
    let origin = url::Url::parse(redirect_uri).ok()?.origin();
    if !origin.is_tuple() {
        return None;
    }
    let known = BrowserState::of(&visit.request, &visit.realm);
    let new = known.is_none().then(|| BrowserState::new(&visit.app.random));
    let state = known.as_ref().or(new.as_ref())?;
    let salt = visit.app.random.text::<12>();
    Some((state.session_state(client_id, &origin.ascii_serialization(), &salt), new))
}

/// The answer, which gives the browser this state.
pub fn with_state(visit: &Visit, mut response: HttpResponse, state: &BrowserState, remember: bool) -> HttpResponse {
    let cookie = cookies::state_cookie(&visit.app, &visit.realm, state, remember);
    if let Err(error) = response.add_cookie(&cookie) {
        tracing::error!(%error, "the cookie of the browser's state could not be written");
    }
    response
}
