//! Looks every few seconds whether the certificate's files have changed, and at once when SIGHUP comes.

use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::MissedTickBehavior;

use super::pair::{self, Digest, Pair};
use super::{Current, development};
use crate::app::Shared;
use crate::clock::Timestamp;
use crate::config::{Config, Finding};

/// Between two looks.
const EVERY: Duration = Duration::from_secs(2);

/// What is known of the files.
#[derive(Debug)]
pub(in crate::server) struct Watch {
    current: Arc<Current>,
    /// The pair in use.
    used: Digest,
    /// What was wrong when it was last looked at, so that it is said once.
    wrong: Option<Wrong>,
    /// Of the days that are left to a certificate that ends soon, those that the log was last told.
    days: Option<u64>,
}

#[derive(Debug)]
struct Wrong {
    finding: Finding,
    told: bool,
}

impl Watch {
    pub(super) fn new(current: Arc<Current>, used: Digest, days: Option<u64>) -> Self {
        Self { current, used, wrong: None, days }
    }

    /// Goes on for as long as the server does.
    pub(in crate::server) async fn run(mut self, app: Shared) {
        let mut ticks = tokio::time::interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut hangup = signal(SignalKind::hangup()).ok();
        loop {
            let asked = tokio::select! {
                _ = ticks.tick() => false,
                () = heard(&mut hangup) => true,
            };
            let looked = tokio::task::spawn_blocking({
                let app = app.clone();
                move || look(&app.config, app.clock.now())
            });
            if let Ok(found) = looked.await {
                self.take(found, asked);
            }
        }
    }

    fn take(&mut self, found: Result<Found, Finding>, asked: bool) {
        match found {
            Ok(Found { pair, digest, ending }) if digest == self.used => {
                self.wrong = None;
                self.remind(&pair, ending);
            }
            Ok(Found { pair, digest, ending }) => {
                self.days = ending;
                self.current.exchange(pair.certified());
                (self.used, self.wrong) = (digest, None);
                tracing::info!(file = %pair.file().display(), sha256 = pair.fingerprint(), "a new certificate is in use");
            }
            Err(finding) => self.refuse(finding, asked),
        }
    }

    /// Once a day, from two weeks before the end: whatever renews the certificate does not.
    fn remind(&mut self, pair: &Pair, ending: Option<u64>) {
        if let Some(days) = ending.filter(|_| ending != self.days) {
            tracing::warn!(file = %pair.file().display(), days, "the certificate ends soon: renew it");
        }
        self.days = ending;
    }

    /// Two files cannot be exchanged at once: what is wrong only for a moment is not worth a word.
    fn refuse(&mut self, finding: Finding, asked: bool) {
        let known = self.wrong.take().filter(|wrong| wrong.finding == finding);
        let (before, told) = (known.is_some(), known.is_some_and(|wrong| wrong.told));
        let tell = !told && (before || asked);
        if tell {
            tracing::warn!(key = finding.key, "the old certificate stays in use: {}", finding.message);
        }
        self.wrong = Some(Wrong { finding, told: told || tell });
    }
}

/// What is in the files.
struct Found {
    pair: Pair,
    digest: Digest,
    /// The days that are left, where they are few.
    ending: Option<u64>,
}

fn look(config: &Config, now: Timestamp) -> Result<Found, Finding> {
    if config.tls.development {
        development::ensure(config, now)?;
    }
    let (pair, digest) = pair::read(config, now)?;
    let ending = pair.days_if_few(config, now);
    Ok(Found { pair, digest, ending })
}

async fn heard(hangup: &mut Option<Signal>) {
    match hangup {
        Some(signal) => {
            signal.recv().await;
        }
        None => std::future::pending().await,
    }
}
