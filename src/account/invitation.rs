//! An invitation, by its one-time link (row B9).

use actix_web::HttpResponse;

use crate::secret::Secret;
use crate::users::{self, Acceptance};
use crate::web::errors::PageError;
use crate::web::submitted::Submitted;
use crate::web::visit::{Visit, shown_identifier};

use super::flow::{self, Way};
use super::link;
use super::pages::{InvitationPage, StepOver};
use super::refusal::{Refusal, answered};

/// GET /invitation: shows the page; the link is used up by the form.
pub(super) async fn show(visit: Visit) -> Result<HttpResponse, PageError> {
    let (token, counted) = (link::asked(&visit), link::count(&visit).await?);
    match visit.app.users.invited(visit.realm.id, &token, visit.now).await {
        Ok((user, _)) => {
            link::forgive(&visit, &counted).await;
            render(&visit, &token, user.claims.name.unwrap_or_default(), Refusal::none()).await
        }
        Err(error) => dead_or(&visit, error),
    }
}

/// POST /invitation
pub(super) async fn submit(submitted: Submitted) -> Result<HttpResponse, PageError> {
    let Submitted { visit, fields } = submitted;
    let (token, counted) = (Secret::from(fields.get("token")), link::count(&visit).await?);
    let name = fields.get("name").to_owned();
    let form = Acceptance { name: name.clone(), password: Secret::from(fields.get("new_password")) };
    let (realm, origin) = (visit.realm.id, visit.origin());
    match visit.app.users.accept_invitation(realm, &token, form, &origin, visit.now).await {
        Ok(user) => {
            link::forgive(&visit, &counted).await;
            flow::enter(&visit, Way::Page(None), user.id).await
        }
        Err(error @ users::Error::DeadLink) => dead_or(&visit, error),
        Err(error) => {
            link::forgive(&visit, &counted).await;
            render(&visit, &token, name, Refusal::of(&visit, error)?).await
        }
    }
}

fn dead_or(visit: &Visit, error: users::Error) -> Result<HttpResponse, PageError> {
    match error {
        users::Error::DeadLink => flow::step_over(visit, StepOver::DeadLink),
        error => Err(error.into()),
    }
}

async fn render(visit: &Visit, token: &Secret, name: String, refusal: Refusal) -> Result<HttpResponse, PageError> {
    let identifiers = match visit.app.users.invited(visit.realm.id, token, visit.now).await {
        Ok((_, identifiers)) => identifiers,
        Err(error) => return dead_or(visit, error),
    };
    let page = InvitationPage {
        page: visit.page("/invitation", None),
        token: token.expose().to_owned(),
        email: shown_identifier(&identifiers),
        name,
        password_min: visit.app.config.passwords.min_length,
        errors: refusal.errors,
    };
    Ok(answered(visit.html(refusal.status, &page)?, refusal.wait))
}
