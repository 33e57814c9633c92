//! The authorization code grant (RFC 6749 §4.1.3, RFC 7636 §4.6).

use crate::oauth::code::{self, Issued};
use crate::protocol::OAuthError;
use crate::protocol::pkce::CodeVerifier;
use crate::protocol::profile::Profile;
use crate::protocol::token_response::TokenResponse;
use crate::secret::Secret;
use crate::tokens::family::{Begun, Redeemed};
use crate::tokens::issue::Grant;
use crate::tokens::resources::{self, Resources};
use crate::web::errors::ProtocolError;
use crate::web::origin;

use super::Admitted;

/// What the client shows.
pub(super) struct Shown {
    pub(super) code: Secret,
    pub(super) redirect_uri: Option<String>,
    pub(super) code_verifier: Option<CodeVerifier>,
    pub(super) resource: Vec<String>,
}

/// Redeems a code, once: it is taken before anything is checked, and the database refuses a second family of it.
pub(super) async fn redeem(admitted: &Admitted, shown: &Shown) -> Result<TokenResponse, ProtocolError> {
    let Admitted { app, realm, client, now, .. } = admitted;
    let Some(code) = code::take(app, realm.id, shown.code.expose(), *now).await? else {
        return replayed(admitted, shown).await;
    };
    if code.client != client.id {
        return Err(dead().into());
    }
    check_redirect_uri(client.settings.profile, &code, shown.redirect_uri.as_deref())?;
    check_verifier(&code, shown.code_verifier.as_ref())?;
    let servers = admitted.resource_servers(&resources::narrowed(&shown.resource, &code.resources)?).await?;
    let resources = Resources::of(&servers)?;
    let narrower = (!shown.resource.is_empty()).then(|| resources.downscoped(&code.scope)).transpose()?;
    let to = admitted.recipient(resources);
    let authorization = code.authorization(Redeemed::Code(shown.code.expose()));
    match app.tokens.begin(to, &authorization, &origin::origin(&admitted.request), *now).await? {
        Begun::Created { family, refresh_token } => {
            let grant = Grant::User {
                family: &family,
                scope: narrower.as_ref().unwrap_or(&family.scope),
                refresh_token: refresh_token.as_deref(),
                nonce: code.nonce.as_deref(),
            };
            Ok(app.tokens.issue(to, grant, *now).await?)
        }
        Begun::AlreadyRedeemed => replayed(admitted, shown).await,
        Begun::Refused => Err(dead().into()),
    }
}

/// Used twice, or never issued: the answer is the same, and the family dies if the replay shows that it holds all that belongs to
/// the code.
async fn replayed(admitted: &Admitted, shown: &Shown) -> Result<TokenResponse, ProtocolError> {
    let origin = origin::origin(&admitted.request);
    let redeemed = Redeemed::Code(shown.code.expose());
    let (redirect_uri, verifier) = (shown.redirect_uri.as_deref(), shown.code_verifier.as_ref());
    let to = admitted.recipient(Resources::default());
    admitted.app.tokens.replayed(to, redeemed, redirect_uri, verifier, &origin, admitted.now).await?;
    Err(dead().into())
}

fn dead() -> OAuthError {
    OAuthError::invalid_grant("the code is wrong, over, used, or not this client's")
}

/// RFC 6749 §4.1.3: the redirect URI is repeated, byte by byte, where the authorization request named it and the profile asks for that.
fn check_redirect_uri(profile: Profile, code: &Issued, shown: Option<&str>) -> Result<(), OAuthError> {
    match shown {
        Some(shown) if shown == code.redirect_uri => Ok(()),
        None if !code.named_redirect_uri || !profile.requires_redirect_uri_again() => Ok(()),
        _ => Err(OAuthError::invalid_grant("redirect_uri is not the one of the authorization request")),
    }
}

/// RFC 7636 §4.6; a verifier where no challenge was is as wrong as none where one was (RFC 9700 §4.8.2).
fn check_verifier(code: &Issued, shown: Option<&CodeVerifier>) -> Result<(), OAuthError> {
    match (&code.code_challenge, shown) {
        (Some(challenge), Some(verifier)) => verifier.verify(challenge),
        (Some(_), None) => Err(OAuthError::invalid_grant("code_verifier is missing (RFC 7636 section 4.5)")),
        (None, Some(_)) => {
            Err(OAuthError::invalid_grant("code_verifier was sent, but the request had no code_challenge"))
        }
        (None, None) => Ok(()),
    }
}
