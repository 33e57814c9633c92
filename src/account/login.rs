//! Sign-in with identifier and password.

use actix_web::HttpResponse;

use crate::locale::Message;
use crate::secret::Secret;
use crate::sign_in::password::{Attempt, Outcome};
use crate::sign_in::{self, Next};
use crate::web;
use crate::web::errors::PageError;
use crate::web::form::FormErrors;
use crate::web::origin::limit_subject;
use crate::web::submitted::Submitted;
use crate::web::visit::Visit;

use super::flow::{self, Step, Way};
use super::pages::LoginPage;
use super::refusal::{Refusal, answered};

/// GET /login
pub(super) async fn show(mut visit: Visit) -> Result<HttpResponse, PageError> {
    let way = match flow::asked(&mut visit).await? {
        Step::On(way) => way,
        Step::Over(page) => return Ok(page),
    };
    if let Some(elsewhere) = elsewhere(&visit, &way).await? {
        return Ok(visit.see_other(&elsewhere));
    }
    let mut form = Form::new(visit, way);
    form.identifier = form.way.demand().and_then(|demand| demand.login_hint.clone()).unwrap_or_default();
    form.notice = form.reason().await?;
    form.render(None)
}

/// POST /login
pub(super) async fn submit(submitted: Submitted) -> Result<HttpResponse, PageError> {
    let Submitted { mut visit, fields } = submitted;
    let way = match flow::carried(&mut visit, &fields).await? {
        Step::On(way) => way,
        Step::Over(page) => return Ok(page),
    };
    let mut form = Form::new(visit, way);
    form.identifier = fields.get("identifier").trim().to_owned();
    form.remember = fields.is_ticked("remember");
    let password = Secret::from(fields.get("password"));
    let missing = missing(&form.identifier, &password);
    if !missing.is_empty() {
        return form.render(Some(Refusal::wrong(missing)));
    }
    form.attempt(password).await
}

/// Another page that the way leads over: only where nobody asks for the form itself.
async fn elsewhere(visit: &Visit, way: &Way) -> Result<Option<String>, PageError> {
    if web::query(&visit.request, "step").is_some() {
        return Ok(None);
    }
    let accounts = visit.app.sessions.accounts(&visit.realm, &visit.secrets, visit.now).await?;
    Ok(match (way.demand(), accounts.first()) {
        (Some(demand), _) if demand.sign_up && visit.app.allows_sign_up(&visit.realm) => Some(way.at("/signup", "")),
        (Some(demand), Some(_)) if demand.choose_account => Some(way.at("/account-chooser", "")),
        // Outside an interaction someone who is signed in goes on; within one the application knows why it sent them here.
        (None, Some(active)) => Some(way.onward(active)),
        _ => None,
    })
}

fn missing(identifier: &str, password: &Secret) -> FormErrors {
    let mut errors = FormErrors::none();
    if identifier.is_empty() {
        errors.add("identifier", Message::new("error-identifier-missing"));
    }
    if password.expose().is_empty() {
        errors.add("password", Message::new("error-password-missing"));
    }
    errors
}

/// The page, as it was filled in.
struct Form {
    visit: Visit,
    way: Way,
    identifier: String,
    remember: bool,
    notice: Option<Message>,
}

impl Form {
    const fn new(visit: Visit, way: Way) -> Self {
        Self { visit, way, identifier: String::new(), remember: false, notice: None }
    }

    /// Why someone who is signed in is asked again.
    async fn reason(&self) -> Result<Option<Message>, PageError> {
        let Some(demand) = self.way.demand() else { return Ok(None) };
        let active = self.visit.app.sessions.active(&self.visit.realm, &self.visit.secrets, self.visit.now).await?;
        let again = active.is_some_and(|live| sign_in::next(&live, Some(demand)) == Next::Factor);
        Ok(again.then(|| Message::new("login-again")))
    }

    async fn attempt(self, password: Secret) -> Result<HttpResponse, PageError> {
        let visit = &self.visit;
        let attempt = Attempt {
            identifier: self.identifier.clone(),
            password,
            remember: self.remember,
            origin: visit.origin(),
            limit_subject: limit_subject(&visit.request),
            now: visit.now,
        };
        match visit.app.sign_in.attempt(&visit.realm, &visit.secrets, attempt).await? {
            Outcome::SignedIn(session, secrets) => self.way.go_on(visit, session.id, &secrets).await,
            Outcome::Wrong => self.render(Some(Refusal::general(Message::new("error-login-wrong")))),
            Outcome::Limited { retry_after } => {
                let refusal = Refusal::limited(visit, retry_after);
                self.render(Some(refusal))
            }
            Outcome::Busy { retry_after } => self.render(Some(Refusal::busy(retry_after))),
        }
    }

    fn render(self, refusal: Option<Refusal>) -> Result<HttpResponse, PageError> {
        let Refusal { status, errors, wait } = refusal.unwrap_or_else(Refusal::none);
        let Self { visit, way, identifier, remember, notice } = self;
        let page = visit.page("/login", None);
        let signup_url = visit.app.allows_sign_up(&visit.realm).then(|| page.link(&way.at("/signup", "")));
        let app = way.app();
        let cancel_url = app.as_ref().map(|_| page.link(&format!("/oauth2/authorize/{}/deny", way.interaction())));
        let login = LoginPage {
            interaction: way.interaction().to_owned(),
            next: way.next().to_owned(),
            app,
            identifier,
            remember,
            notice,
            signup_url,
            cancel_url,
            errors,
            page,
        };
        Ok(answered(visit.html(status, &login)?, wait))
    }
}
