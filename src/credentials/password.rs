//! Passwords: argon2id (RFC 9106) on a bounded pool, and the rules for a new password.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use zeroize::Zeroizing;

use crate::config;
use crate::credentials::password::phc::{Parameters, Stored};
use crate::credentials::password::policy::{Fault, Normalised, Policy};
use crate::credentials::password::pool::{Pool, Refused};
use crate::random::Random;
use crate::secret::Secret;

pub mod phc;
pub mod policy;
pub mod pool;

/// What a caller is told to wait when the pool's queue is full.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// What became of a password that was tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is the account's.
    Matched {
        /// The stored hash has other parameters than new ones: replace it, as the password is at hand.
        needs_rehash: bool,
    },
    /// It is not, or there is no such account, or the account has no password.
    Wrong,
}

/// Why a password was neither hashed nor compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Too many wait already: answer 503 with Retry-After.
    #[error("too many passwords are waiting to be hashed")]
    Busy {
        /// When to try again.
        retry_after: Duration,
    },
    /// It is longer than a password may be; nothing was hashed.
    #[error("the password is longer than {max_bytes} bytes")]
    TooLong {
        /// The most bytes.
        max_bytes: usize,
    },
    /// The stored hash is not an argon2 PHC string, or asks for more work than is allowed.
    #[error("the stored password hash cannot be used")]
    Stored,
    /// The hash was not computed: out of memory, or its job panicked.
    #[error("the password could not be hashed")]
    Failed,
}

impl From<Refused> for PasswordError {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Full => Self::Busy { retry_after: RETRY_AFTER },
            Refused::Lost => Self::Failed,
        }
    }
}

/// Hashes and compares passwords; clones share one pool.
#[derive(Clone)]
pub struct Passwords(Arc<Inner>);

struct Inner {
    policy: Policy,
    parameters: Parameters,
    dummy: Stored,
    pool: Pool,
    dummies: AtomicU64,
}

impl Passwords {
    /// Starts the pool. Its memory is taken with the first hash of each worker, and then kept.
    ///
    /// # Errors
    /// If argon2 does not accept the parameters, or a thread cannot be started.
    pub fn new(config: &config::Passwords, random: &Random) -> io::Result<Self> {
        let parameters = Parameters::new(config.memory_kib, config.iterations, config.parallelism)
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error.to_string()))?;
        let workers = match config.concurrency {
            0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            workers => workers,
        };
        Ok(Self(Arc::new(Inner {
            policy: Policy::new(config),
            dummy: parameters.unmatchable(random),
            pool: Pool::start(workers, config.queue, parameters.blocks())?,
            dummies: AtomicU64::new(0),
            parameters,
        })))
    }

    /// The rules for a new password.
    pub fn policy(&self) -> &Policy {
        &self.0.policy
    }

    /// Hashes a new password with a random salt, as a PHC string.
    ///
    /// # Errors
    /// If it is too long, the pool is busy, or hashing fails.
    pub async fn hash(&self, password: &Secret, random: &Random) -> Result<Secret, PasswordError> {
        let password = self.normalise(password)?;
        let (parameters, salt) = (self.0.parameters.clone(), random.bytes());
        let hashed = self.0.pool.run(move |memory| parameters.hash(&password, &salt, memory)).await?;
        hashed.map(Secret::from).map_err(|_| PasswordError::Failed)
    }

    /// Compares a password with the stored PHC string; `None` (no such account, or none with a password) costs as much
    /// as a wrong password with today's parameters.
    ///
    /// # Errors
    /// As [`Passwords::hash`], or the stored hash cannot be used.
    pub async fn verify(&self, password: &Secret, stored: Option<&str>) -> Result<Verdict, PasswordError> {
        let password = self.normalise(password)?;
        let known = stored.is_some();
        let stored = match stored {
            Some(text) => Stored::parse(text).map_err(|_| PasswordError::Stored)?,
            None => self.0.dummy.clone(),
        };
        let needs_rehash = !stored.made_with(&self.0.parameters);
        let compared = self.0.pool.run(move |memory| stored.matches(&password, memory)).await?;
        let matched = compared.map_err(|_| PasswordError::Failed)?;
        if !known {
            self.0.dummies.fetch_add(1, Ordering::Relaxed);
        }
        Ok(if matched && known { Verdict::Matched { needs_rehash } } else { Verdict::Wrong })
    }

    /// How often a password was compared with the dummy, as there was nothing to compare it with.
    pub fn dummies(&self) -> u64 {
        self.0.dummies.load(Ordering::Relaxed)
    }

    /// The pool, for its figures.
    pub fn pool(&self) -> &Pool {
        &self.0.pool
    }

    fn normalise(&self, password: &Secret) -> Result<Zeroizing<String>, PasswordError> {
        let max_bytes = self.0.policy.max_bytes();
        let normalised = self.0.policy.normalise(password).map_err(|_: Fault| PasswordError::TooLong { max_bytes })?;
        Ok(Normalised::into_text(normalised))
    }
}

impl fmt::Debug for Passwords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Passwords").field("policy", &self.0.policy).field("pool", &self.0.pool).finish_non_exhaustive()
    }
}
