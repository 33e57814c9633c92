//! Where the account is signed in, and how its owner ends that.

mod user_agent;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

use crate::keys::keyring::Purpose;
use crate::locale::Message;
use crate::store::events::By;
use crate::store::sessions::Session;
use crate::web;
use crate::web::errors::PageError;
use crate::web::sign_out::SignedOut;
use crate::web::signed_in::{SignedIn, SignedInForm};

use super::pages::{SessionRow, SessionsPage};
use super::sign_out;

/// GET /account/sessions
pub(super) async fn show(signed_in: SignedIn) -> Result<HttpResponse, PageError> {
    let mut sessions = live(&signed_in).await?;
    sessions.sort_by_key(|session| session.id != signed_in.live.session.id);
    let ended = web::query(&signed_in.visit.request, "done").is_some_and(|done| done == "ended");
    let page = SessionsPage {
        page: signed_in.page("/account/sessions").await?,
        sessions: sessions.iter().map(|session| row(&signed_in, session)).collect(),
        notice: ended.then(|| Message::new("sessions-ended")),
    };
    signed_in.visit.html(StatusCode::OK, &page)
}

/// POST /account/sessions/end
pub(super) async fn end(form: SignedInForm) -> Result<HttpResponse, PageError> {
    let SignedInForm { signed_in, fields } = form;
    let named =
        live(&signed_in).await?.into_iter().find(|session| handle(&signed_in, session) == fields.get("session"));
    if let Some(session) = named {
        let (visit, user) = (&signed_in.visit, signed_in.live.user.id);
        let (actor, origin) = (signed_in.actor(), visit.origin());
        visit.app.sessions.end(&visit.realm, user, session.id, actor, &origin, visit.now).await?;
    }
    ended(&signed_in).await
}

/// POST /account/sessions/end-others
pub(super) async fn end_others(form: SignedInForm) -> Result<HttpResponse, PageError> {
    let signed_in = form.signed_in;
    end_all_but(&signed_in, Some(signed_in.live.session.id)).await?;
    ended(&signed_in).await
}

/// POST /account/sessions/end-all
pub(super) async fn end_all(form: SignedInForm) -> Result<HttpResponse, PageError> {
    let SignedIn { visit, live } = &form.signed_in;
    // This browser's first: its applications hear of it from the page.
    let signed_out = SignedOut::of(visit, &[live]).await?;
    end_all_but(&form.signed_in, None).await?;
    sign_out::answer(visit, &signed_out)
}

async fn end_all_but(signed_in: &SignedIn, except: Option<Uuid>) -> Result<(), PageError> {
    let (visit, user) = (&signed_in.visit, signed_in.live.user.id);
    let by = By::user(user, &visit.origin(), visit.now);
    visit.app.sessions.end_all(&visit.realm, user, except, &by).await?;
    Ok(())
}

async fn live(signed_in: &SignedIn) -> Result<Vec<Session>, PageError> {
    let user = &signed_in.live.user;
    Ok(signed_in.visit.app.db.sessions_of(user.realm_id, user.id, signed_in.visit.now).await?)
}

/// Back to the list. This browser keeps what is left of its own.
async fn ended(signed_in: &SignedIn) -> Result<HttpResponse, PageError> {
    let visit = &signed_in.visit;
    let left = visit.app.sessions.without_ended(&visit.realm, &visit.secrets, visit.now).await?;
    let answer = visit.see_other("/account/sessions?done=ended");
    visit.with_secrets(answer, &left, signed_in.live.session.remember)
}

fn row(signed_in: &SignedIn, session: &Session) -> SessionRow {
    let agent = session.user_agent.as_deref().unwrap_or_default();
    SessionRow {
        id: handle(signed_in, session),
        browser: user_agent::browser(agent).map(str::to_owned),
        system: user_agent::system(agent).map(str::to_owned),
        address: session.ip.clone().unwrap_or_default(),
        signed_in_at: session.created_at,
        last_seen_at: session.seen_at,
        is_current: session.id == signed_in.live.session.id,
    }
}

/// Names a session to its owner alone: the row's id never leaves the server.
fn handle(signed_in: &SignedIn, session: &Session) -> String {
    let parts = [b"session of".as_slice(), signed_in.live.user.id.as_bytes(), session.id.as_bytes()];
    URL_SAFE_NO_PAD.encode(&signed_in.visit.app.keys.tag(Purpose::Handle, &parts)[..16])
}
