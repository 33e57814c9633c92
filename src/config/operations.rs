//! `[locale]`, `[log]` and `[metrics]`.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tracing_subscriber::EnvFilter;

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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogFilter(String);

impl LogFilter {
    /// The filter as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for LogFilter {
    fn default() -> Self {
        Self("info".to_owned())
    }
}

impl FromStr for LogFilter {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        EnvFilter::try_new(text).map(|_| Self(text.to_owned())).map_err(
            |_| "a filter is a level (error, warn, info, debug, trace), also by module: \"info,tessera=debug\"",
        )
    }
}

impl fmt::Display for LogFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
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
