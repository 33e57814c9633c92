//! `tessera migrate`: the database's schema.

use clap::Subcommand;
use serde_json::json;

use crate::store::schema::{self, Status};

use super::context::{Context, require_file};
use super::failure::Failure;
use super::input::Confirm;
use super::report::Report;

/// What to do with the schema.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Bring the schema up to this release's; a SQLite database is copied before
    Up,
    /// Take migrations back, with what is kept in their tables
    Down {
        /// How many
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
        steps: u32,
        #[command(flatten)]
        confirm: Confirm,
    },
    /// Which migrations are applied, and which are pending
    Status,
}

/// Runs the command.
pub(super) async fn run(command: &Command, context: &Context) -> Result<Report, Failure> {
    let options = context.options();
    require_file(&options)?;
    match command {
        Command::Status => Ok(status(&schema::status(&options).await?)),
        Command::Up => {
            let before = schema::status(&options).await?.pending.len();
            schema::prepare(&options).await?;
            let after = schema::status(&options).await?;
            Ok(status(&after).headed(&format!("{before} migration(s) applied.")))
        }
        Command::Down { steps, confirm } => {
            confirm.ask("This takes tables away, with everything in them.", "down")?;
            schema::revert(&options, *steps).await?;
            Ok(status(&schema::status(&options).await?))
        }
    }
}

fn status(status: &Status) -> Report {
    let applied = status.applied.iter().map(|name| vec![name.clone(), "applied".to_owned()]);
    let pending = status.pending.iter().map(|name| vec![name.clone(), "pending".to_owned()]);
    let rows: Vec<_> = applied.chain(pending).collect();
    Report::table(&["MIGRATION", "STATE"], &rows, json!(status))
}
