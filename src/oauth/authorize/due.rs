//! What is due of the user before a code may be issued.

use std::time::Duration;

use uuid::Uuid;

use crate::clock::Timestamp;
use crate::interaction::Interaction;
use crate::protocol::OAuthError;
use crate::protocol::prompt::Prompt;
use crate::sign_in::{self, Next};
use crate::store::sessions::Live;
use crate::web::errors::PageError;
use crate::web::visit::Visit;

use super::Asked;

/// The next step.
#[derive(Debug)]
pub(in crate::oauth) enum Due {
    /// Identifier and password.
    SignIn,
    /// A new account.
    SignUp,
    /// A choice among the accounts of this browser.
    ChooseAccount,
    /// A new password in place of a temporary one.
    UpdatePassword,
    /// The user's consent.
    Consent,
    /// Nothing: the code, which rests on this grant where one is needed.
    Nothing(Option<Uuid>),
    /// The request cannot be met without asking, and asking was forbidden.
    Error(OAuthError),
}

/// Of a request that has just come.
pub(super) async fn first(visit: &Visit, asked: &Asked, live: Option<&Live>) -> Result<Due, PageError> {
    let prompt = asked.request.prompt;
    let step = if prompt.contains(Prompt::Create) {
        if visit.app.allows_sign_up(&visit.realm) { Due::SignUp } else { Due::SignIn }
    } else if prompt.contains(Prompt::SelectAccount) && live.is_some() {
        Due::ChooseAccount
    } else if prompt.contains(Prompt::Login) || prompt.contains(Prompt::SelectAccount) {
        Due::SignIn
    } else {
        of(visit, asked, live, authenticated_since(asked, visit.now)).await?
    };
    Ok(if prompt.is_none() { silent(step) } else { step })
}

/// Of a request that comes back: what was demanded when it came must have been done since.
pub(super) async fn again(
    visit: &Visit,
    asked: &Asked,
    live: Option<&Live>,
    interaction: &Interaction,
) -> Result<Due, PageError> {
    let prompt = asked.request.prompt;
    if let Some(live) = live {
        let signed_in_since = live.session.auth_time >= interaction.created_at;
        let chosen = interaction.chosen == Some(live.session.id);
        if prompt.contains(Prompt::SelectAccount) && !chosen && !signed_in_since {
            return Ok(Due::ChooseAccount);
        }
    }
    of(visit, asked, live, interaction.demand.authenticated_since).await
}

async fn of(
    visit: &Visit,
    asked: &Asked,
    live: Option<&Live>,
    authenticated_since: Option<Timestamp>,
) -> Result<Due, PageError> {
    let Some(live) = live else { return Ok(Due::SignIn) };
    if authenticated_since.is_some_and(|since| live.session.auth_time < since) {
        return Ok(Due::SignIn);
    }
    match sign_in::next(live, None) {
        Next::Factor => return Ok(Due::SignIn),
        Next::UpdatePassword => return Ok(Due::UpdatePassword),
        Next::Done => {}
    }
    // OpenID Connect Core §3.1.2.2: a hint names the user whom the client means; another one must not answer for them.
    if let Some(hinted) = &asked.hinted_sub
        && visit.app.users.known_subject(&asked.client, &live.user).await?.as_ref() != Some(hinted)
    {
        return Ok(Due::SignIn);
    }
    consent(visit, asked, live).await
}

/// From when on the user must have signed in: `prompt=login` from now, `max_age` and the client's default from so long ago.
pub(super) fn authenticated_since(asked: &Asked, now: Timestamp) -> Option<Timestamp> {
    if asked.request.prompt.contains(Prompt::Login) {
        return Some(now);
    }
    let max_age = asked.request.max_age.or(asked.client.metadata.default_max_age)?;
    Some(now - Duration::from_secs(max_age))
}

/// Consent is remembered for each user, client and scope. An operator's own client may do without. One that another may pose as is
/// asked about each time.
async fn consent(visit: &Visit, asked: &Asked, live: &Live) -> Result<Due, PageError> {
    if asked.request.prompt.contains(Prompt::Consent) {
        return Ok(Due::Consent);
    }
    if !asked.is_proven() {
        return Ok(Due::Consent);
    }
    if asked.client.first_party && asked.client.settings.skip_consent {
        return Ok(Due::Nothing(None));
    }
    let held = visit.app.db.grant(visit.realm.id, live.user.id, asked.client.id).await?;
    let covering = held.filter(|held| held.covers(&asked.grantable.consent, &asked.grantable.resource_scopes()));
    Ok(covering.map_or(Due::Consent, |held| Due::Nothing(Some(held.id))))
}

/// `prompt=none`: what would have been asked is the error (OpenID Connect Core §3.1.2.6).
fn silent(step: Due) -> Due {
    match step {
        Due::Nothing(_) | Due::Error(_) => step,
        Due::Consent => Due::Error(OAuthError::consent_required("the user has to be asked for consent")),
        Due::SignIn | Due::SignUp => Due::Error(OAuthError::login_required("the user has to sign in")),
        Due::ChooseAccount => Due::Error(OAuthError::account_selection_required("the user has to choose an account")),
        Due::UpdatePassword => Due::Error(OAuthError::interaction_required("the user has to finish signing in")),
    }
}
