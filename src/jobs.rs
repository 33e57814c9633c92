//! What runs beside the requests: asking which cached records changed, writing down what was gathered, clearing away what
//! is over, giving realms new keys in their time, sealing anew after a change of the keyring, and sending what waits in the outbox.

mod delivery;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior};

use crate::app::Shared;
use crate::keys::KeyError;

pub use delivery::deliver;

const DELIVER_EVERY: Duration = Duration::from_secs(1);
const FLUSH_EVERY: Duration = Duration::from_secs(30);
const PURGE_EVERY: Duration = Duration::from_mins(1);
const ROTATE_EVERY: Duration = Duration::from_hours(1);
/// How long after one job the next begins. At the same instant each would open a connection of its own.
const APART: Duration = Duration::from_millis(50);
/// Rows cleared away at a time, so that no request waits behind many.
const BATCH: u32 = 500;

/// The running jobs.
#[derive(Debug)]
pub struct Jobs(Vec<JoinHandle<()>>);

/// Starts every job.
pub fn start(app: &Shared) -> Jobs {
    let mut jobs = Jobs(vec![app.db.watch()]);
    jobs.when(DELIVER_EVERY, Some(app.db.to_send()), app, async |app| unless_away(deliver(&app).await));
    jobs.every(FLUSH_EVERY, app, async |app| app.sessions.flush_seen().await.map(|_| ()).map_err(|e| e.to_string()));
    jobs.every(PURGE_EVERY, app, async |app| purge(&app).await);
    jobs.every(ROTATE_EVERY, app, async |app| rotate_keys(&app).await.map_err(|e| e.to_string()));
    jobs.every(ROTATE_EVERY, app, async |app| reseal(&app).await.map_err(|e| e.to_string()));
    jobs
}

impl Jobs {
    /// Does `work` every `period`, the first time after the jobs before it.
    fn every<F>(&mut self, period: Duration, app: &Shared, work: impl FnMut(Shared) -> F + Send + 'static)
    where
        F: Future<Output = Result<(), String>> + Send,
    {
        self.when(period, None, app, work);
    }

    /// Does `work` every `period`, and when it is `called`.
    fn when<F>(
        &mut self,
        period: Duration,
        called: Option<Arc<Notify>>,
        app: &Shared,
        mut work: impl FnMut(Shared) -> F + Send + 'static,
    ) where
        F: Future<Output = Result<(), String>> + Send,
    {
        let first = Instant::now() + APART.saturating_mul(u32::try_from(self.0.len()).unwrap_or(u32::MAX));
        let app = app.clone();
        self.0.push(tokio::spawn(async move {
            let mut ticks = tokio::time::interval_at(first, period);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                match &called {
                    None => drop(ticks.tick().await),
                    Some(called) => tokio::select! {
                        _ = ticks.tick() => {}
                        () = called.notified() => {}
                    },
                }
                if let Err(error) = work(app.clone()).await {
                    tracing::warn!(%error, "a job failed; it is tried again in its time");
                }
            }
        }));
    }

    /// Stops every job where it stands; each is safe to be stopped anywhere.
    pub async fn stop(self) {
        for job in self.0 {
            job.abort();
            // An aborted task ends with an error that says so.
            let _ = job.await;
        }
    }
}

/// Gives every realm keys for the configured algorithms that it lacks, and new ones in place of those that are
/// `keys.rotate_every` old. Of several nodes one makes each.
///
/// # Errors
/// As [`Keys::rotate`](crate::keys::Keys::rotate).
pub async fn rotate_keys(app: &Shared) -> Result<(), KeyError> {
    let (now, settings) = (app.clock.now(), &app.config.keys);
    for realm in app.db.realms().await? {
        let mut made = app.keys.add_missing(realm.id, &settings.algorithms, now).await?;
        made.extend(app.keys.rotate_due(realm.id, settings.rotate_every.duration(), now).await?);
        for key in made {
            tracing::info!(realm = realm.slug, kid = key.kid, algorithm = %key.algorithm, "a new signing key");
        }
        for kid in app.keys.offer_encryption(realm.id, now).await? {
            tracing::info!(realm = realm.slug, kid, "a first encryption key");
        }
        for kid in app.keys.rotate_encryption_due(realm.id, settings.rotate_every.duration(), now).await? {
            tracing::info!(realm = realm.slug, kid, "a new encryption key");
        }
    }
    Ok(())
}

/// Seals under the keyring's active key what an earlier one sealed.
///
/// # Errors
/// As [`Keys::reseal`](crate::keys::Keys::reseal).
pub async fn reseal(app: &Shared) -> Result<(), KeyError> {
    let resealed = app.keys.reseal().await?;
    if resealed > 0 {
        tracing::info!(resealed, "sealed anew under the keyring's active key");
    }
    Ok(())
}

/// Clears away what is over, in batches, until nothing is left.
///
/// # Errors
/// The store's, in words.
pub async fn purge(app: &Shared) -> Result<(), String> {
    while app.ephemeral.home().purge(app.clock.now(), BATCH).await.map_err(|error| error.to_string())? > 0 {
        tokio::task::yield_now().await;
    }
    let unused = app.config.registration.unused_lifetime.duration();
    let now = app.clock.now();
    while app.db.purge_registrations(now - unused, now, BATCH).await.map_err(|error| error.to_string())? > 0 {
        tokio::task::yield_now().await;
    }
    while app.db.purge(app.clock.now(), BATCH).await.map_err(|error| error.to_string())? > 0 {
        tokio::task::yield_now().await;
    }
    Ok(())
}

/// While the database is away everybody says so: what looks every second need not.
fn unless_away(outcome: crate::store::Result<()>) -> Result<(), String> {
    match outcome {
        Err(error) if error.is_temporary() => {
            tracing::debug!(%error, "could not ask what is to be sent");
            Ok(())
        }
        outcome => outcome.map_err(|error| error.to_string()),
    }
}
