//! Authorization codes: what is kept with one until it is redeemed, once.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::app::App;
use crate::clock::Timestamp;
use crate::ephemeral::{self, Key, Kind};
use crate::protocol::Scope;
use crate::protocol::acr::{Acr, Amr};
use crate::protocol::claims_request::RequestedClaims;
use crate::protocol::pkce::CodeChallenge;
use crate::store::families::Basis;
use crate::tokens::family::{Authorization, Redeemed};

/// What a user has authorized.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Issued {
    /// The client's row.
    pub(super) client: Uuid,
    /// The user.
    pub(super) user_id: Uuid,
    /// The subject that the client sees.
    pub(super) sub: String,
    /// The session in which it was authorized.
    pub(super) session_id: Uuid,
    /// When it was authorized.
    pub(super) authorized_at: Timestamp,
    /// The grant that it rests on; none where the client needs none.
    pub(super) grant_id: Option<Uuid>,
    /// The redirect URI that the code was sent to.
    pub(super) redirect_uri: String,
    /// Whether the request named it: then the token request must repeat it.
    pub(super) named_redirect_uri: bool,
    /// PKCE.
    pub(super) code_challenge: Option<CodeChallenge>,
    /// For the ID token.
    pub(super) nonce: Option<String>,
    /// What was granted.
    pub(super) scope: Scope,
    /// The resource servers that were named, by identifier.
    pub(super) resources: Vec<String>,
    /// The claims that were asked for by name.
    #[serde(default)]
    pub(super) claims: RequestedClaims,
    /// When the user signed in.
    pub(super) auth_time: Timestamp,
    /// How strongly.
    pub(super) acr: Acr,
    /// By what.
    pub(super) amr: Vec<Amr>,
}

impl Issued {
    /// What was authorized, as tokens are issued for it.
    pub(super) fn authorization<'a>(&'a self, redeemed: Redeemed<'a>) -> Authorization<'a> {
        Authorization {
            redeemed,
            basis: Basis { authorized_at: self.authorized_at, grant_id: self.grant_id, session_id: self.session_id },
            redirect_uri: &self.redirect_uri,
            code_challenge: self.code_challenge,
            user_id: self.user_id,
            sub: &self.sub,
            scope: &self.scope,
            resources: &self.resources,
            claims: &self.claims,
            auth_time: self.auth_time,
            acr: self.acr,
            amr: &self.amr,
        }
    }
}

/// Keeps `code` until it is redeemed or its minute is over, and returns its text: 256 random bits.
pub(super) async fn keep(app: &App, realm: Uuid, code: &Issued, now: Timestamp) -> ephemeral::Result<String> {
    let text = app.random.text::<32>();
    let expires_at = now + app.config.lifetimes.code.duration();
    app.ephemeral.put(&key(realm, &text), code, now, expires_at).await?;
    Ok(text)
}

/// The code of that text, and nobody gets it again.
pub(super) async fn take(app: &App, realm: Uuid, text: &str, now: Timestamp) -> ephemeral::Result<Option<Issued>> {
    app.ephemeral.take(&key(realm, text), now).await
}

fn key(realm: Uuid, text: &str) -> Key {
    Key::new(Kind::Code, realm, text)
}
