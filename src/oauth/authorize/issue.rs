//! The answer that was asked for: a code, tokens through the browser, or both.

use std::sync::Arc;

use actix_web::HttpResponse;
use uuid::Uuid;

use crate::clients::key_sets::ClientKeyError;
use crate::keys::encrypt::RecipientKey;
use crate::oauth::code::{self, Issued};
use crate::protocol::OAuthError;
use crate::protocol::scope::OFFLINE_ACCESS;
use crate::sign_in;
use crate::store::sessions::Live;
use crate::tokens::Recipient;
use crate::tokens::family::Redeemed;
use crate::tokens::front_channel::{Answer, FrontChannelTokens};
use crate::tokens::resources::Resources;
use crate::web::errors::PageError;
use crate::web::visit::Visit;

use super::{Asked, session};

/// By what right an answer is given.
#[derive(Debug, Clone, Copy)]
pub(in crate::oauth) enum Consent {
    /// The user was asked just now, and this grant holds the answer.
    Given(Uuid),
    /// It was given before, or the client needs none.
    Held(Option<Uuid>),
}

/// Issues what was asked for, and sends it.
pub(in crate::oauth) async fn issue(
    visit: &Visit,
    asked: &Asked,
    live: Option<&Live>,
    consent: Consent,
) -> Result<HttpResponse, PageError> {
    let Some(live) = live else { return Err(PageError::Fault("an answer without a session".to_owned())) };
    let id_token_key = match id_token_key(visit, asked).await {
        Ok(key) => key,
        Err(error) => {
            tracing::info!(%error, client = %asked.client.client_id, "an ID token cannot be encrypted");
            return asked.destination.error(visit, &error.refusal());
        }
    };
    visit.app.clients.used(&asked.client, visit.now).await?;
    let sub = visit.app.users.subject(&asked.client, &live.user, visit.now).await?;
    session::join(visit, asked, live, &sub).await?;
    let (issued, response_type) = (authorized(visit, asked, live, sub, consent), asked.request.response_type);
    let mut answer: Vec<(&str, String)> = Vec::new();
    if response_type.has_code() {
        answer.push(("code", code::keep(&visit.app, visit.realm.id, &issued, visit.now).await?));
    }
    if response_type.is_front_channel() {
        let code = answer.first().map(|(_, code)| code.clone());
        let beside = (code.as_deref(), id_token_key.as_deref());
        let Some(tokens) = tokens_of(visit, asked, issued, beside).await? else {
            return asked.destination.error(visit, &OAuthError::access_denied("the session ended meanwhile"));
        };
        answer.extend(tokens);
    }
    session::send(visit, asked, answer)
}

/// The client's own key, where the answer holds an ID token that is encrypted: had before anything is issued.
async fn id_token_key(visit: &Visit, asked: &Asked) -> Result<Option<Arc<RecipientKey>>, ClientKeyError> {
    let brings_id_token = asked.request.response_type.has_id_token();
    let encryption = asked.client.metadata.responses.id_token_encryption().filter(|_| brings_id_token);
    visit.app.client_keys.for_encryption(&asked.client, encryption, visit.now).await
}

fn authorized(visit: &Visit, asked: &Asked, live: &Live, sub: String, consent: Consent) -> Issued {
    let (acr, amr) = sign_in::strength(&live.session);
    let (grant_id, consented) = match consent {
        Consent::Given(grant) => (Some(grant), true),
        Consent::Held(grant) => (grant, false),
    };
    Issued {
        client: asked.client.id,
        user_id: live.user.id,
        sub,
        session_id: live.session.id,
        authorized_at: visit.now,
        grant_id,
        redirect_uri: asked.destination.redirect_uri.as_str().to_owned(),
        named_redirect_uri: asked.request.redirect_uri.is_some(),
        code_challenge: asked.request.code_challenge,
        nonce: asked.request.nonce.clone(),
        scope: asked.grantable.granted(consented || asked.client.first_party && asked.is_proven()),
        resources: asked.grantable.resources.clone(),
        claims: asked.grantable.claims.clone(),
        auth_time: live.session.auth_time,
        acr,
        amr,
    }
}

/// The parameters of RFC 6749 §4.2.2 and OpenID Connect Core §3.2.2.5; none where the session ended meanwhile.
async fn tokens_of(
    visit: &Visit,
    asked: &Asked,
    mut issued: Issued,
    (code, id_token_key): (Option<&str>, Option<&RecipientKey>),
) -> Result<Option<Vec<(&'static str, String)>>, PageError> {
    // What goes on when the user is gone needs a refresh token, and none comes this way.
    issued.scope = issued.scope.filtered(|token| token != OFFLINE_ACCESS);
    let random = visit.app.random.text::<32>();
    let resources = Resources::of(&asked.grantable.servers).map_err(crate::tokens::Error::from)?;
    let to = Recipient { realm: &visit.realm, client: &asked.client, resources, id_token_key };
    let answer = Answer { response_type: asked.request.response_type, code, nonce: issued.nonce.as_deref() };
    let authorization = issued.authorization(Redeemed::Answer(&random));
    let tokens = visit.app.tokens.answer(to, &authorization, answer, &visit.origin(), visit.now).await?;
    Ok(tokens.map(|FrontChannelTokens { access_token, id_token }| {
        let mut parameters = Vec::new();
        if let Some((token, lifetime)) = access_token {
            parameters.extend([("access_token", token), ("token_type", "Bearer".to_owned())]);
            parameters.push(("expires_in", lifetime.to_string()));
            parameters.push(("scope", issued.scope.as_str().to_owned()));
        }
        parameters.extend(id_token.map(|token| ("id_token", token)));
        parameters
    }))
}
