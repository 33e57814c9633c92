//! Key sets that others keep at a URL (`jwks_uri`): fetched at use, kept for a minute, and fetched again where a key is missing.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use quick_cache::sync::Cache;
use url::Url;

use crate::clock::Timestamp;
use crate::keys::foreign::{ForeignKeys, KeySetFault, WantedKey};
use crate::outgoing::{Get, OnBehalf, Outgoing, OutgoingError};
use crate::protocol::jws::CompactJws;

/// How long a set is used: a key that its owner has taken away works no longer than this.
pub const FRESH_FOR: Duration = Duration::from_mins(1);

/// The pause after the first fetch in vain; it doubles with each further one.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// The longest pause after fetches that failed: who was down is soon asked again.
const LONGEST_AFTER_FAILURE: Duration = Duration::from_secs(10);

/// The longest pause after fetches that did not bring the key they were made for.
const LONGEST_AFTER_MISS: Duration = FRESH_FOR;

/// The most bytes of a set.
const MAX_BYTES: usize = 64 * 1024;

/// Sets that are kept, for each kind of client: strangers cannot push out the others'.
const SETS: usize = 500;

/// The media types of a set (RFC 7517 §8.5); many serve plain JSON.
const ACCEPT: &[&str] = &["application/jwk-set+json", "application/json"];

/// Why there is no key set. For the log; [`RemoteJwksError::advice`] is for the client.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RemoteJwksError {
    /// It could not be fetched.
    #[error("the jwks_uri cannot be fetched: {0}")]
    Fetch(#[from] OutgoingError),
    /// What was fetched is none.
    #[error("the document at the jwks_uri is not taken: {0}")]
    KeySet(#[from] KeySetFault),
    /// The process is stopping.
    #[error("the fetch of the jwks_uri was broken off")]
    Interrupted,
}

impl RemoteJwksError {
    /// What a developer outside may be told.
    pub const fn advice(&self) -> &'static str {
        match self {
            Self::Fetch(error) => error.advice(),
            Self::KeySet(KeySetFault::Shape) => "the URL's document is no JWK set",
            Self::KeySet(KeySetFault::TooMany) => "the URL's JWK set holds more than 32 keys",
            Self::Interrupted => "the URL's host did not answer in time",
        }
    }
}

/// The remote key sets that are known. Clones share them.
#[derive(Debug, Clone)]
pub struct RemoteJwks(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    outgoing: Outgoing,
    sets: [Cache<Url, Arc<Remote>>; OnBehalf::COUNT],
}

impl RemoteJwks {
    /// No set is known yet.
    pub fn new(outgoing: Outgoing) -> Self {
        Self(Arc::new(Shared { outgoing, sets: std::array::from_fn(|_| Cache::new(SETS)) }))
    }

    /// The key set at `uri`, to check `jws` with: at most [`FRESH_FOR`] old, and fetched again where it does not hold the key that
    /// is named, as often as the pauses allow. Of callers at the same time one fetches; the others wait only if they lack a key.
    ///
    /// # Errors
    /// [`RemoteJwksError`], remembered for a few seconds.
    pub async fn keys_for(
        &self,
        uri: &Url,
        on_behalf: OnBehalf,
        jws: &CompactJws<'_>,
        now: Timestamp,
    ) -> Result<Arc<ForeignKeys>, RemoteJwksError> {
        self.keys_with(uri, on_behalf, WantedKey::of(jws), now).await
    }

    /// The key set at `uri`, as [`RemoteJwks::keys_for`] gives it, for whoever needs `wanted` of it.
    ///
    /// # Errors
    /// [`RemoteJwksError`], remembered for a few seconds.
    pub async fn keys_with(
        &self,
        uri: &Url,
        on_behalf: OnBehalf,
        wanted: WantedKey,
        now: Timestamp,
    ) -> Result<Arc<ForeignKeys>, RemoteJwksError> {
        let remote = self.remote(uri, on_behalf);
        if let Some(answer) = remote.state().answer(&wanted, now) {
            return answer;
        }
        let fetching = Arc::clone(&remote.fetching).lock_owned().await;
        if let Some(answer) = remote.state().answer(&wanted, now) {
            return answer;
        }
        // A task of its own: it ends, and the others that wait have their answer, also if this caller goes away.
        let (outgoing, uri) = (self.0.outgoing.clone(), uri.clone());
        let fetch = tokio::spawn({
            let (remote, wanted) = (Arc::clone(&remote), wanted.clone());
            async move {
                let fetched = fetch(&outgoing, &uri, on_behalf).await;
                remote.state().record(fetched, &wanted, now);
                drop(fetching);
            }
        });
        // Whether it ended or was broken off shows in what it left.
        let _ = fetch.await;
        let answer = remote.state().answer(&wanted, now);
        answer.unwrap_or(Err(RemoteJwksError::Interrupted))
    }

    /// What is known of `uri`. For the operator's clients and for the others apart: what may be reached differs.
    fn remote(&self, uri: &Url, on_behalf: OnBehalf) -> Arc<Remote> {
        let sets = &self.0.sets[on_behalf as usize];
        let Ok(remote) = sets.get_or_insert_with(uri, || Ok::<_, Infallible>(Arc::default()));
        remote
    }
}

async fn fetch(outgoing: &Outgoing, url: &Url, on_behalf: OnBehalf) -> Result<ForeignKeys, RemoteJwksError> {
    let fetched = outgoing.get(&Get { url, on_behalf, accept: ACCEPT, max_bytes: MAX_BYTES }).await?;
    Ok(ForeignKeys::parse(&fetched.body)?)
}

/// One URI.
#[derive(Debug, Default)]
struct Remote {
    state: Mutex<State>,
    /// Held by whoever fetches.
    fetching: Arc<tokio::sync::Mutex<()>>,
}

impl Remote {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug, Default)]
struct State {
    known: Option<(Arc<ForeignKeys>, Timestamp)>,
    /// The last fetch: when it was, and what failed.
    asked: Option<(Timestamp, Option<RemoteJwksError>)>,
    /// Fetches in a row that failed.
    failures: u32,
    /// Fetches in a row that did not bring the key they were made for.
    misses: u32,
}

impl State {
    /// What to answer without a fetch, if anything.
    fn answer(&self, wanted: &WantedKey, now: Timestamp) -> Option<Result<Arc<ForeignKeys>, RemoteJwksError>> {
        let rests = !self.may_ask(now);
        if let Some(keys) = self.fresh(now) {
            return (rests || keys.holds(wanted)).then(|| Ok(Arc::clone(keys)));
        }
        let (_, failed) = self.asked.as_ref()?;
        failed.clone().filter(|_| rests).map(Err)
    }

    fn fresh(&self, now: Timestamp) -> Option<&Arc<ForeignKeys>> {
        self.known.as_ref().filter(|(_, at)| apart(*at, now) < FRESH_FOR).map(|(keys, _)| keys)
    }

    fn may_ask(&self, now: Timestamp) -> bool {
        let pause = pause(self.failures, LONGEST_AFTER_FAILURE).max(pause(self.misses, LONGEST_AFTER_MISS));
        self.asked.as_ref().is_none_or(|(at, _)| apart(*at, now) >= pause)
    }

    fn record(&mut self, fetched: Result<ForeignKeys, RemoteJwksError>, wanted: &WantedKey, now: Timestamp) {
        match fetched {
            Ok(keys) => {
                // A set that was due anyway says nothing of who asks for keys that do not exist.
                let earlier = if self.fresh(now).is_some() { self.misses } else { 0 };
                self.misses = if keys.holds(wanted) { 0 } else { earlier.saturating_add(1) };
                self.failures = 0;
                self.known = Some((Arc::new(keys), now));
                self.asked = Some((now, None));
            }
            Err(error) => {
                self.failures = self.failures.saturating_add(1);
                self.asked = Some((now, Some(error)));
            }
        }
    }
}

/// The pause after so many fetches in vain.
fn pause(in_vain: u32, longest: Duration) -> Duration {
    match in_vain.checked_sub(1) {
        None => Duration::ZERO,
        Some(doublings) => FIRST_PAUSE.saturating_mul(1 << doublings.min(16)).min(longest),
    }
}

/// How far two instants are apart, whichever is the later: who waited for a fetch began before it, and a clock that was set back
/// must not make a set last for hours.
fn apart(one: Timestamp, other: Timestamp) -> Duration {
    one.since(other).max(other.since(one))
}
