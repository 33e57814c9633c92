//! A realm's first keys, and new ones in place of old: published before they sign, and long enough after.

use std::time::Duration;

use futures_util::future::try_join_all;
use serde_json::json;
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::keys::jwk::PrivateJwk;
use crate::keys::sealed::Place;
use crate::keys::{KeyError, Keys};
use crate::protocol::algorithm::SigningAlgorithm;
use crate::store::events::{Actor, Event, EventType};
use crate::store::keys::{REFRESH_KEY, RefreshKeyRow, SIGNING_KEY, SigningKeyRow};
use crate::store::{self, Tx};

/// What the clocks of two machines may differ by, and how long a node may take to learn of a new key.
pub(super) const MARGIN: Duration = Duration::from_secs(30);
/// Within this every node has asked which keys there are (storage.md "Caches"): sooner no node may use a new one in place of another,
/// since the others would refuse what it signs.
pub(super) const KNOWN_WITHIN: Duration = Duration::from_secs(2);
/// A key stays published for this long at the least: a client may be given a longer lifetime after the rotation.
const PUBLISHED_AT_LEAST: Duration = Duration::from_hours(24);
/// Clients that are looked at in one read.
const PAGE: u64 = 500;

/// When a new key begins to sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// Once every application has had time to fetch it: no verification fails.
    Published,
    /// As soon as every node knows it, which is at once where there is no other: applications that have not fetched it yet must
    /// fetch it when they meet its `kid`.
    Now,
}

/// A key that was made in the place of another.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Rotated {
    /// Its algorithm.
    pub algorithm: SigningAlgorithm,
    /// Its `kid`.
    pub kid: String,
    /// When it begins to sign.
    pub signs_from: Timestamp,
}

/// The first keys of a realm: sealed rows to insert in the transaction that makes it.
#[derive(Debug, Clone)]
pub struct NewRealmKeys {
    signing: Vec<SigningKeyRow>,
    refresh: RefreshKeyRow,
}

impl NewRealmKeys {
    /// Inserts the rows.
    ///
    /// # Errors
    /// The database's.
    pub async fn insert(&self, tx: &Tx) -> store::Result<()> {
        for key in &self.signing {
            tx.create_signing_key(key).await?;
        }
        tx.create_refresh_key(&self.refresh).await.map(|_| ())
    }
}

impl Keys {
    /// Makes a realm's first keys: one for each algorithm, which sign at once, and a refresh key. Takes a few hundred
    /// milliseconds of threads of their own where RSA is among them: call it before the transaction.
    ///
    /// # Errors
    /// If OpenSSL refuses.
    pub async fn new_realm_keys(
        &self,
        realm: Uuid,
        algorithms: &[SigningAlgorithm],
        now: Timestamp,
    ) -> Result<NewRealmKeys, KeyError> {
        let signing = self.new_signing_keys(realm, algorithms, now, |_| now).await?;
        Ok(NewRealmKeys { signing, refresh: self.new_refresh_key(realm, 1, now) })
    }

    /// Gives a realm keys for those of `algorithms` that it has none for, which sign at once; says for which.
    ///
    /// # Errors
    /// The database's, or if OpenSSL refuses.
    pub async fn add_missing(
        &self,
        realm: Uuid,
        algorithms: &[SigningAlgorithm],
        now: Timestamp,
    ) -> Result<Vec<Rotated>, KeyError> {
        let keys = self.realm(realm, now).await?;
        let missing: Vec<_> = algorithms.iter().copied().filter(|wanted| keys.signer(*wanted).is_err()).collect();
        if missing.is_empty() { Ok(Vec::new()) } else { self.rotate(realm, &missing, Start::Now, now).await }
    }

    /// Makes new keys for `algorithms`. The old ones sign until the new ones begin, and stay published until the last token
    /// that they signed has ended. Of two rotations at once one makes a key.
    ///
    /// # Errors
    /// The database's, or if OpenSSL refuses.
    pub async fn rotate(
        &self,
        realm: Uuid,
        algorithms: &[SigningAlgorithm],
        start: Start,
        now: Timestamp,
    ) -> Result<Vec<Rotated>, KeyError> {
        let old = self.0.db.signing_keys(realm, now).await?;
        let signs_from = |algorithm| self.signs_from(algorithm, start, &old, now);
        let retained = self.retained(realm).await?;
        let made = self.new_signing_keys(realm, algorithms, now, signs_from).await?;
        let event_id = self.0.random.id(now);
        let rotated = self.0.db.write(async move |tx| {
            let mut rotated = Vec::new();
            for key in &made {
                if replace(tx, key, &old, key.signs_from + retained).await? {
                    rotated.push(key.clone());
                }
            }
            if !rotated.is_empty() {
                tx.record(&rotation_event(event_id, realm, &kids(&rotated), now)).await?;
            }
            Ok(rotated)
        });
        let rotated = rotated.await?;
        rotated.iter().map(summary).collect()
    }

    /// Rotates the algorithms whose newest key is `age` old; none where `age` is zero.
    ///
    /// # Errors
    /// As [`Keys::rotate`].
    pub async fn rotate_due(&self, realm: Uuid, age: Duration, now: Timestamp) -> Result<Vec<Rotated>, KeyError> {
        if age.is_zero() {
            return Ok(Vec::new());
        }
        let rows = self.0.db.signing_keys(realm, now).await?;
        let newest = |algorithm: &SigningAlgorithm| rows.iter().find(|row| row.alg == algorithm.as_str());
        let is_due = |algorithm: &SigningAlgorithm| newest(algorithm).is_some_and(|row| row.signs_from + age <= now);
        let due: Vec<_> = SigningAlgorithm::ALL.iter().copied().filter(is_due).collect();
        if due.is_empty() { Ok(Vec::new()) } else { self.rotate(realm, &due, Start::Published, now).await }
    }

    /// Makes a refresh key that tags the families of the future, as soon as every node knows it; the older ones go on for theirs.
    /// Says its number.
    ///
    /// # Errors
    /// The database's.
    pub async fn rotate_refresh_key(&self, realm: Uuid, now: Timestamp) -> Result<u32, KeyError> {
        let newest = self.0.db.refresh_keys(realm).await?.first().map_or(0, |row| row.number);
        let key = self.new_refresh_key(realm, newest + 1, now);
        // Where the number is taken, another node was faster: its key serves as well.
        self.0.db.write(async move |tx| tx.create_refresh_key(&key).await).await?;
        Ok(newest + 1)
    }

    /// Ends everything that a realm, or every realm, issued before `now`: after a restored backup, consumed tokens would else
    /// come back to life.
    ///
    /// # Errors
    /// The database's.
    pub async fn raise_epoch(&self, realms: &[Uuid], now: Timestamp) -> Result<(), KeyError> {
        let raised: Vec<_> = realms.iter().map(|realm| (self.0.random.id(now), *realm)).collect();
        let written = self.0.db.write(async move |tx| {
            for (event_id, realm) in &raised {
                tx.raise_epoch(*realm, now).await?;
                tx.record(&Event::new(*event_id, *realm, EventType::EpochRaised, now, Actor::Operator)).await?;
            }
            Ok(())
        });
        written.await?;
        Ok(())
    }

    /// When a key that is made or imported now begins to sign, beside the `old` ones.
    pub(super) fn signs_from(
        &self,
        algorithm: SigningAlgorithm,
        start: Start,
        old: &[SigningKeyRow],
        now: Timestamp,
    ) -> Timestamp {
        match start {
            Start::Published => now + self.0.jwks_max_age + MARGIN,
            Start::Now if old.iter().any(|row| row.alg == algorithm.as_str()) => now + KNOWN_WITHIN,
            Start::Now => now,
        }
    }

    /// For how long a key stays published after it has ceased to sign.
    pub(super) async fn retained(&self, realm: Uuid) -> Result<Duration, KeyError> {
        Ok(self.longest_token(realm).await?.max(PUBLISHED_AT_LEAST) + MARGIN)
    }

    async fn new_signing_keys(
        &self,
        realm: Uuid,
        algorithms: &[SigningAlgorithm],
        now: Timestamp,
        signs_from: impl Fn(SigningAlgorithm) -> Timestamp,
    ) -> Result<Vec<SigningKeyRow>, KeyError> {
        // On threads of their own, side by side: RSA takes long.
        let generate = async |algorithm| {
            let made = tokio::task::spawn_blocking(move || PrivateJwk::generate(algorithm)).await;
            made.map_err(|panic| KeyError::Library(Box::new(panic)))?
        };
        let made = try_join_all(algorithms.iter().map(|algorithm| generate(*algorithm))).await?;
        let rows = made.iter().zip(algorithms);
        rows.map(|(private, algorithm)| self.signing_key_row(realm, private, now, signs_from(*algorithm))).collect()
    }

    /// The row of a private key.
    pub(super) fn signing_key_row(
        &self,
        realm: Uuid,
        private: &PrivateJwk,
        now: Timestamp,
        signs_from: Timestamp,
    ) -> Result<SigningKeyRow, KeyError> {
        let id = self.0.random.id(now);
        let public = private.public()?;
        let sealed = self.0.keyring.seal(Place::of(SIGNING_KEY, &id), private.expose(), &self.0.random);
        Ok(SigningKeyRow {
            id,
            realm_id: realm,
            kid: public.kid.clone(),
            alg: public.alg.to_string(),
            public_jwk: serde_json::to_value(&public).map_err(KeyError::Claims)?,
            private_sealed: sealed.into_bytes(),
            signs_from,
            signs_until: None,
            published_until: None,
            created_at: now,
        })
    }

    fn new_refresh_key(&self, realm: Uuid, number: u32, now: Timestamp) -> RefreshKeyRow {
        let id = self.0.random.id(now);
        let bytes = zeroize::Zeroizing::new(self.0.random.bytes::<32>());
        let sealed = self.0.keyring.seal(Place::of(REFRESH_KEY, &id), &*bytes, &self.0.random).into_bytes();
        RefreshKeyRow { id, realm_id: realm, number, sealed, retired_at: None, created_at: now }
    }

    /// The longest lifetime of any token that the realm's keys sign.
    async fn longest_token(&self, realm: Uuid) -> Result<Duration, KeyError> {
        let servers = self.0.db.resource_servers(realm).await?;
        let mut longest = servers.iter().filter_map(|server| server.access_token_seconds).max().unwrap_or(0);
        let mut before = None;
        loop {
            let clients = self.0.db.clients(realm, None, before, PAGE).await?;
            let own = clients.iter().flat_map(|one| [one.settings.access_token_seconds, one.settings.id_token_seconds]);
            longest = own.flatten().max().unwrap_or(0).max(longest);
            before = clients.last().map(|client| client.id);
            if before.is_none() {
                return Ok(Duration::from_secs(longest).max(self.0.token_lifetime));
            }
        }
    }
}

/// Puts `key` in the place of those of `old` that have no successor yet; says whether another rotation was not faster.
async fn replace(
    tx: &Tx,
    key: &SigningKeyRow,
    old: &[SigningKeyRow],
    published_until: Timestamp,
) -> store::Result<bool> {
    let mut before = old.iter().filter(|row| row.alg == key.alg && row.signs_until.is_none()).peekable();
    let mut won = before.peek().is_none();
    for row in before {
        won |= tx.retire_signing_key(row.realm_id, row.id, key.signs_from, published_until).await?;
    }
    if won {
        tx.create_signing_key(key).await?;
    }
    Ok(won)
}

fn kids(rows: &[SigningKeyRow]) -> Vec<String> {
    rows.iter().map(|row| row.kid.clone()).collect()
}

/// The event of new keys of a realm.
pub(super) fn rotation_event(id: Uuid, realm: Uuid, kids: &[String], now: Timestamp) -> Event {
    Event::new(id, realm, EventType::KeysRotated, now, Actor::Operator).with_data(json!({ "kids": kids }))
}

/// What a row is to who asked for it.
pub(super) fn summary(key: &SigningKeyRow) -> Result<Rotated, KeyError> {
    let algorithm = key.alg.parse().map_err(|_| KeyError::Jwk(format!("the row of {}", key.kid)))?;
    Ok(Rotated { algorithm, kid: key.kid.clone(), signs_from: key.signs_from })
}
