//! Signing out of this browser, with every account that it holds.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use crate::session::Secrets;
use crate::store::events::Actor;
use crate::web::errors::PageError;
use crate::web::submitted::Submitted;
use crate::web::visit::Visit;

use super::flow::OTHER_ACCOUNT;
use super::pages::SignedOutPage;

/// GET /signout: what a browser shows after it signed out; it changes nothing.
pub(super) async fn show(visit: Visit) -> Result<HttpResponse, PageError> {
    if visit.app.sessions.active(&visit.realm, &visit.secrets, visit.now).await?.is_some() {
        return Ok(visit.see_other("/account"));
    }
    let page = visit.page("/signout", None);
    let login_url = page.link(&format!("/login?{OTHER_ACCOUNT}"));
    visit.html(StatusCode::OK, &SignedOutPage { page, login_url })
}

/// POST /signout: half signed-in users may leave, too.
pub(super) async fn submit(submitted: Submitted) -> Result<HttpResponse, PageError> {
    let visit = submitted.visit;
    for account in visit.app.sessions.accounts(&visit.realm, &visit.secrets, visit.now).await? {
        let (user, session, origin) = (account.user.id, account.session.id, visit.origin());
        visit.app.sessions.end(&visit.realm, user, session, Actor::User(user), &origin, visit.now).await?;
    }
    visit.with_secrets(visit.see_other("/signout"), &Secrets::default(), false)
}
