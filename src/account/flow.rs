//! Where a sign-in leads: back to the application that asked for it, or on to a page of ours.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use uuid::Uuid;

use crate::interaction::{Demand, Found, Interaction};
use crate::protocol::acr::Amr;
use crate::session::{Beginning, Secrets};
use crate::sign_in::{self, Next};
use crate::store::sessions::Live;
use crate::web;
use crate::web::errors::PageError;
use crate::web::signed_in::UPDATE_PASSWORD;
use crate::web::submitted::Fields;
use crate::web::visit::{Visit, local_path};

use super::pages::{AskingApp, StepOver, StepOverPage};

/// Asks for the sign-in form itself, whoever is signed in: to use another account.
pub(super) const OTHER_ACCOUNT: &str = "step=identifier-password";

/// Where it leads.
pub(super) enum Way {
    /// Back to what asked for it, which has this logo by now.
    Interaction(Box<Interaction>, Option<String>),
    /// To the page of ours that was asked for, else to the account.
    Page(Option<String>),
}

/// A way, or why it ends here.
pub(super) enum Step {
    /// It goes on.
    On(Way),
    /// A page that explains itself.
    Over(HttpResponse),
}

/// The way that a page's address names. Its languages are used from here on.
pub(super) async fn asked(visit: &mut Visit) -> Result<Step, PageError> {
    let (interaction, next) = (web::query(&visit.request, "interaction"), web::query(&visit.request, "next"));
    find(visit, &interaction.unwrap_or_default(), &next.unwrap_or_default()).await
}

/// The way that a form carries.
pub(super) async fn carried(visit: &mut Visit, fields: &Fields) -> Result<Step, PageError> {
    find(visit, fields.get("interaction"), fields.get("next")).await
}

async fn find(visit: &mut Visit, interaction: &str, next: &str) -> Result<Step, PageError> {
    if interaction.is_empty() {
        return Ok(Step::On(Way::Page(local_path(next).map(str::to_owned))));
    }
    let found = visit.app.interactions.find(visit.realm.id, Some(&visit.browser), interaction, visit.now).await?;
    let over = match found {
        Found::Waiting(interaction) => {
            visit.prefer_languages(&interaction.demand.ui_locales);
            let logo_url = logo_url(visit, &interaction).await?;
            return Ok(Step::On(Way::Interaction(interaction, logo_url)));
        }
        Found::Done => StepOver::AlreadyDone,
        Found::Expired => StepOver::Expired,
        Found::OtherBrowser => StepOver::OtherBrowser,
    };
    step_over(visit, over).map(Step::Over)
}

/// The logo of who asks. One that has just registered has none yet when it asks, and perhaps one when the page is drawn.
async fn logo_url(visit: &Visit, interaction: &Interaction) -> Result<Option<String>, PageError> {
    let Some(app) = &interaction.demand.app else { return Ok(None) };
    let client = visit.app.db.client(visit.realm.id, &app.client_id).await?;
    Ok(client.and_then(|client| visit.logo_url(&client)))
}

/// The page of a step that cannot be taken, with the way on.
pub(super) fn step_over(visit: &Visit, why: StepOver) -> Result<HttpResponse, PageError> {
    let (status, next) = match why {
        StepOver::AlreadyDone => (StatusCode::CONFLICT, "/account"),
        StepOver::Expired | StepOver::DeadLink => (StatusCode::GONE, "/login"),
        StepOver::OtherBrowser | StepOver::StaleForm => (StatusCode::FORBIDDEN, "/login"),
    };
    let page = visit.page(visit.request.path(), None);
    let next_url = Some(page.link(next));
    visit.html(status, &StepOverPage { page, why, app: None, next_url })
}

impl Way {
    /// The id of the interaction; empty outside one.
    pub(super) fn interaction(&self) -> &str {
        match self {
            Self::Interaction(interaction, _) => &interaction.id,
            Self::Page(_) => "",
        }
    }

    /// The page of ours to go on to; empty where none was asked for.
    pub(super) fn next(&self) -> &str {
        match self {
            Self::Interaction(..) | Self::Page(None) => "",
            Self::Page(Some(next)) => next,
        }
    }

    /// What is demanded of the user.
    pub(super) fn demand(&self) -> Option<&Demand> {
        match self {
            Self::Interaction(interaction, _) => Some(&interaction.demand),
            Self::Page(_) => None,
        }
    }

    /// Who asks, if an application does.
    pub(super) fn app(&self) -> Option<AskingApp> {
        let Self::Interaction(interaction, logo_url) = self else { return None };
        let app = interaction.demand.app.as_ref()?;
        Some(AskingApp {
            name: app.name.clone(),
            logo_url: logo_url.clone(),
            host: app.host.clone(),
            policy_url: app.policy_url.clone(),
            terms_url: app.terms_url.clone(),
        })
    }

    /// The same way from another page of it: `path` below the realm, `extra` further parameters.
    pub(super) fn at(&self, path: &str, extra: &str) -> String {
        let mut query = url::form_urlencoded::Serializer::new(extra.to_owned());
        match self {
            Self::Interaction(interaction, _) => query.append_pair("interaction", &interaction.id),
            Self::Page(Some(next)) => query.append_pair("next", next),
            Self::Page(None) => &mut query,
        };
        match query.finish() {
            query if query.is_empty() => path.to_owned(),
            query => format!("{path}?{query}"),
        }
    }

    /// Where `live` goes on to: the next step that is due, and when none is, what the way leads to.
    pub(super) fn onward(&self, live: &Live) -> String {
        match (sign_in::next(live, self.demand()), self) {
            (Next::Factor, _) => self.at("/login", OTHER_ACCOUNT),
            (Next::UpdatePassword, _) => self.at(UPDATE_PASSWORD, ""),
            (Next::Done, Self::Interaction(interaction, _)) => interaction.demand.return_path.clone(),
            (Next::Done, Self::Page(next)) => next.clone().unwrap_or_else(|| "/account".to_owned()),
        }
    }

    /// Notes the session in which the user goes on, and sends the browser on with its new secrets.
    pub(super) async fn go_on(
        self,
        visit: &Visit,
        session: Uuid,
        secrets: &Secrets,
    ) -> Result<HttpResponse, PageError> {
        let accounts = visit.app.sessions.accounts(&visit.realm, secrets, visit.now).await?;
        // Ended by its owner between two statements: they sign in again.
        let Some(active) = accounts.iter().find(|account| account.session.id == session) else {
            return Ok(visit.see_other(&self.at("/login", "")));
        };
        let onward = self.onward(active);
        if let Self::Interaction(mut interaction, _) = self {
            interaction.chosen = Some(session);
            visit.app.interactions.update(visit.realm.id, &visit.browser, &interaction, visit.now).await?;
        }
        // One cookie holds every account of the browser: it stays as long as one of them is to stay.
        let remember = accounts.iter().any(|account| account.session.remember);
        visit.with_secrets(visit.see_other(&onward), secrets, remember)
    }
}

/// Begins the session of a user who has just set their password, and sends the browser on.
pub(super) async fn enter(visit: &Visit, way: Way, user: Uuid) -> Result<HttpResponse, PageError> {
    let beginning = Beginning {
        user,
        factors: vec![Amr::Password],
        proven: None,
        remember: false,
        origin: visit.origin(),
        now: visit.now,
    };
    match visit.app.sessions.begin(&visit.realm, &visit.secrets, beginning).await? {
        Some((session, secrets)) => way.go_on(visit, session.id, &secrets).await,
        // Shut out between two statements.
        None => Ok(visit.see_other(&way.at("/login", ""))),
    }
}
