//! The two cookies of a realm: `browser`, which binds interactions and is never proof of sign-in, and `session`.

use actix_web::HttpRequest;
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};

use crate::app::App;
use crate::interaction::Browser;
use crate::session::Secrets;
use crate::store::realms::Realm;

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
        let seconds = app.config.lifetimes.session_absolute.as_seconds();
        cookie.set_max_age(Duration::seconds(i64::try_from(seconds).unwrap_or(i64::MAX)));
    }
    cookie
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
