//! What an answer has to do with the browser's session beyond its tokens: who has to hear of its end, and `session_state`.

use actix_web::HttpResponse;

use crate::protocol::scope::OPENID;
use crate::session::Joining;
use crate::store::sessions::Live;
use crate::web::browser_state;
use crate::web::errors::PageError;
use crate::web::visit::Visit;

use super::Asked;

/// Notes that the client has to hear of the session's end, if it wants to (OpenID Connect Back-Channel Logout §2.5, Front-Channel
/// Logout §3). Any other client costs no statement.
pub(super) async fn join(visit: &Visit, asked: &Asked, live: &Live, sub: &str) -> Result<(), PageError> {
    if !asked.client.metadata.logout.are_given() {
        return Ok(());
    }
    let (session, client) = (live.session.id, asked.client.id);
    let joining = Joining { session, client, sub: sub.to_owned(), sid: visit.app.keys.sid(session, client) };
    Ok(visit.app.sessions.join(&visit.realm, joining, visit.now).await?)
}

/// Sends the answer to an authentication, with `session_state` (OpenID Connect Session Management §2).
pub(super) fn send(visit: &Visit, asked: &Asked, mut answer: Vec<(&str, String)>) -> Result<HttpResponse, PageError> {
    let wanted = asked.grantable.scope.contains(OPENID);
    let redirect_uri = asked.destination.redirect_uri.as_str();
    let known = wanted.then(|| browser_state::for_client(visit, &asked.client.client_id, redirect_uri)).flatten();
    let Some((session_state, new)) = known else { return asked.destination.send(visit, &answer) };
    answer.push(("session_state", session_state));
    let response = asked.destination.send(visit, &answer)?;
    Ok(match new {
        Some(state) => browser_state::with_state(visit, response, &state, false),
        None => response,
    })
}
