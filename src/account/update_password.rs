//! A new password: in place of a temporary one, as a step of the sign-in, or because its owner wants one.

use actix_web::HttpResponse;

use crate::protocol::acr::Amr;
use crate::secret::Secret;
use crate::store::events::By;
use crate::store::sessions::Live;
use crate::users::{self, PasswordChange};
use crate::web::errors::PageError;
use crate::web::signed_in::{UPDATE_PASSWORD, with_pending};
use crate::web::submitted::{Fields, Submitted};
use crate::web::visit::Visit;

use super::flow::{self, Step, Way};
use super::pages::UpdatePasswordPage;
use super::refusal::{Refusal, answered};

/// GET /account/password
pub(super) async fn show(mut visit: Visit) -> Result<HttpResponse, PageError> {
    match flow::asked(&mut visit).await? {
        Step::On(way) => {
            let (visit, live) = with_pending(visit).await?;
            render(&visit, &way, &live, Refusal::none()).await
        }
        Step::Over(page) => Ok(page),
    }
}

/// POST /account/password
pub(super) async fn submit(submitted: Submitted) -> Result<HttpResponse, PageError> {
    let Submitted { mut visit, fields } = submitted;
    let way = match flow::carried(&mut visit, &fields).await? {
        Step::On(way) => way,
        Step::Over(page) => return Ok(page),
    };
    let (visit, live) = with_pending(visit).await?;
    let (change, by) = (change(&live, &fields), By::user(live.user.id, &visit.origin(), visit.now));
    match visit.app.users.change_password(visit.realm.id, live.user.id, change, &by).await {
        Ok(()) => {}
        Err(users::Error::SignedOut) => return Ok(visit.see_other(&way.at("/login", ""))),
        Err(error) => return render(&visit, &way, &live, Refusal::of(&visit, error)?).await,
    }
    let session = live.session.id;
    let raised = visit.app.sessions.raise(&visit.realm, &visit.secrets, session, &[Amr::Password], visit.now).await?;
    let Some(secrets) = raised else { return Ok(visit.see_other(&way.at("/login", ""))) };
    let way = match way {
        Way::Page(None) if !live.password_due => Way::Page(Some("/account?done=password".to_owned())),
        way => way,
    };
    way.go_on(&visit, session, &secrets).await
}

fn change(live: &Live, fields: &Fields) -> PasswordChange {
    PasswordChange {
        current: (!live.password_due).then(|| Secret::from(fields.get("password"))),
        new: Secret::from(fields.get("new_password")),
        session: live.session.id,
        // Others may know a temporary password: with the change their half sessions would become whole.
        end_others: live.password_due || fields.is_ticked("end_others"),
    }
}

async fn render(visit: &Visit, way: &Way, live: &Live, refusal: Refusal) -> Result<HttpResponse, PageError> {
    let page = UpdatePasswordPage {
        page: visit.page(UPDATE_PASSWORD, None),
        interaction: way.interaction().to_owned(),
        next: way.next().to_owned(),
        app: way.app(),
        identifier: visit.account(&live.user).await?.identifier,
        is_temporary: live.password_due,
        password_min: visit.app.config.passwords.min_length,
        errors: refusal.errors,
    };
    Ok(answered(visit.html(refusal.status, &page)?, refusal.wait))
}
