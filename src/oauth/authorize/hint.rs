//! The ID token hint: whom the client means (OpenID Connect Core §3.1.2.1).

use serde::Deserialize;

use crate::protocol::OAuthError;
use crate::protocol::claims::{Audience, ID_TOKEN_TYPE};
use crate::protocol::jws::CompactJws;
use crate::store::clients::Client;
use crate::web::errors::PageError;
use crate::web::visit::Visit;

#[derive(Deserialize)]
struct Hinted {
    iss: String,
    sub: String,
    aud: Audience<'static>,
}

/// The subject that an ID token of ours for this client names. It may be over: it is a hint, and proves nothing.
pub(super) async fn subject(
    visit: &Visit,
    client: &Client,
    hint: Option<&str>,
) -> Result<Result<Option<String>, OAuthError>, PageError> {
    let Some(hint) = hint else { return Ok(Ok(None)) };
    let keys = visit.app.keys.realm(visit.realm.id, visit.now).await?;
    let refused =
        || OAuthError::invalid_request("id_token_hint is not an ID token that was issued to this client here");
    let Ok(jws) = CompactJws::parse(hint) else { return Ok(Err(refused())) };
    if keys.verify(&jws, ID_TOKEN_TYPE).is_err() {
        return Ok(Err(refused()));
    }
    let hinted = jws.payload().ok().and_then(|payload| serde_json::from_slice::<Hinted>(&payload).ok());
    let own = |hinted: &Hinted| hinted.iss == visit.realm.issuer && hinted.aud.contains(&client.client_id);
    Ok(hinted.filter(own).map(|hinted| Some(hinted.sub)).ok_or_else(refused))
}
