//! `tessera config`: prove it, print it, and what can be in it.

use clap::Subcommand;
use serde_json::json;

use crate::clock::Clock;
use crate::config::{Config, Severity, default_toml, json_schema};
use crate::server::tls;

use super::context::Globals;
use super::failure::Failure;
use super::report::Report;

/// What to do with the configuration.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Say everything that is wrong or doubtful with the configuration
    Check,
    /// Print the configuration as it counts: file, environment and flags together, secrets redacted
    Print,
    /// Print the default configuration, every key with its explanation
    Default,
    /// Print the JSON schema of the configuration, for editors
    Schema,
}

/// Runs the command.
pub(super) fn run(command: &Command, globals: &Globals) -> Result<Report, Failure> {
    match command {
        Command::Check => check(&Config::load(&globals.sources())?),
        Command::Print => {
            let config = Config::load(&globals.sources())?;
            let json = serde_json::to_value(&config).map_err(|error| Failure::failed(error.to_string()))?;
            Ok(Report::new(config.redacted(), json))
        }
        Command::Default => Ok(Report::new(default_toml(), json!({ "toml": default_toml() }))),
        Command::Schema => {
            let schema = serde_json::to_value(json_schema()).map_err(|error| Failure::failed(error.to_string()))?;
            Ok(Report::new(format!("{schema:#}"), schema))
        }
    }
}

fn check(config: &Config) -> Result<Report, Failure> {
    let mut findings = config.check();
    findings.extend(tls::findings(config, Clock::system().now()));
    let errors: Vec<_> = findings.iter().filter(|one| one.severity == Severity::Error).cloned().collect();
    if !errors.is_empty() {
        return Err(Failure::findings(&errors));
    }
    let mut lines: Vec<_> = findings.iter().map(|one| format!("warning: {}: {}", one.key, one.message)).collect();
    lines.push("The configuration is right.".to_owned());
    Ok(Report::new(lines.join("\n"), json!({ "findings": findings })))
}
