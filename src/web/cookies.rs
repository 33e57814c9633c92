//! The cookies of a realm: `browser`, which binds interactions and is never proof of sign-in, `session`, and `state`, which scripts
//! of ours may read and which proves nothing.

use actix_web::HttpRequest;
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};

use crate::app::App;
use crate::interaction::Browser;
use crate::session::Secrets;
use crate::store::realms::Realm;

use super::browser_state::BrowserState;

/// The browser cookie lives as long as browsers allow.
const BROWSER_DAYS: i64 = 400;

/// The browser that the request comes from, if it was here before.
pub fn browser(request: &HttpRequest, realm: &Realm) -> Option<Browser> {
    let cookie = request.cookie(&name(super::app(request), realm, "browser"))?;
    Browser::from_cookie(cookie.value())
}

/// The secrets of the browser's sessions.
pub fn secrets(request: &HttpRequest, realm: &Realm) -> Secrets {
    let cookie = request.cookie(&name(super::app(request), realm, "session"));
    cookie.map(|cookie| Secrets::from_cookie(cookie.value())).unwrap_or_default()
}

/// Sets the browser cookie.
pub fn browser_cookie(app: &App, realm: &Realm, browser: &Browser) -> Cookie<'static> {
    let mut cookie = cookie(app, name(app, realm, "browser"), browser.secret().expose().to_owned());
    cookie.set_max_age(Duration::days(BROWSER_DAYS));
    cookie
}

/// Sets the session cookie, or removes it where no session is left. It stays beyond the browser's end where `remember` says so.
pub fn session_cookie(app: &App, realm: &Realm, secrets: &Secrets, remember: bool) -> Cookie<'static> {
    let mut cookie = cookie(app, name(app, realm, "session"), secrets.to_cookie());
    if secrets.is_empty() {
        cookie.make_removal();
    } else if remember {
        cookie.set_max_age(session_lifetime(app));
    }
    cookie
}

/// The login state that the browser brought.
pub(super) fn state(request: &HttpRequest, realm: &Realm) -> Option<String> {
    request.cookie(&state_name(super::app(request), realm)).map(|cookie| cookie.value().to_owned())
}

/// The name of the cookie with the login state.
pub fn state_name(app: &App, realm: &Realm) -> String {
    name(app, realm, "state")
}

/// Sets the login state. On https it is there in the frames of other sites, too: that is what it is for. On http, which is for this
/// machine alone, browsers would refuse that.
pub(super) fn state_cookie(app: &App, realm: &Realm, state: &BrowserState, remember: bool) -> Cookie<'static> {
    let mut cookie = cookie(app, state_name(app, realm), state.as_str().to_owned());
    cookie.set_http_only(false);
    if app.config.server.public_url.is_https() {
        cookie.set_same_site(SameSite::None);
    }
    if remember {
        cookie.set_max_age(session_lifetime(app));
    }
    cookie
}

fn session_lifetime(app: &App) -> Duration {
    let seconds = app.config.lifetimes.session_absolute.as_seconds();
    Duration::seconds(i64::try_from(seconds).unwrap_or(i64::MAX))
}

fn cookie(app: &App, name: String, value: String) -> Cookie<'static> {
    let secure = app.config.server.public_url.is_https();
    Cookie::build(name, value).path("/").http_only(true).secure(secure).same_site(SameSite::Lax).finish()
}

/// On https with the prefix that keeps subdomains and plain http from setting it; on http, which is for this machine alone,
/// without, as several browsers drop it there.
fn name(app: &App, realm: &Realm, base: &str) -> String {
    let prefix = if app.config.server.public_url.is_https() { "__Host-" } else { "" };
    format!("{prefix}tessera_{base}_{}", realm.short_id())
}
