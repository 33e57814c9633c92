//! The command line: every command, and the one place that prints.
//!
//! Owns: arguments, questions, output for people and for programs (`--json`), exit codes. Does not own any rule of what it
//! changes: those live in the services. Commands open the database themselves, beside a running server, which learns of each
//! change within two seconds.

mod client;
mod config;
mod context;
mod database;
mod doctor;
mod failure;
mod healthcheck;
mod https;
mod input;
mod keyring;
mod keys;
mod migrate;
mod realm;
mod reference;
mod registration_token;
mod report;
mod resource_server;
mod serve;
mod user;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use context::{Context, Globals};
use failure::Failure;
pub use reference::reference;
use report::Report;

/// An OAuth 2.1 / OpenID Connect authorization server. Without a command it serves.
#[derive(Debug, Parser)]
#[command(name = "tessera", version, propagate_version = true)]
struct Arguments {
    #[command(flatten)]
    globals: Globals,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server. It is what `tessera` does without a command
    Serve(DevTls),
    /// Make or drop the database
    #[command(subcommand)]
    Db(database::Command),
    /// Bring the database's schema up to date, or back
    #[command(subcommand)]
    Migrate(migrate::Command),
    /// Realms: issuers with users, applications and keys of their own
    #[command(subcommand)]
    Realm(realm::Command),
    /// The keys that sign a realm's tokens
    #[command(subcommand)]
    Keys(keys::Command),
    /// The keyring that seals what the database holds
    #[command(subcommand)]
    Keyring(keyring::Command),
    /// Applications (OAuth clients)
    #[command(subcommand)]
    Client(client::Command),
    /// Tokens that let their holders register applications themselves
    #[command(subcommand)]
    RegistrationToken(registration_token::Command),
    /// The APIs that access tokens are for
    #[command(subcommand)]
    ResourceServer(resource_server::Command),
    /// The people who sign in
    #[command(subcommand)]
    User(user::Command),
    /// The configuration
    #[command(subcommand)]
    Config(config::Command),
    /// Look at database, Redis, keys, certificate, clock and public URL, and say what to do
    Doctor(DevTls),
    /// Ask a running server on this machine whether it is well
    Healthcheck(healthcheck::Arguments),
}

/// For the server, and for what asks one that was started so.
#[derive(Debug, Clone, Copy, clap::Args)]
struct DevTls {
    /// https with a certificate that is made for this machine alone: short for --set tls.development=true
    #[arg(long)]
    dev_tls: bool,
}

impl Command {
    fn wants_dev_tls(&self) -> bool {
        match self {
            Self::Serve(DevTls { dev_tls }) | Self::Doctor(DevTls { dev_tls }) => *dev_tls,
            Self::Healthcheck(arguments) => arguments.tls.dev_tls,
            _ => false,
        }
    }
}

/// Reads the command line, does what it says, and prints the outcome.
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let mut globals = arguments.globals.with_every_set(std::env::args_os());
    if arguments.command.as_ref().is_some_and(Command::wants_dev_tls) {
        globals.set.push("tls.development=true".to_owned());
    }
    let json = globals.json;
    let outcome = match arguments.command {
        None | Some(Command::Serve(_)) => serve::run(&globals).map(|()| None),
        Some(command) => runtime().and_then(|runtime| runtime.block_on(execute(command, &globals))).map(Some),
    };
    match outcome {
        Ok(None) => ExitCode::SUCCESS,
        Ok(Some(report)) => {
            report.print(json);
            ExitCode::from(report.code())
        }
        Err(failure) => {
            failure.print(json);
            ExitCode::from(failure.code())
        }
    }
}

fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    let built = tokio::runtime::Builder::new_current_thread().enable_all().build();
    built.map_err(|error| Failure::failed(format!("The process cannot start: {error}.")))
}

async fn execute(command: Command, globals: &Globals) -> Result<Report, Failure> {
    if let Command::Keys(command) = &command
        && let Some(outcome) = command.run_alone()
    {
        return outcome;
    }
    match command {
        Command::Config(command) => config::run(&command, globals),
        Command::Keyring(command) => keyring::run(&command),
        Command::Db(command) => database::run(&command, &Context::load(globals)?).await,
        Command::Migrate(command) => migrate::run(&command, &Context::load(globals)?).await,
        Command::Doctor(_) => doctor::run(&Context::load(globals)?).await,
        Command::Healthcheck(arguments) => healthcheck::run(&arguments, &Context::load(globals)?).await,
        command => {
            let context = Context::load(globals)?;
            let db = context.open().await?;
            let outcome = on_database(command, &context, &db).await;
            db.close().await;
            outcome
        }
    }
}

async fn on_database(command: Command, context: &Context, db: &crate::store::Db) -> Result<Report, Failure> {
    match command {
        Command::Realm(command) => realm::run(&command, context, db).await,
        Command::Keys(command) => keys::run(&command, context, db).await,
        Command::Client(command) => client::run(command, context, db).await,
        Command::RegistrationToken(command) => registration_token::run(&command, context, db).await,
        Command::ResourceServer(command) => resource_server::run(command, context, db).await,
        Command::User(command) => user::run(command, context, db).await,
        _ => unreachable!("every other command was taken before the database was opened"),
    }
}
