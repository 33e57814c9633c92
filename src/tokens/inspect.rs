//! What a token is worth now: for introspection and userinfo.
//!
//! Only the result of a signature check is remembered; whether the token is alive is read each time, unless
//! `tokens.introspection_cache` allows an older answer. Even then client, realm and resource server are the present ones, and what
//! this process itself has ended since is dead at once.

use std::sync::Arc;
use std::time::Duration;

use quick_cache::sync::Cache;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::clock::Timestamp;
use crate::protocol::Scope;
use crate::protocol::algorithm::JwsAlgorithm;
use crate::protocol::claims::{ACCESS_TOKEN_TYPE, AccessTokenClaims, Audience, StandardClaims};
use crate::protocol::client_metadata::ClientKind;
use crate::protocol::jws::CompactJws;
use crate::protocol::jwt_times::JwtTimes;
use crate::secret::sha256;
use crate::store::Db;
use crate::store::clients::Client;
use crate::store::ended::{Moment, token_id};
use crate::store::epochs::Cached;
use crate::store::families::Family;
use crate::store::realms::Realm;

use super::refresh::presented;
use super::refresh_token::RefreshToken;
use super::{Result, Tokens, not_before};

/// Tokens whose signatures are remembered.
const CAPACITY: usize = 10_000;

/// The realm, and the SHA-256 of the token.
type Key = (Uuid, [u8; 32]);

/// What is remembered of access tokens.
#[derive(Debug)]
pub(super) struct Remembered {
    /// Claims whose signature was right, with the generations of the keys and of the resource servers' secrets that it was checked by.
    verified: Cache<Key, ([u64; 2], Arc<VerifiedClaims>)>,
    /// Tokens that were alive, by their hashed `jti`.
    alive: Cache<[u8; 32], Alive>,
    /// Users, by their id.
    pub(super) users: Cache<Uuid, Remembrance<Arc<StandardClaims>>>,
}

/// What was read once, and when.
#[derive(Debug, Clone)]
pub(super) struct Remembrance<T> {
    pub(super) at: Timestamp,
    pub(super) moment: Moment,
    pub(super) value: T,
}

/// A token was alive, with its family if it has one.
type Alive = Remembrance<Option<Arc<Family>>>;

impl<T> Remembrance<T> {
    /// Whether it is young enough, and nothing of `ids` has ended since. A clock that was set back makes nothing younger.
    pub(super) fn holds(
        &self,
        db: &Db,
        patience: Duration,
        now: Timestamp,
        ids: impl IntoIterator<Item = Uuid>,
    ) -> bool {
        now.since(self.at).max(self.at.since(now)) < patience && !db.ended_since(self.moment, ids)
    }
}

impl Default for Remembered {
    fn default() -> Self {
        Self { verified: Cache::new(CAPACITY), alive: Cache::new(CAPACITY), users: Cache::new(CAPACITY) }
    }
}

/// The claims of an access token whose signature is ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedClaims {
    /// The issuer.
    pub iss: String,
    /// The user, or the client itself.
    pub sub: String,
    /// Whom it is for.
    pub aud: Audience<'static>,
    /// Its end, in seconds since the epoch.
    pub exp: i64,
    /// Its beginning, in seconds since the epoch.
    pub iat: i64,
    /// Its id.
    pub jti: String,
    /// The client that it was issued to.
    pub client_id: String,
    /// Its scope.
    pub scope: Scope,
    /// When the user signed in, in seconds since the epoch.
    pub auth_time: Option<i64>,
    /// How strongly.
    pub acr: Option<String>,
    /// Its family; none for client credentials.
    pub family: Option<Uuid>,
}

/// An access token that is alive.
#[derive(Debug, Clone)]
pub struct AccessToken {
    /// What it says.
    pub claims: Arc<VerifiedClaims>,
    /// The client that it was issued to.
    pub client: Arc<Client>,
    /// The family that it belongs to; none for client credentials.
    pub family: Option<Arc<Family>>,
}

/// A token that is alive.
#[derive(Debug, Clone)]
pub enum LiveToken {
    /// An access token.
    Access(AccessToken),
    /// A refresh token: its family and client.
    Refresh(Arc<Family>, Arc<Client>),
}

impl Tokens {
    /// The token, if it is one of this realm and alive; `None` for everything else, whatever is the matter with it.
    ///
    /// # Errors
    /// [`super::Error::Key`] and [`super::Error::Store`]: then nobody knows.
    pub async fn inspect(&self, realm: &Realm, token: &str, now: Timestamp) -> Result<Option<LiveToken>> {
        let keys = self.0.keys.realm(realm.id, now).await?;
        match RefreshToken::parse(token, realm.id, &keys) {
            Some(refresh_token) => self.live_refresh_token(realm, &refresh_token, now).await,
            None => Ok(self.inspect_access_token(realm, token, now).await?.map(LiveToken::Access)),
        }
    }

    /// The access token, if it is one of this realm and alive.
    ///
    /// # Errors
    /// As [`Tokens::inspect`].
    pub async fn inspect_access_token(
        &self,
        realm: &Realm,
        token: &str,
        now: Timestamp,
    ) -> Result<Option<AccessToken>> {
        let Some(claims) = self.verified(realm, token, now).await? else { return Ok(None) };
        if !is_timely(&claims, now) {
            return Ok(None);
        }
        self.live_access_token(realm, claims, now).await
    }

    /// The claims of an access token whose signature is this realm's, dead or alive. A token that is not one is not remembered:
    /// strangers must not fill the memory.
    pub(super) async fn verified(
        &self,
        realm: &Realm,
        token: &str,
        now: Timestamp,
    ) -> Result<Option<Arc<VerifiedClaims>>> {
        let key = key(realm, token);
        let generation = [Cached::Keys, Cached::ResourceServers].map(|kind| self.0.db.generation(kind));
        if let Some((checked_by, claims)) = self.0.remembered.verified.get(&key)
            && checked_by == generation
        {
            return Ok(Some(claims));
        }
        let Some(payload) = self.payload(realm, token, now).await? else { return Ok(None) };
        let Some(claims) = read(&payload).map(Arc::new) else { return Ok(None) };
        self.0.remembered.verified.insert(key, (generation, Arc::clone(&claims)));
        Ok(Some(claims))
    }

    /// What an access token says that this realm made, in whichever form.
    async fn payload(&self, realm: &Realm, token: &str, now: Timestamp) -> Result<Option<Zeroizing<Vec<u8>>>> {
        if !token.contains('.') {
            return Ok(self.0.keys.open_token(realm.id, token));
        }
        let Ok(jws) = CompactJws::parse(token) else { return Ok(None) };
        if jws.algorithm() == JwsAlgorithm::Hs256 {
            return Ok(self.verified_with_secret(realm, &jws).await?.map(Zeroizing::new));
        }
        let keys = self.0.keys.realm(realm.id, now).await?;
        if let Err(reason) = keys.verify(&jws, ACCESS_TOKEN_TYPE) {
            tracing::debug!(%reason, "an access token is not believed");
            return Ok(None);
        }
        Ok(jws.payload().ok().map(Zeroizing::new))
    }

    async fn live_access_token(
        &self,
        realm: &Realm,
        claims: Arc<VerifiedClaims>,
        now: Timestamp,
    ) -> Result<Option<AccessToken>> {
        if !self.is_for_us_or_ours(realm, &claims).await? {
            return Ok(None);
        }
        let client = self.0.db.client(realm.id, &claims.client_id).await?;
        let Some(client) = client.filter(|client| !client.disabled) else { return Ok(None) };
        let not_before = not_before(realm, &client);
        if claims.family.is_none() && Timestamp::from_seconds(claims.iat) <= not_before {
            return Ok(None);
        }
        let Some(family) = self.live_family(realm, &claims, not_before, now).await? else { return Ok(None) };
        if family.as_ref().is_some_and(|family| family.client_id != client.id) {
            return Ok(None);
        }
        Ok(Some(AccessToken { claims, client, family }))
    }

    /// The family of a token that is alive, if it has one: read, or remembered where that is allowed.
    async fn live_family(
        &self,
        realm: &Realm,
        claims: &VerifiedClaims,
        not_before: Timestamp,
        now: Timestamp,
    ) -> Result<Option<Option<Arc<Family>>>> {
        let jti_hash = sha256(claims.jti.as_bytes());
        let patience = self.0.settings.introspection_cache.duration();
        if patience.is_zero() {
            return self.read_family(realm, claims, jti_hash, not_before, now).await;
        }
        let known = self.0.remembered.alive.get(&jti_hash);
        if let Some(known) = known.filter(|known| self.still_lives(known, &jti_hash, patience, not_before, now)) {
            return Ok(Some(known.value));
        }
        let moment = self.0.db.moment();
        let found = self.read_family(realm, claims, jti_hash, not_before, now).await?;
        if let Some(value) = &found {
            self.0.remembered.alive.insert(jti_hash, Remembrance { at: now, moment, value: value.clone() });
        }
        Ok(found)
    }

    fn still_lives(
        &self,
        known: &Alive,
        jti_hash: &[u8; 32],
        patience: Duration,
        not_before: Timestamp,
        now: Timestamp,
    ) -> bool {
        let family = known.value.as_deref();
        let ended = family.is_some_and(|family| family.created_at <= not_before || family.expires_at <= now);
        let of_family =
            family.into_iter().flat_map(|family| [Some(family.id), Some(family.user_id), family.session_id]);
        let ids = of_family.flatten().chain([token_id(jti_hash)]);
        !ended && known.holds(&self.0.db, patience, now, ids)
    }

    /// One read.
    async fn read_family(
        &self,
        realm: &Realm,
        claims: &VerifiedClaims,
        jti_hash: [u8; 32],
        not_before: Timestamp,
        now: Timestamp,
    ) -> Result<Option<Option<Arc<Family>>>> {
        let db = &self.0.db;
        match claims.family {
            Some(id) => {
                let family = db.live_family(realm.id, id, jti_hash, not_before, now).await?;
                Ok(family.map(|family| Some(Arc::new(family))))
            }
            None => Ok((!db.is_revoked(jti_hash).await?).then_some(None)),
        }
    }

    /// RFC 9068 §4: issuer and audience are the realm's own, or those of one of its resource servers.
    async fn is_for_us_or_ours(&self, realm: &Realm, claims: &VerifiedClaims) -> Result<bool> {
        for audience in claims.aud.iter() {
            if audience == realm.issuer && claims.iss == realm.issuer {
                return Ok(true);
            }
            let server = self.0.db.resource_server(realm.id, audience).await?;
            if server.is_some_and(|server| claims.iss == *server.issuer.as_ref().unwrap_or(&realm.issuer)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn live_refresh_token(
        &self,
        realm: &Realm,
        token: &RefreshToken,
        now: Timestamp,
    ) -> Result<Option<LiveToken>> {
        let Some(family) = self.0.db.family(realm.id, token.family()).await? else { return Ok(None) };
        let client = self.0.db.client_by_row(realm.id, family.client_id).await?;
        let Some(client) = client.filter(|client| !client.disabled) else { return Ok(None) };
        let family = self.0.db.refreshable(presented(realm, &client, token, now)).await?;
        let is_newest = |family: &Family| family.counter <= token.counter();
        Ok(family.filter(is_newest).map(|family| LiveToken::Refresh(Arc::new(family), Arc::new(client))))
    }

    /// Whether a client may learn what a token is worth (RFC 7662 §4): the one that it was issued to, the one by which a resource
    /// server that it is for introspects, and any confidential client where it is for the realm itself.
    ///
    /// # Errors
    /// [`super::Error::Store`].
    pub async fn may_introspect(&self, realm: &Realm, caller: &Client, token: &LiveToken) -> Result<bool> {
        if caller.kind() == ClientKind::Public {
            return Ok(false);
        }
        let access = match token {
            LiveToken::Refresh(_, client) => return Ok(client.id == caller.id),
            LiveToken::Access(access) => access,
        };
        if access.client.id == caller.id {
            return Ok(true);
        }
        for audience in access.claims.aud.iter() {
            let server = self.0.db.resource_server(realm.id, audience).await?;
            if audience == realm.issuer || server.is_some_and(|server| server.client_id == Some(caller.id)) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

fn key(realm: &Realm, token: &str) -> Key {
    (realm.id, sha256(token.as_bytes()))
}

/// Another node's clock may be ahead.
fn is_timely(claims: &VerifiedClaims, now: Timestamp) -> bool {
    let at = |seconds| Some(Timestamp::from_seconds(seconds));
    let times = JwtTimes { expires_at: at(claims.exp), issued_at: at(claims.iat), not_before: None };
    times.require(now).is_ok()
}

/// Reads the claims of a token whose signature is right; none where they are not such as ours.
fn read(payload: &[u8]) -> Option<VerifiedClaims> {
    let claims: AccessTokenClaims<'_> = serde_json::from_slice(payload).ok()?;
    Some(VerifiedClaims {
        iss: claims.iss.into_owned(),
        sub: claims.sub.into_owned(),
        aud: match claims.aud {
            Audience::One(one) => Audience::One(one.into_owned().into()),
            Audience::Many(many) => Audience::Many(many.into_iter().map(|one| one.into_owned().into()).collect()),
        },
        exp: claims.exp,
        iat: claims.iat,
        jti: claims.jti.into_owned(),
        client_id: claims.client_id.into_owned(),
        scope: claims.scope.as_deref().unwrap_or_default().parse().ok()?,
        auth_time: claims.auth_time,
        acr: claims.acr.map(std::borrow::Cow::into_owned),
        family: claims.fam.map(|family| family.parse().ok()).map_or(Some(None), |family| family.map(Some))?,
    })
}
