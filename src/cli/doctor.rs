//! `tessera doctor`: what is not well, and what to do.

mod checks;

use serde::Serialize;
use serde_json::json;

use crate::store::Db;

use super::context::{Context, require_file};
use super::failure::Failure;
use super::report::Report;

/// How well something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum State {
    /// Well.
    Ok,
    /// It works, and something should be done.
    Warning,
    /// It does not work.
    Failed,
    /// There is nothing to look at.
    Skipped,
}

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Check {
    name: &'static str,
    state: State,
    message: String,
}

impl Check {
    fn new(name: &'static str, state: State, message: impl Into<String>) -> Self {
        Self { name, state, message: message.into() }
    }
}

impl State {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "WARNING",
            Self::Failed => "FAILED",
            Self::Skipped => "-",
        }
    }
}

/// Looks at everything; one thing that fails keeps nothing else from being looked at.
pub(super) async fn run(context: &Context) -> Result<Report, Failure> {
    let mut checks = checks::configuration(&context.config);
    checks.extend(checks::certificate(context));
    checks.push(checks::outgoing(&context.config));
    match open(context).await {
        Ok(db) => {
            checks.push(checks::database(context, &db).await);
            checks.extend(checks::keys(context, &db).await);
            checks.push(checks::clock(context, &db).await);
            db.close().await;
        }
        Err(failure) => {
            checks.push(Check::new("database", State::Failed, failure.message()));
            checks.push(Check::new("keys", State::Skipped, "without the database they cannot be read"));
        }
    }
    checks.push(checks::redis(&context.config).await);
    checks.push(checks::public_url(&context.config).await);
    let failed = checks.iter().any(|check| check.state == State::Failed);
    let rows: Vec<_> = checks
        .iter()
        .map(|check| vec![check.name.to_owned(), check.state.as_str().to_owned(), check.message.clone()])
        .collect();
    let report = Report::table(&["CHECK", "STATE", ""], &rows, json!({ "well": !failed, "checks": checks }));
    Ok(if failed { report.with_code(1) } else { report })
}

/// Also a database whose schema is older: the check says so.
async fn open(context: &Context) -> Result<Db, Failure> {
    let options = context.options();
    require_file(&options)?;
    Ok(Db::connect(&options).await?)
}
