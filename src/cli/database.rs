//! `tessera db`: the database itself.

use clap::Subcommand;
use serde_json::json;

use crate::app;
use crate::ephemeral::sqlite::Sqlite;
use crate::store::{Db, Location, database, schema};

use super::context::Context;
use super::failure::Failure;
use super::input::Confirm;
use super::report::Report;

/// What to do with the database.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make the database with its schema, the default realm and its keys. What is there already stays
    Create,
    /// Drop the database with everything in it. The keyring stays
    Drop {
        #[command(flatten)]
        confirm: Confirm,
    },
}

/// Runs the command.
pub(super) async fn run(command: &Command, context: &Context) -> Result<Report, Failure> {
    match command {
        Command::Create => create(context).await,
        Command::Drop { confirm } => drop(confirm, context).await,
    }
}

async fn create(context: &Context) -> Result<Report, Failure> {
    let options = context.options();
    app::make_data_dir(&context.config)?;
    let created = database::create(&options).await?;
    schema::prepare(&options).await?;
    let db = Db::connect(&options).await?;
    let outcome = ensure_default_realm(context, &db).await;
    db.close().await;
    outcome?;
    let name = database::name(&options);
    let text = if created { format!("The database {name} is made.") } else { format!("The database {name} is ready.") };
    Ok(Report::new(text, json!({ "database": name, "created": created })))
}

/// As the server does at its first start.
async fn ensure_default_realm(context: &Context, db: &Db) -> Result<(), Failure> {
    let keys = context.keys(db).await?;
    let algorithms = &context.config.keys.algorithms;
    Ok(app::ensure_default_realm(db, &keys, &context.random, algorithms, context.now()).await?)
}

async fn drop(confirm: &Confirm, context: &Context) -> Result<Report, Failure> {
    let options = context.options();
    let name = database::name(&options);
    confirm.ask(&format!("The database {name} is dropped, with every user, application and key in it."), &name)?;
    if !database::remove(&options).await? {
        return Err(Failure::not_found(format!("There is no database {name}.")));
    }
    if let Location::Sqlite(path) = &options.location {
        let failed = |error| format!("The files of short-lived records cannot be removed: {error}.");
        Sqlite::remove_beside(path).map_err(|error| Failure::failed(failed(error)))?;
    }
    Ok(Report::new(format!("The database {name} is dropped."), json!({ "database": name, "dropped": true })))
}
