//! Inviting someone: the page shows a link that works once, so that no mail server is needed (row B9).

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use crate::protocol::claims::StandardClaims;
use crate::protocol::identifier::IdentifierKind;
use crate::users::{self, Account, Invitation};
use crate::web::errors::PageError;
use crate::web::form::FormErrors;
use crate::web::signed_in::{SignedIn, SignedInForm};
use crate::web::submitted::Fields;
use crate::web::visit::shown_identifier;

use super::pages::{InvitePage, InvitedPage};
use super::users::{by, named};

/// GET /admin/users/invite
pub(super) async fn show(signed_in: SignedIn) -> Result<HttpResponse, PageError> {
    signed_in.require_administrator()?;
    render(&signed_in, None, FormErrors::none()).await
}

/// POST /admin/users/invite
pub(super) async fn submit(form: SignedInForm) -> Result<HttpResponse, PageError> {
    let SignedInForm { signed_in, fields } = form;
    signed_in.require_administrator()?;
    let name = fields.get("name").trim();
    let account = Account {
        identifiers: vec![(IdentifierKind::Email, fields.get("email").to_owned())],
        claims: StandardClaims { name: (!name.is_empty()).then(|| name.to_owned()), ..StandardClaims::default() },
        administrator: fields.is_ticked("administrator"),
        ..Account::default()
    };
    let (visit, lifetime) = (&signed_in.visit, signed_in.visit.app.config.lifetimes.invitation.duration());
    match visit.app.users.invite(visit.realm.id, account, lifetime, &by(&signed_in)).await {
        Ok(invitation) => invited(&signed_in, &invitation).await,
        Err(users::Error::Invalid(faults)) => {
            let mut errors = FormErrors::none();
            for fault in faults {
                errors.add(fault.field, fault.message);
            }
            render(&signed_in, Some(&fields), errors).await
        }
        Err(error) => Err(error.into()),
    }
}

/// POST /admin/users/ID/invite: a new link, which voids the one before.
pub(super) async fn again(form: SignedInForm) -> Result<HttpResponse, PageError> {
    let signed_in = form.signed_in;
    let (user, _) = named(&signed_in).await?;
    let (visit, lifetime) = (&signed_in.visit, signed_in.visit.app.config.lifetimes.invitation.duration());
    match visit.app.users.invite_again(visit.realm.id, user.id, lifetime, &by(&signed_in)).await {
        Ok(invitation) => invited(&signed_in, &invitation).await,
        // Accepted meanwhile: the user's page says so.
        Err(users::Error::NotInvited) => Ok(visit.see_other(&format!("/admin/users/{}", user.id))),
        Err(error) => Err(error.into()),
    }
}

/// The answer to the POST itself: the link is nowhere to be had again.
async fn invited(signed_in: &SignedIn, invitation: &Invitation) -> Result<HttpResponse, PageError> {
    let visit = &signed_in.visit;
    let identifiers = visit.app.db.identifiers(invitation.user.id).await?;
    let page = InvitedPage {
        page: signed_in.page("/admin/users").await?,
        email: shown_identifier(&identifiers),
        link: visit.realm.url(&format!("/invitation?token={}", invitation.token.expose())),
        expires_at: invitation.expires_at,
    };
    visit.html(StatusCode::OK, &page)
}

async fn render(signed_in: &SignedIn, typed: Option<&Fields>, errors: FormErrors) -> Result<HttpResponse, PageError> {
    let typed_in = |name| typed.map_or_else(String::new, |fields| fields.get(name).to_owned());
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = InvitePage {
        page: signed_in.page("/admin/users").await?,
        email: typed_in("email"),
        name: typed_in("name"),
        administrator: typed.is_some_and(|fields| fields.is_ticked("administrator")),
        errors,
    };
    signed_in.visit.html(status, &page)
}
