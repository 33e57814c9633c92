//! The first administrator, by the one-time link from the terminal.

use actix_web::HttpResponse;

use crate::secret::Secret;
use crate::users::{self, FirstAdministrator};
use crate::web::errors::PageError;
use crate::web::submitted::Submitted;
use crate::web::visit::Visit;

use super::flow::{self, Way};
use super::link;
use super::pages::{SetupPage, StepOver};
use super::refusal::{Refusal, answered};

/// GET /setup: shows the page; the link is used up by the form.
pub(super) async fn show(visit: Visit) -> Result<HttpResponse, PageError> {
    let (token, counted) = (link::asked(&visit), link::count(&visit).await?);
    if !visit.app.users.is_administrator_link(visit.realm.id, &token, visit.now).await? {
        return flow::step_over(&visit, StepOver::DeadLink);
    }
    link::forgive(&visit, &counted).await;
    render(&visit, &token, [String::new(), String::new()], Refusal::none())
}

/// POST /setup
pub(super) async fn submit(submitted: Submitted) -> Result<HttpResponse, PageError> {
    let Submitted { visit, fields } = submitted;
    let (token, counted) = (Secret::from(fields.get("token")), link::count(&visit).await?);
    let typed = [fields.get("email").trim().to_owned(), fields.get("name").to_owned()];
    let [identifier, name] = typed.clone();
    let form = FirstAdministrator { identifier, name, password: Secret::from(fields.get("new_password")) };
    let (realm, origin) = (visit.realm.id, visit.origin());
    let made = visit.app.users.create_first_administrator(realm, &token, form, &origin, visit.now).await;
    if let Err(users::Error::DeadLink) = made {
        return flow::step_over(&visit, StepOver::DeadLink);
    }
    link::forgive(&visit, &counted).await;
    match made {
        Ok(user) => flow::enter(&visit, Way::Page(None), user.id).await,
        Err(error) => render(&visit, &token, typed, Refusal::of(&visit, error)?),
    }
}

fn render(visit: &Visit, token: &Secret, typed: [String; 2], refusal: Refusal) -> Result<HttpResponse, PageError> {
    let [email, name] = typed;
    let page = SetupPage {
        page: visit.page("/setup", None),
        token: token.expose().to_owned(),
        email,
        name,
        password_min: visit.app.config.passwords.min_length,
        errors: refusal.errors,
    };
    Ok(answered(visit.html(refusal.status, &page)?, refusal.wait))
}
