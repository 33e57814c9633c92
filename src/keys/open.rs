//! The start: which keyring, and whether it is the database's own.

use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use crate::clock::Timestamp;
use crate::config::Config;
use crate::keys::keyring::file::{self, FileError};
use crate::keys::keyring::{Keyring, KeyringError};
use crate::keys::sealed::Sealed;
use crate::keys::{Keys, reseal};
use crate::random::Random;
use crate::store::{self, Db};

/// The keyring's name in the data directory.
const FILE: &str = "keyring";

/// Why a process must not start with these keys.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// PostgreSQL, and no keyring is configured.
    #[error(
        "PostgreSQL needs a keyring, the same on every node: make one with `tessera keyring new`, keep it safe, and name its \
         file in keys.master_file"
    )]
    NotConfigured,
    /// What `keys.master` holds is not a keyring.
    #[error("keys.master: {0}")]
    Configured(#[source] KeyringError),
    /// The database holds what a keyring sealed, and that keyring's file is gone.
    #[error(
        "the keyring {} is missing, but the database holds values that were sealed with it (key {key}): bring it back from a \
         backup", path.display()
    )]
    Lost {
        /// Where it was.
        path: PathBuf,
        /// One of the keys that are needed.
        key: String,
    },
    /// The database's values were sealed with another keyring.
    #[error("this keyring is not the database's: it lacks the key {0}")]
    Foreign(String),
    /// A key has the right id and the wrong bytes.
    #[error("the keyring's key {0} is not the one that sealed the database's values, though it has the same id")]
    WrongKey(String),
    /// A key was taken out of the keyring too early.
    #[error(
        "the keyring lacks the key {0}, which still seals values of the database: put it back; a server that has it and a newer \
         active one seals them anew when it starts, and every hour"
    )]
    StillUsed(String),
    /// The keyring's file.
    #[error(transparent)]
    File(#[from] FileError),
    /// The data directory could not be made.
    #[error("the data directory {}: {cause}", path.display())]
    Folder {
        /// The directory.
        path: PathBuf,
        /// What the operating system said.
        cause: io::Error,
    },
    /// The database's.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// Loads the configured keyring, or on SQLite the one in the data directory, which is made while the database holds nothing
/// sealed; and refuses a keyring that cannot open what the database holds.
///
/// # Errors
/// Each says what to do.
pub async fn open(config: &Config, db: Db, random: Random, now: Timestamp) -> Result<Keys, StartError> {
    let canaries = db.canaries().await?;
    let keyring = match &config.keys.master {
        Some(text) => text.expose().parse().map_err(StartError::Configured)?,
        None if config.database_url().is_postgres() => return Err(StartError::NotConfigured),
        None => in_data_directory(&config.server.data_dir, &canaries, &random)?,
    };
    require_own(&keyring, &canaries)?;
    require_all_in_use(&keyring, &canaries, &db).await?;
    let id = keyring.active();
    if canaries.iter().all(|(known, _)| *known != id.to_string()) {
        let canary = keyring.seal_canary(id, &random).map_err(StartError::Configured)?;
        db.write(async move |tx| tx.create_canary(&id.to_string(), canary.as_bytes(), now).await).await?;
        // Of several nodes that start at once one made it.
        require_own(&keyring, &db.canaries().await?)?;
    }
    Ok(Keys::new(db, keyring, random, config))
}

/// The keyring of a SQLite database. A lost one is never replaced: what it sealed would be lost with it.
fn in_data_directory(folder: &Path, canaries: &[(String, Vec<u8>)], random: &Random) -> Result<Keyring, StartError> {
    let path = folder.join(FILE);
    if path.exists() {
        return Ok(file::load(&path)?);
    }
    if let Some((key, _)) = canaries.first() {
        return Err(StartError::Lost { path, key: key.clone() });
    }
    let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|cause| StartError::Folder { path: folder.to_owned(), cause })?;
    match file::create(&path, random) {
        Err(FileError::Io { cause, .. }) if cause.kind() == io::ErrorKind::AlreadyExists => Ok(file::load(&path)?),
        outcome => Ok(outcome?),
    }
}

/// "Remove (refused while rows use it)".
async fn require_all_in_use(keyring: &Keyring, canaries: &[(String, Vec<u8>)], db: &Db) -> Result<(), StartError> {
    let held: Vec<_> = keyring.ids().map(|id| id.to_string()).collect();
    let missing: Vec<_> = canaries.iter().map(|(key, _)| key.clone()).filter(|key| !held.contains(key)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    reseal::first_in_use(db, &missing).await?.map_or(Ok(()), |key| Err(StartError::StillUsed(key)))
}

/// Each canary that this keyring has a key for must open, and if there are any, one of them must be.
fn require_own(keyring: &Keyring, canaries: &[(String, Vec<u8>)]) -> Result<(), StartError> {
    let mut opened = canaries.is_empty();
    for id in keyring.ids() {
        let name = id.to_string();
        let Some((_, canary)) = canaries.iter().find(|(known, _)| *known == name) else { continue };
        let canary = Sealed::from_bytes(canary.clone());
        keyring.open_canary(id, &canary).map_err(|_| StartError::WrongKey(name))?;
        opened = true;
    }
    let foreign = || StartError::Foreign(canaries.first().map_or_else(String::new, |(id, _)| id.clone()));
    if opened { Ok(()) } else { Err(foreign()) }
}
