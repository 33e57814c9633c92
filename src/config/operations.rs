//! `[locale]`, `[log]` and `[metrics]`.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tracing_subscriber::filter::{LevelFilter, Targets};

use super::values::{Language, written_as_text};
use crate::secret::Secret;

/// The language of pages.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Locale {
    /// The language for a browser that asks for none that we have.
    pub default: Language,
}

/// The log, written to standard error.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// "pretty" for people, "json" for machines: one object a line.
    pub format: LogFormat,
    /// What is logged: "error", "warn", "info", "debug" or "trace", also by module: "info,tessera::oauth=debug".
    pub filter: LogFilter,
}

/// How the log is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum LogFormat {
    /// For people.
    #[default]
    Pretty,
    /// One JSON object a line.
    Json,
}

/// What is logged: a level, and levels of modules.
#[derive(Debug, Clone, PartialEq)]
pub struct LogFilter {
    text: String,
    targets: Targets,
}

impl LogFilter {
    /// The levels that it names.
    pub const fn targets(&self) -> &Targets {
        &self.targets
    }
}

impl Default for LogFilter {
    fn default() -> Self {
        Self { text: "info".to_owned(), targets: Targets::new().with_default(LevelFilter::INFO) }
    }
}

impl FromStr for LogFilter {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = text.split(',').map(|part| directive(part.trim()));
        let targets = parts.collect::<Option<Vec<_>>>().ok_or(
            "a filter is a level (off, error, warn, info, debug, trace), also by module: \"info,tessera=debug\"",
        )?;
        let targets = targets.into_iter().fold(Targets::new(), |targets, (module, level)| match module {
            Some(module) => targets.with_target(module, level),
            None => targets.with_default(level),
        });
        Ok(Self { text: text.to_owned(), targets })
    }
}

/// A level, or a module and its level. The library would take a level that is misspelt for a module, and log nothing else.
fn directive(text: &str) -> Option<(Option<&str>, LevelFilter)> {
    let (module, level) = text.split_once('=').map_or((None, text), |(module, level)| (Some(module), level));
    let is_module =
        |name: &str| !name.is_empty() && name.bytes().all(|byte| b"_:".contains(&byte) || byte.is_ascii_alphanumeric());
    let is_level = !level.is_empty() && level.bytes().all(|byte| byte.is_ascii_alphabetic());
    if !is_level || !module.is_none_or(is_module) {
        return None;
    }
    Some((module, level.parse().ok()?))
}

impl fmt::Display for LogFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

written_as_text!(LogFilter, "info");

/// The Prometheus metrics at /metrics.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Metrics {
    /// An address and port of their own, for the monitoring alone. Without it they are on the main port, behind `token`.
    #[schemars(extend("examples" = ["127.0.0.1:9090"]))]
    pub listen: Option<SocketAddr>,
    /// The bearer token that opens /metrics. On the main port there are no metrics without it.
    pub token: Option<Secret>,
    /// A file that holds the token.
    pub token_file: Option<PathBuf>,
}
