//! Looks every few seconds whether the certificate's files have changed, and at once when SIGHUP comes.

use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::MissedTickBehavior;

use super::pair::{self, Digest};
use super::{Current, development};
use crate::clock::{Clock, Timestamp};
use crate::config::{Config, Finding};

/// Between two looks.
const EVERY: Duration = Duration::from_secs(2);

/// What is known of the files.
#[derive(Debug)]
pub(crate) struct Watch {
    config: Config,
    current: Arc<Current>,
    /// The pair in use.
    used: Digest,
    /// What was wrong when it was last looked at, so that it is said once.
    wrong: Option<Wrong>,
}

#[derive(Debug)]
struct Wrong {
    finding: Finding,
    told: bool,
}

impl Watch {
    pub(super) fn new(config: Config, current: Arc<Current>, used: Digest) -> Self {
        Self { config, current, used, wrong: None }
    }

    /// Goes on for as long as the server does.
    pub(in crate::server) async fn run(mut self, clock: Clock) {
        let mut ticks = tokio::time::interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut hangup = signal(SignalKind::hangup()).ok();
        loop {
            let asked = tokio::select! {
                _ = ticks.tick() => false,
                () = heard(&mut hangup) => true,
            };
            let looked = tokio::task::spawn_blocking({
                let (config, now) = (self.config.clone(), clock.now());
                move || look(&config, now)
            });
            if let Ok(found) = looked.await {
                self.take(found, asked);
            }
        }
    }

    fn take(&mut self, found: Result<(pair::Pair, Digest), Finding>, asked: bool) {
        match found {
            Ok((_, digest)) if digest == self.used => self.wrong = None,
            Ok((pair, digest)) => {
                self.current.exchange(pair.certified());
                (self.used, self.wrong) = (digest, None);
                tracing::info!(file = %pair.file().display(), sha256 = pair.fingerprint(), "a new certificate is in use");
            }
            Err(finding) => self.refuse(finding, asked),
        }
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

fn look(config: &Config, now: Timestamp) -> Result<(pair::Pair, Digest), Finding> {
    if config.tls.development {
        development::ensure(config, now)?;
    }
    pair::read(config, now)
}

async fn heard(hangup: &mut Option<Signal>) {
    match hangup {
        Some(signal) => {
            signal.recv().await;
        }
        None => std::future::pending().await,
    }
}
