//! Randomness. Owns every call of the system's generator; everything else is given its random values.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{Context, SHA256};
use ring::rand::{SecureRandom as _, SystemRandom};
use uuid::Uuid;

use crate::clock::Timestamp;

/// A source of random bytes: the system's, or one that repeats itself for a test's seed.
#[derive(Debug, Clone)]
pub struct Random(Source);

#[derive(Debug, Clone)]
enum Source {
    System(SystemRandom),
    Seeded { seed: u64, drawn: Arc<AtomicU64> },
}

impl Random {
    /// The operating system's generator.
    pub fn system() -> Self {
        Self(Source::System(SystemRandom::new()))
    }

    /// A generator whose values repeat for the same seed; clones share it. For tests, and [`Random::for_labels`].
    pub fn seeded(seed: u64) -> Self {
        Self(Source::Seeded { seed, drawn: Arc::new(AtomicU64::new(0)) })
    }

    /// A generator that this one seeds, for what must be unique and is no secret: it does not ask the operating system, which takes
    /// several times as long.
    ///
    /// # Panics
    /// As [`Random::bytes`].
    #[must_use]
    pub fn for_labels(&self) -> Self {
        Self::seeded(u64::from_ne_bytes(self.bytes()))
    }

    /// `N` random bytes.
    ///
    /// # Panics
    /// If the operating system has no randomness to give: nothing that this server does is safe without it.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }

    /// `N` random bytes as base64url text without padding, as codes and secrets are written.
    ///
    /// # Panics
    /// As [`Random::bytes`].
    pub fn text<const N: usize>(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.bytes::<N>())
    }

    /// A UUIDv7 (RFC 9562 §5.7): ids that are made later sort later.
    ///
    /// # Panics
    /// As [`Random::bytes`].
    pub fn id(&self, now: Timestamp) -> Uuid {
        let millis = u64::try_from(now.millis()).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &self.bytes()).into_uuid()
    }

    fn fill(&self, bytes: &mut [u8]) {
        match &self.0 {
            Source::System(system) => system.fill(bytes).expect("the operating system gives random bytes"),
            Source::Seeded { seed, drawn } => {
                for chunk in bytes.chunks_mut(32) {
                    let mut context = Context::new(&SHA256);
                    context.update(&seed.to_be_bytes());
                    context.update(&drawn.fetch_add(1, Ordering::SeqCst).to_be_bytes());
                    chunk.copy_from_slice(&context.finish().as_ref()[..chunk.len()]);
                }
            }
        }
    }
}
