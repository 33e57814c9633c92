//! The users: list, one of them, shut out and let in.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use uuid::Uuid;

use crate::locale::Message;
use crate::store::events::By;
use crate::store::users::{Status, User, UserIdentifier};
use crate::users;
use crate::web;
use crate::web::errors::PageError;
use crate::web::signed_in::{SignedIn, SignedInForm};
use crate::web::visit::{shown_identifier, shown_name};

use super::pages::{UserPage, UserRow, UserState, UserStatePage, UsersPage};

/// Users on one page of the list.
const PAGE: u32 = 25;

/// GET /admin/users
pub(super) async fn list(signed_in: SignedIn) -> Result<HttpResponse, PageError> {
    signed_in.require_administrator()?;
    let visit = &signed_in.visit;
    let search = searched(&web::query(&visit.request, "search").unwrap_or_default());
    let after = web::query(&visit.request, "after").and_then(|cursor| cursor.parse().ok());
    let wanted = (!search.is_empty()).then_some(search.as_str());
    let found = visit.app.users.list(visit.realm.id, wanted, after, PAGE).await?;
    let mut users = Vec::with_capacity(found.users.len());
    for (user, identifiers) in &found.users {
        users.push(row(&signed_in, user, identifiers).await?);
    }
    let page = UsersPage {
        page: signed_in.page("/admin/users").await?,
        search,
        users,
        next_cursor: found.next.map(|next| next.to_string()),
        is_later_page: after.is_some(),
        notice: None,
    };
    visit.html(StatusCode::OK, &page)
}

/// What is looked for. No identifier holds a control character, and PostgreSQL takes no NUL.
fn searched(typed: &str) -> String {
    typed.replace(char::is_control, " ").trim().to_owned()
}

/// GET /admin/users/ID
pub(super) async fn show(signed_in: SignedIn) -> Result<HttpResponse, PageError> {
    let (user, identifiers) = named(&signed_in).await?;
    let (visit, db) = (&signed_in.visit, &signed_in.visit.app.db);
    let sessions = db.sessions_of(user.realm_id, user.id, visit.now).await?;
    let page = UserPage {
        page: signed_in.page("/admin/users").await?,
        email_verified: identifiers.first().is_some_and(|identifier| identifier.verified_at.is_some()),
        subject: user.sub.clone(),
        created_at: user.created_at,
        sessions: sessions.len() as u64,
        connected_apps: db.grants_of(user.realm_id, user.id).await?.len() as u64,
        is_self: user.id == signed_in.live.user.id,
        notice: notice(&signed_in, &user, &identifiers),
        user: row(&signed_in, &user, &identifiers).await?,
    };
    visit.html(StatusCode::OK, &page)
}

/// GET /admin/users/ID/disable
pub(super) async fn ask_disable(signed_in: SignedIn) -> Result<HttpResponse, PageError> {
    ask(&signed_in, true).await
}

/// GET /admin/users/ID/enable
pub(super) async fn ask_enable(signed_in: SignedIn) -> Result<HttpResponse, PageError> {
    ask(&signed_in, false).await
}

async fn ask(signed_in: &SignedIn, disable: bool) -> Result<HttpResponse, PageError> {
    let (user, identifiers) = named(signed_in).await?;
    let page = UserStatePage {
        page: signed_in.page("/admin/users").await?,
        user: row(signed_in, &user, &identifiers).await?,
        disable,
    };
    signed_in.visit.html(StatusCode::OK, &page)
}

/// POST /admin/users/ID/disable
pub(super) async fn disable(form: SignedInForm) -> Result<HttpResponse, PageError> {
    let (user, _) = named(&form.signed_in).await?;
    let visit = &form.signed_in.visit;
    match visit.app.users.disable(visit.realm.id, user.id, &by(&form.signed_in)).await {
        Err(users::Error::Oneself) => Err(PageError::Forbidden),
        outcome => {
            outcome?;
            Ok(visit.see_other(&format!("/admin/users/{}?done=disabled", user.id)))
        }
    }
}

/// POST /admin/users/ID/enable
pub(super) async fn enable(form: SignedInForm) -> Result<HttpResponse, PageError> {
    let (user, _) = named(&form.signed_in).await?;
    let visit = &form.signed_in.visit;
    visit.app.users.enable(visit.realm.id, user.id, &by(&form.signed_in)).await?;
    Ok(visit.see_other(&format!("/admin/users/{}?done=enabled", user.id)))
}

/// POST /admin/users/ID/sign-out
pub(super) async fn sign_out(form: SignedInForm) -> Result<HttpResponse, PageError> {
    let (user, _) = named(&form.signed_in).await?;
    let visit = &form.signed_in.visit;
    visit.app.users.sign_out(visit.realm.id, user.id, &by(&form.signed_in)).await?;
    Ok(visit.see_other(&format!("/admin/users/{}?done=signed-out", user.id)))
}

/// Who does it.
pub(super) fn by(signed_in: &SignedIn) -> By {
    By::user(signed_in.live.user.id, &signed_in.visit.origin(), signed_in.visit.now)
}

/// The user whom the address names, in this realm, for its administrator.
pub(super) async fn named(signed_in: &SignedIn) -> Result<(User, Vec<UserIdentifier>), PageError> {
    signed_in.require_administrator()?;
    let visit = &signed_in.visit;
    let id = id(&visit.request).ok_or(PageError::NotFound)?;
    Ok(visit.app.users.show(visit.realm.id, id).await?)
}

fn id(request: &HttpRequest) -> Option<Uuid> {
    request.match_info().get("user")?.parse().ok()
}

fn notice(signed_in: &SignedIn, user: &User, identifiers: &[UserIdentifier]) -> Option<Message> {
    let id = match (web::query(&signed_in.visit.request, "done")?.as_str(), user.status) {
        ("signed-out", _) => "user-signed-out-notice",
        ("disabled", Status::Disabled) => "user-disabled-notice",
        ("enabled", Status::Active | Status::Invited) => "user-enabled-notice",
        _ => return None,
    };
    Some(Message::new(id).with("name", shown_name(user, identifiers)))
}

async fn row(signed_in: &SignedIn, user: &User, identifiers: &[UserIdentifier]) -> Result<UserRow, PageError> {
    Ok(UserRow {
        id: user.id.to_string(),
        name: shown_name(user, identifiers),
        identifier: shown_identifier(identifiers),
        state: match user.status {
            Status::Active => UserState::Active,
            Status::Invited => UserState::Invited,
            Status::Disabled => UserState::Disabled,
        },
        is_administrator: user.administrator,
        last_sign_in_at: signed_in.visit.app.db.last_sign_in(user.realm_id, user.id).await?,
    })
}
