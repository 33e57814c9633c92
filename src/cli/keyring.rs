//! `tessera keyring`: the key that seals what the database holds.

use std::path::PathBuf;

use clap::Subcommand;
use serde_json::json;

use crate::keys::keyring::Keyring;
use crate::keys::keyring::file::{self, FileError};
use crate::random::Random;

use super::failure::Failure;
use super::report::Report;

/// What to do with keyrings.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make a keyring. Keep it: without it the signing keys in the database cannot be opened
    New {
        /// Write it to a new file that its owner alone can read, instead of printing it
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
    },
}

/// Runs the command.
pub(super) fn run(command: &Command) -> Result<Report, Failure> {
    let Command::New { file } = command;
    let random = Random::system();
    let Some(path) = file else {
        let keyring = Keyring::generate(&random);
        let text = keyring.to_text();
        let json = json!({ "keyring": text.expose(), "active": keyring.active().to_string() });
        return Ok(Report::new(text.expose(), json));
    };
    let keyring = file::create(path, &random).map_err(|error| failed(&error))?;
    let text =
        format!("The keyring is in {}. Name that file in keys.master_file, and keep a copy elsewhere.", path.display());
    Ok(Report::new(text, json!({ "file": path, "active": keyring.active().to_string() })))
}

fn failed(error: &FileError) -> Failure {
    match error {
        FileError::Io { path, cause } if cause.kind() == std::io::ErrorKind::AlreadyExists => {
            Failure::refused(format!("{} exists: a keyring is never overwritten. Choose another name.", path.display()))
        }
        error => Failure::failed(format!("{error}.")),
    }
}
