//! `[passwords]`, `[sign_up]`, `[sign_in]`, `[applications]` and `[acr]`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::values::{Period, Size};

/// What a password must be, and what its hash costs.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Passwords {
    /// The fewest characters of a password.
    #[schemars(range(min = 1))]
    pub min_length: u32,
    /// The greatest length of a password, in bytes or with a unit; longer ones are refused before any work is done on them.
    pub max_length: Size,
    /// Memory for one argon2id hash, in KiB.
    #[schemars(range(min = 8))]
    pub memory_kib: u32,
    /// Passes of argon2id over that memory.
    #[schemars(range(min = 1))]
    pub iterations: u32,
    /// Lanes of argon2id.
    #[schemars(range(min = 1))]
    pub parallelism: u32,
    /// How many passwords are hashed at once; 0 takes one per core. Memory in use stays below this times `memory_kib`.
    pub concurrency: usize,
    /// How many wait for their turn; the next one is answered with 503 and Retry-After.
    pub queue: usize,
}

impl Default for Passwords {
    fn default() -> Self {
        Self {
            min_length: 8,
            max_length: Size::from_bytes(1024),
            memory_kib: 19_456,
            iterations: 2,
            parallelism: 1,
            concurrency: 0,
            queue: 128,
        }
    }
}

/// Whether strangers may make an account.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SignUp {
    /// Anyone may make an account. Off, accounts come from invitations and from the command line.
    pub enabled: bool,
}

/// What happens after wrong passwords.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SignIn {
    /// Wrong passwords in a row after which an account is locked; 0 never locks.
    pub lockout_failures: u32,
    /// How long it stays locked.
    pub lockout_duration: Period,
}

impl SignIn {
    /// The failures in a row that lock an account: a number that nobody reaches where zero says never.
    pub const fn lockout_limit(&self) -> u32 {
        if self.lockout_failures == 0 { u32::MAX } else { self.lockout_failures }
    }
}

impl Default for SignIn {
    fn default() -> Self {
        Self { lockout_failures: 5, lockout_duration: Period::minutes(30) }
    }
}

/// Who may register applications.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Applications {
    /// Every user may register applications. Off, only administrators may.
    pub self_service: bool,
}

/// The names of the authentication levels in the claim `acr`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Acr {
    /// One factor.
    pub single_factor: String,
    /// Two factors.
    pub two_factors: String,
    /// A factor that a false site cannot pass on.
    pub phishing_resistant: String,
}

impl Default for Acr {
    fn default() -> Self {
        Self { single_factor: "1fa".to_owned(), two_factors: "2fa".to_owned(), phishing_resistant: "phr".to_owned() }
    }
}
