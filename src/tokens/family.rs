//! A family's beginning, and its end when what it was redeemed for comes again.

use serde_json::json;
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::config::Period;
use crate::protocol::Scope;
use crate::protocol::acr::{Acr, Amr};
use crate::protocol::claims_request::RequestedClaims;
use crate::protocol::grant_type::GrantType;
use crate::protocol::pkce::{CodeChallenge, CodeVerifier};
use crate::protocol::redirect_uri::RegisteredRedirectUri;
use crate::protocol::scope::OFFLINE_ACCESS;
use crate::secret::sha256;
use crate::store;
use crate::store::clients::Client;
use crate::store::events::{Actor, Event, EventType, Origin};
use crate::store::families::{Basis, Creation, Family, Refresh};

use super::refresh_token::RefreshToken;
use super::{Recipient, Result, Tokens};

/// What a family is redeemed for: each only once, and no kind for another.
#[derive(Debug, Clone, Copy)]
pub enum Redeemed<'a> {
    /// An authorization code.
    Code(&'a str),
    /// The answer of an authorization request, which brings an access token itself: 256 random bits.
    Answer(&'a str),
}

impl Redeemed<'_> {
    /// What the database keeps of it: SHA-256(kind ‖ 0 ‖ text).
    fn hash(self) -> [u8; 32] {
        match self {
            Self::Code(code) => sha256(&[b"code\0", code.as_bytes()].concat()),
            Self::Answer(random) => sha256(&[b"answer\0", random.as_bytes()].concat()),
        }
    }

    /// Whether it may bring a refresh token: never through the browser (RFC 6749 §4.2.2).
    const fn is_refreshable(self) -> bool {
        matches!(self, Self::Code(_))
    }
}

/// SHA-256(redirect_uri ‖ 0 ‖ code_challenge): what a second redemption must show before it may end the family. The URI is the registered
/// one: of a loopback address the port does not count, which a client that leaves the URI out could not show.
fn proof(client: &Client, redirect_uri: &str, challenge: Option<&[u8; 32]>) -> [u8; 32] {
    let registered = client.uris.redirect_uris.iter().find(|registered| registered.matches(redirect_uri));
    let redirect_uri = registered.map_or(redirect_uri, RegisteredRedirectUri::as_str);
    sha256(&[redirect_uri.as_bytes(), &[0], challenge.map_or(&[], |bytes| bytes.as_slice())].concat())
}

/// What a user has authorized, as the authorization endpoint kept it with the code.
#[derive(Debug, Clone)]
pub struct Authorization<'a> {
    /// What it is redeemed for.
    pub redeemed: Redeemed<'a>,
    /// When, and by which grant.
    pub basis: Basis,
    /// The redirect URI that the code was sent to.
    pub redirect_uri: &'a str,
    /// The code challenge of the request.
    pub code_challenge: Option<CodeChallenge>,
    /// The user.
    pub user_id: Uuid,
    /// The subject that the client sees.
    pub sub: &'a str,
    /// What was granted.
    pub scope: &'a Scope,
    /// The resource servers that were named, by identifier.
    pub resources: &'a [String],
    /// The claims that were asked for by name.
    pub claims: &'a RequestedClaims,
    /// When the user signed in.
    pub auth_time: Timestamp,
    /// How strongly.
    pub acr: Acr,
    /// By what.
    pub amr: &'a [Amr],
}

/// Whether a family began.
#[derive(Debug, Clone)]
pub enum Begun {
    /// It did.
    Created {
        /// The family.
        family: Box<Family>,
        /// Its first refresh token, where the client is registered for the grant.
        refresh_token: Option<String>,
    },
    /// What it was to be redeemed for has been redeemed already: [`Tokens::replayed`] is next.
    AlreadyRedeemed,
    /// The user, the session or the grant is gone since.
    Refused,
}

impl Tokens {
    /// Begins a family, once for what it is redeemed for, though every other record of that were lost.
    ///
    /// # Errors
    /// [`super::Error::Key`] and [`super::Error::Store`].
    pub async fn begin(
        &self,
        to: Recipient<'_>,
        authorization: &Authorization<'_>,
        origin: &Origin,
        now: Timestamp,
    ) -> Result<Begun> {
        if authorization.basis.authorized_at <= to.not_before() {
            return Ok(Begun::Refused);
        }
        let id = self.0.random.id(now);
        let (mut refresh, mut refresh_token) = (None, None);
        // protocol.md "Basic": a refresh token is issued to clients registered for the grant.
        if authorization.redeemed.is_refreshable() && to.client.metadata.allows(GrantType::RefreshToken) {
            let keys = self.0.keys.realm(to.realm.id, now).await?;
            let key = keys.tagging_refresh_key(now)?;
            let token = RefreshToken::first(key, id, self.0.random.bytes());
            refresh = Some(Refresh { key, secret_hash: token.secret_hash() });
            refresh_token = token.text(to.realm.id, &keys);
        }
        let family = self.new_family(id, to, authorization, refresh, now);
        let event = created_event(self.0.random.id(now), &family, authorization.basis.session_id, origin);
        match self.0.db.create_family(family.clone(), authorization.basis, event).await? {
            Creation::Created => Ok(Begun::Created { family: Box::new(family), refresh_token }),
            Creation::AlreadyRedeemed => Ok(Begun::AlreadyRedeemed),
            Creation::Refused => Ok(Begun::Refused),
        }
    }

    fn new_family(
        &self,
        id: Uuid,
        to: Recipient<'_>,
        authorization: &Authorization<'_>,
        refresh: Option<Refresh>,
        now: Timestamp,
    ) -> Family {
        let lifetimes = &self.0.lifetimes;
        // Without a refresh token there is nothing of it once its access token has ended.
        let only = to.access_token_lifetime(lifetimes).max(lifetimes.code.duration());
        let lives = |with_refresh: Period| if refresh.is_some() { with_refresh.duration() } else { only };
        let outlives_session = refresh.is_some() && authorization.scope.contains(OFFLINE_ACCESS);
        Family {
            id,
            realm_id: to.realm.id,
            client_id: to.client.id,
            user_id: authorization.user_id,
            session_id: (!outlives_session).then_some(authorization.basis.session_id),
            scope: authorization.scope.clone(),
            resources: authorization.resources.to_vec(),
            claims: authorization.claims.clone(),
            sub: authorization.sub.to_owned(),
            auth_time: authorization.auth_time,
            acr: authorization.acr,
            amr: authorization.amr.to_vec(),
            sid: Some(self.0.keys.sid(authorization.basis.session_id, to.client.id)),
            origin_hash: authorization.redeemed.hash(),
            origin_proof: proof(
                to.client,
                authorization.redirect_uri,
                authorization.code_challenge.as_ref().map(CodeChallenge::as_bytes),
            ),
            refresh,
            counter: 0,
            rotated_at: now,
            revoked_at: None,
            idle_expires_at: now + lives(lifetimes.family_idle),
            expires_at: now + lives(lifetimes.family_absolute),
            created_at: now,
        }
    }

    /// Something came to be redeemed a second time, or never was there. Its family dies, if there is one, the authenticated
    /// client owns it, and redirect URI and verifier are the right ones: else anyone who saw a code could end a login
    /// (RFC 6749 §4.1.2, security.md). Without a redirect URI in the request, those registered are tried. Says whether one died.
    ///
    /// # Errors
    /// [`super::Error::Store`].
    pub async fn replayed(
        &self,
        to: Recipient<'_>,
        redeemed: Redeemed<'_>,
        redirect_uri: Option<&str>,
        verifier: Option<&CodeVerifier>,
        origin: &Origin,
        now: Timestamp,
    ) -> Result<bool> {
        let Some(family) = self.0.db.family_of_origin(redeemed.hash()).await? else { return Ok(false) };
        if family.realm_id != to.realm.id || family.client_id != to.client.id {
            return Ok(false);
        }
        let challenge = verifier.map(CodeVerifier::hash);
        let is_right = |uri: &str| proof(to.client, uri, challenge.as_ref()) == family.origin_proof;
        let registered = || to.client.metadata.redirect_uris.iter().any(|uri| is_right(uri));
        if !redirect_uri.map_or_else(registered, is_right) {
            return Ok(false);
        }
        Ok(self.end_replayed(&family, "code", origin, now).await?)
    }

    /// Ends a family because something of it was used twice; says whether it was alive.
    pub(super) async fn end_replayed(
        &self,
        family: &Family,
        what: &'static str,
        origin: &Origin,
        now: Timestamp,
    ) -> store::Result<bool> {
        let event = Event::new(
            self.0.random.id(now),
            family.realm_id,
            EventType::FamilyReplayed,
            now,
            Actor::Client(family.client_id),
        );
        let event = event.about(family.user_id).with_client(family.client_id).from_origin(origin);
        self.end_family(family, event.failed(what), now).await
    }

    /// Ends a family and records `event`; says whether it was alive.
    pub(super) async fn end_family(&self, family: &Family, event: Event, now: Timestamp) -> store::Result<bool> {
        let (realm, id) = (family.realm_id, family.id);
        let event = event.with_data(json!({ "family": id }));
        let ended = self.0.db.write(async move |tx| {
            let was_alive = tx.revoke_family(realm, id, now).await?;
            if was_alive {
                tx.record(&event).await?;
            }
            Ok(was_alive)
        });
        ended.await
    }
}

fn created_event(id: Uuid, family: &Family, session: Uuid, origin: &Origin) -> Event {
    let actor = Actor::Client(family.client_id);
    Event::new(id, family.realm_id, EventType::FamilyCreated, family.created_at, actor)
        .about(family.user_id)
        .with_client(family.client_id)
        .in_session(session)
        .from_origin(origin)
        .with_data(json!({ "family": family.id, "scope": family.scope, "resources": family.resources }))
}
