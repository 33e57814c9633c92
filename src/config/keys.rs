//! `[keys]`: the keyring and the signing keys.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::values::Period;
use crate::protocol::algorithm::SigningAlgorithm;
use crate::secret::Secret;

/// The keyring that seals what is stored, and the keys that sign tokens.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Keys {
    /// The keyring, as `tessera keyring new` prints it. With SQLite it may be left out: the first start makes `keyring` in the
    /// data directory. PostgreSQL needs it, the same on every node.
    pub master: Option<Secret>,
    /// A file that holds the keyring.
    pub master_file: Option<PathBuf>,
    /// The algorithms of the signing keys that a new realm gets. Applications in the field need RS256 for ID tokens.
    pub algorithms: Vec<SigningAlgorithm>,
    /// How old a signing key grows before the next one takes its place; "0s" rotates only on `tessera keys rotate`. The new key
    /// is published for `jwks_max_age` before it signs, the old one until its last token has ended.
    pub rotate_every: Period,
    /// How long applications may keep the published keys (Cache-Control: max-age).
    pub jwks_max_age: Period,
}

impl Default for Keys {
    fn default() -> Self {
        Self {
            master: None,
            master_file: None,
            algorithms: SigningAlgorithm::ALL.to_vec(),
            rotate_every: Period::days(90),
            jwks_max_age: Period::minutes(15),
        }
    }
}
