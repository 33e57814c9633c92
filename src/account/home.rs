//! The account's home: the profile.

use actix_web::HttpResponse;

use crate::locale::Message;
use crate::store::events::By;
use crate::web;
use crate::web::errors::PageError;
use crate::web::signed_in::{SignedIn, SignedInForm};
use crate::web::visit::{Visit, shown_identifier};

use super::pages::HomePage;
use super::refusal::{Refusal, answered};

/// GET /: the address that the terminal shows, and the issuer's own.
pub(super) async fn go(visit: Visit) -> HttpResponse {
    visit.see_other("/account")
}

/// GET /account
pub(super) async fn show(signed_in: SignedIn) -> Result<HttpResponse, PageError> {
    let name = signed_in.live.user.claims.name.clone().unwrap_or_default();
    render(&signed_in, name, Refusal::none()).await
}

/// POST /account
pub(super) async fn submit(form: SignedInForm) -> Result<HttpResponse, PageError> {
    let SignedInForm { signed_in, fields } = form;
    let (visit, user) = (&signed_in.visit, signed_in.live.user.id);
    let by = By::user(user, &visit.origin(), visit.now);
    match visit.app.users.set_name(visit.realm.id, user, fields.get("name"), &by).await {
        Ok(_) => Ok(visit.see_other("/account?done=saved")),
        Err(error) => render(&signed_in, fields.get("name").to_owned(), Refusal::of(visit, error)?).await,
    }
}

/// What has just been done, as the page that did it says in the address.
fn notice(signed_in: &SignedIn) -> Option<Message> {
    match web::query(&signed_in.visit.request, "done")?.as_str() {
        "saved" => Some(Message::new("home-saved")),
        "password" => Some(Message::new("home-password-saved")),
        _ => None,
    }
}

async fn render(signed_in: &SignedIn, name: String, refusal: Refusal) -> Result<HttpResponse, PageError> {
    let (visit, user) = (&signed_in.visit, &signed_in.live.user);
    let identifiers = visit.app.db.identifiers(user.id).await?;
    let page = HomePage {
        page: signed_in.page("/account").await?,
        name,
        email: shown_identifier(&identifiers),
        email_verified: identifiers.first().is_some_and(|identifier| identifier.verified_at.is_some()),
        subject: user.sub.clone(),
        created_at: user.created_at,
        password_set_at: visit.app.db.password_set_at(user.realm_id, user.id).await?,
        notice: notice(signed_in),
        errors: refusal.errors,
    };
    Ok(answered(visit.html(refusal.status, &page)?, refusal.wait))
}
