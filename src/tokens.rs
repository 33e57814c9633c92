//! Tokens: what they say, how they are issued, refreshed, looked at and revoked.
//!
//! Owns the claims of access tokens and ID tokens, the refresh token's form, the life of a family, and the only revocation.
//! Does not own: who may ask (`oauth`), which scopes were consented to, keys, and HTTP.

mod access;
pub mod family;
pub mod front_channel;
mod id_token;
pub mod id_token_hint;
pub mod inspect;
pub mod issue;
mod logout_token;
pub mod refresh;
pub mod refresh_token;
pub mod resources;
mod revoke;
mod shared_secret;
mod user_claims;

use std::sync::Arc;
use std::time::Duration;

use crate::clock::Timestamp;
use crate::config::{self, Config, Lifetimes};
use crate::keys::encrypt::RecipientKey;
use crate::keys::{KeyError, Keys};
use crate::protocol::OAuthError;
use crate::protocol::acr::Acr;
use crate::random::Random;
use crate::store::clients::Client;
use crate::store::realms::Realm;
use crate::store::{self, Db};

use resources::Resources;

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The request is refused: the answer for the client.
    #[error(transparent)]
    Refused(#[from] OAuthError),
    /// A key is missing or does not open.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The database's.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// A result of this module.
pub type Result<T> = std::result::Result<T, Error>;

/// Issues, refreshes, inspects and revokes tokens; clones share what it remembers.
#[derive(Debug, Clone)]
pub struct Tokens(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    db: Db,
    keys: Keys,
    random: Random,
    lifetimes: Lifetimes,
    settings: config::Tokens,
    acr: config::Acr,
    remembered: inspect::Remembered,
    secrets: shared_secret::Secrets,
}

/// Whom tokens are for: a client, in its realm, and perhaps resource servers.
#[derive(Debug, Clone, Copy)]
pub struct Recipient<'a> {
    /// The realm.
    pub realm: &'a Realm,
    /// The client, authenticated.
    pub client: &'a Client,
    /// The resource servers that the access token is for; without any it is for the realm's own endpoints.
    pub resources: Resources<'a>,
    /// The client's own key, where its ID tokens are encrypted. Without it such a client gets none.
    pub id_token_key: Option<&'a RecipientKey>,
}

impl Tokens {
    /// Tokens under `keys`, living as long as the configuration says.
    pub fn new(db: Db, keys: Keys, random: Random, config: &Config) -> Self {
        Self(Arc::new(Shared {
            db,
            keys,
            random,
            lifetimes: config.lifetimes.clone(),
            settings: config.tokens.clone(),
            acr: config.acr.clone(),
            remembered: inspect::Remembered::default(),
            secrets: shared_secret::Secrets::default(),
        }))
    }

    /// The name of an authentication level in the claim `acr`.
    fn acr_name(&self, acr: Acr) -> &str {
        match acr {
            Acr::OneFactor => &self.0.acr.single_factor,
            Acr::TwoFactors => &self.0.acr.two_factors,
            Acr::PhishingResistant => &self.0.acr.phishing_resistant,
        }
    }
}

impl Recipient<'_> {
    fn not_before(&self) -> Timestamp {
        not_before(self.realm, self.client)
    }

    /// How long an access token lives: as its resource server says, else its client, else the configuration; of several servers the
    /// one that says least.
    fn access_token_lifetime(&self, lifetimes: &Lifetimes) -> Duration {
        let own = self.client.settings.access_token_seconds;
        let usual = own.map_or(lifetimes.access_token.duration(), Duration::from_secs);
        let each = self.resources.iter().map(|server| server.access_token_seconds.map_or(usual, Duration::from_secs));
        each.min().unwrap_or(usual)
    }

    /// How long an ID token lives: as its client says, else the configuration.
    fn id_token_lifetime(&self, lifetimes: &Lifetimes) -> Duration {
        self.client.settings.id_token_seconds.map_or(lifetimes.id_token.duration(), Duration::from_secs)
    }
}

/// Nothing that was issued before this instant is alive: the later one of client and realm.
fn not_before(realm: &Realm, client: &Client) -> Timestamp {
    client.not_before.max(realm.not_before)
}
