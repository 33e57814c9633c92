//! The choice among the accounts that are signed in in this browser, and no others.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use crate::store::sessions::Live;
use crate::web::errors::PageError;
use crate::web::submitted::Submitted;
use crate::web::visit::Visit;

use super::flow::{self, OTHER_ACCOUNT, Step, Way};
use super::pages::{ChooserPage, KnownAccount};

/// GET /account-chooser
pub(super) async fn show(mut visit: Visit) -> Result<HttpResponse, PageError> {
    let way = match flow::asked(&mut visit).await? {
        Step::On(way) => way,
        Step::Over(page) => return Ok(page),
    };
    let accounts = accounts(&visit).await?;
    if accounts.is_empty() {
        return Ok(visit.see_other(&way.at("/login", OTHER_ACCOUNT)));
    }
    render(&visit, &way, &accounts).await
}

/// POST /account-chooser
pub(super) async fn submit(submitted: Submitted) -> Result<HttpResponse, PageError> {
    let Submitted { mut visit, fields } = submitted;
    let way = match flow::carried(&mut visit, &fields).await? {
        Step::On(way) => way,
        Step::Over(page) => return Ok(page),
    };
    let accounts = accounts(&visit).await?;
    let chosen = accounts.iter().find(|account| account.user.sub == fields.get("account"));
    // Signed out meanwhile, or never here: the page shows who is left.
    let Some(chosen) = chosen.map(|account| account.session.id) else {
        return Ok(visit.see_other(&way.at("/account-chooser", "")));
    };
    match visit.app.sessions.activate(&visit.realm, &visit.secrets, chosen, visit.now).await? {
        Some(secrets) => way.go_on(&visit, chosen, &secrets).await,
        None => Ok(visit.see_other(&way.at("/account-chooser", ""))),
    }
}

async fn accounts(visit: &Visit) -> Result<Vec<Live>, PageError> {
    Ok(visit.app.sessions.accounts(&visit.realm, &visit.secrets, visit.now).await?)
}

async fn render(visit: &Visit, way: &Way, accounts: &[Live]) -> Result<HttpResponse, PageError> {
    let mut known = Vec::with_capacity(accounts.len());
    for (place, live) in accounts.iter().enumerate() {
        let account = visit.account(&live.user).await?;
        known.push(KnownAccount {
            handle: live.user.sub.clone(),
            name: account.name,
            identifier: account.identifier,
            is_active: place == 0,
        });
    }
    let page = visit.page("/account-chooser", None);
    let chooser = ChooserPage {
        interaction: way.interaction().to_owned(),
        next: way.next().to_owned(),
        app: way.app(),
        accounts: known,
        other_url: page.link(&way.at("/login", OTHER_ACCOUNT)),
        page,
    };
    visit.html(StatusCode::OK, &chooser)
}
