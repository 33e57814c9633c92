//! Which claims a token of an API with the claim set `tekcify` brings: its clients ask for `read:profile`, and for no `openid`.

use crate::app::App;
use crate::protocol::Scope;
use crate::protocol::access_token::ClaimSet;
use crate::store;
use crate::tokens::inspect::VerifiedClaims;
use crate::web::realm::Realm;

/// The scope by which those clients ask for their user's profile.
const READ_PROFILE: &str = "read:profile";
/// What it means in the scopes of OpenID Connect Core §5.4.
const PROFILE: &str = "openid profile email";

/// The token's scope, in terms of OpenID Connect.
pub(super) async fn scope(app: &App, realm: &Realm, claims: &VerifiedClaims) -> store::Result<Scope> {
    if claims.scope.contains(READ_PROFILE) {
        for audience in claims.aud.iter() {
            let server = app.db.resource_server(realm.id, audience).await?;
            if server.is_some_and(|server| server.claim_set == ClaimSet::Tekcify) {
                return Ok(PROFILE.parse().unwrap_or_else(|_| claims.scope.clone()));
            }
        }
    }
    Ok(claims.scope.clone())
}
