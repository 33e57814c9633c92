//! Signing out of this browser, with every account that it holds.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use crate::web::errors::PageError;
use crate::web::sign_out::SignedOut;
use crate::web::submitted::Submitted;
use crate::web::visit::Visit;

use super::flow::OTHER_ACCOUNT;
use super::pages::SignedOutPage;

/// GET /signout: what a browser shows after it signed out; it changes nothing.
pub(super) async fn show(visit: Visit) -> Result<HttpResponse, PageError> {
    if visit.app.sessions.active(&visit.realm, &visit.secrets, visit.now).await?.is_some() {
        return Ok(visit.see_other("/account"));
    }
    visit.html(StatusCode::OK, &page(&visit, Vec::new()))
}

/// POST /signout: half signed-in users may leave, too.
pub(super) async fn submit(submitted: Submitted) -> Result<HttpResponse, PageError> {
    let visit = submitted.visit;
    let accounts = visit.app.sessions.accounts(&visit.realm, &visit.secrets, visit.now).await?;
    answer(&visit, &SignedOut::of(&visit, &accounts.iter().collect::<Vec<_>>()).await?)
}

/// What a browser is shown whose accounts were signed out: at once where applications have to hear of it.
pub(super) fn answer(visit: &Visit, signed_out: &SignedOut) -> Result<HttpResponse, PageError> {
    if signed_out.frames.is_empty() {
        return signed_out.answer(visit, visit.see_other("/signout"));
    }
    signed_out.page(visit, &page(visit, signed_out.frames.clone()))
}

fn page(visit: &Visit, frames: Vec<String>) -> SignedOutPage {
    let page = visit.page("/signout", None);
    let login_url = page.link(&format!("/login?{OTHER_ACCOUNT}"));
    SignedOutPage { page, login_url, frames }
}
