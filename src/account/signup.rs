//! Sign-up: a stranger makes an account, where the realm lets them.

use actix_web::HttpResponse;

use crate::ephemeral::limits::{Action, Limited};
use crate::secret::Secret;
use crate::store::events::By;
use crate::store::users::User;
use crate::users::{self, SignUp};
use crate::web::errors::PageError;
use crate::web::origin::limit_subject;
use crate::web::submitted::Submitted;
use crate::web::visit::Visit;

use super::flow::{self, OTHER_ACCOUNT, Step, Way};
use super::pages::SignupPage;
use super::refusal::{Refusal, answered};

/// GET /signup
pub(super) async fn show(mut visit: Visit) -> Result<HttpResponse, PageError> {
    require_open(&visit)?;
    match flow::asked(&mut visit).await? {
        Step::On(way) => {
            let email = way.demand().and_then(|demand| demand.login_hint.clone()).unwrap_or_default();
            render(&visit, &way, (email, String::new()), Refusal::none())
        }
        Step::Over(page) => Ok(page),
    }
}

/// POST /signup
pub(super) async fn submit(submitted: Submitted) -> Result<HttpResponse, PageError> {
    let Submitted { mut visit, fields } = submitted;
    require_open(&visit)?;
    let way = match flow::carried(&mut visit, &fields).await? {
        Step::On(way) => way,
        Step::Over(page) => return Ok(page),
    };
    let typed = (fields.get("email").trim().to_owned(), fields.get("name").to_owned());
    let password = Secret::from(fields.get("new_password"));
    let form = SignUp { email: typed.0.clone(), name: typed.1.clone(), password };
    match sign_up(&visit, form).await? {
        Ok(user) => flow::enter(&visit, way, user.id).await,
        Err(refusal) => render(&visit, &way, typed, refusal),
    }
}

/// Where sign-up is closed the page does not exist.
fn require_open(visit: &Visit) -> Result<(), PageError> {
    if visit.app.allows_sign_up(&visit.realm) { Ok(()) } else { Err(PageError::NotFound) }
}

/// Counts accounts made and addresses tried that are taken, by address; slips of the pen are free.
async fn sign_up(visit: &Visit, form: SignUp) -> Result<Result<User, Refusal>, PageError> {
    let (app, realm, now) = (&visit.app, visit.realm.id, visit.now);
    let subject = limit_subject(&visit.request);
    let counted = app.limiter.count(realm, Action::SignUp, &subject, app.config.limits.sign_up, now).await;
    let counted = match counted {
        Ok(counted) => counted,
        Err(Limited { retry_after }) => return Ok(Err(Refusal::limited(visit, retry_after))),
    };
    let error = match app.users.sign_up(realm, form, &By::anonymous(&visit.origin(), now)).await {
        Ok(user) => return Ok(Ok(user)),
        Err(error) => error,
    };
    if !tells_of_others(&error) {
        app.limiter.forgive(&counted, now).await;
    }
    Refusal::of(visit, error).map(Err)
}

/// Whether the refusal says that an account exists.
fn tells_of_others(error: &users::Error) -> bool {
    let users::Error::Invalid(faults) = error else { return false };
    faults.iter().any(|fault| fault.message.id() == "error-identifier-taken")
}

fn render(visit: &Visit, way: &Way, typed: (String, String), refusal: Refusal) -> Result<HttpResponse, PageError> {
    let page = visit.page("/signup", None);
    let (email, name) = typed;
    let signup = SignupPage {
        interaction: way.interaction().to_owned(),
        next: way.next().to_owned(),
        app: way.app(),
        email,
        name,
        password_min: visit.app.config.passwords.min_length,
        login_url: page.link(&way.at("/login", OTHER_ACCOUNT)),
        errors: refusal.errors,
        page,
    };
    Ok(answered(visit.html(refusal.status, &signup)?, refusal.wait))
}
