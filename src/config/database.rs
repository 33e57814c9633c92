//! `[database]`: SQLite or PostgreSQL.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

use super::values::{Period, written_as_text};
use crate::secret::Secret;

/// The database: SQLite in the data directory, or PostgreSQL.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Database {
    /// "postgres://user:password@host/name", or "sqlite:PATH". Without it: SQLite, `tessera.db` in the data directory.
    #[schemars(extend("writeOnly" = true))]
    pub url: Option<DatabaseUrl>,
    /// A file that holds the URL, so that its password need not stand here.
    pub url_file: Option<PathBuf>,
    /// The most connections to hold open (SQLite: of readers; there is one writer).
    #[schemars(range(min = 1))]
    pub max_connections: u32,
    /// How long a request waits for a connection before it is answered with 503.
    pub acquire_timeout: Period,
    /// How long PostgreSQL may work on one statement.
    pub statement_timeout: Period,
    /// Bring the schema up to date when the server starts. Where this is off, run `tessera migrate up`.
    pub auto_migrate: bool,
}

impl Default for Database {
    fn default() -> Self {
        Self {
            url: None,
            url_file: None,
            max_connections: 16,
            acquire_timeout: Period::seconds(5),
            statement_timeout: Period::seconds(10),
            auto_migrate: true,
        }
    }
}

/// Which database, and where. Shown without its password.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// A SQLite file.
    Sqlite(PathBuf),
    /// A server that speaks PostgreSQL's protocol: the URL as it was given.
    Postgres(Secret),
}

impl DatabaseUrl {
    /// Whether it is PostgreSQL.
    pub const fn is_postgres(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }
}

impl FromStr for DatabaseUrl {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const FORM: &str = "a database is \"postgres://user:password@host/name\" or \"sqlite:PATH\"";
        if let Some(path) = text.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            return match path {
                "" | ":memory:" => Err("SQLite needs the path of a file, as in \"sqlite:./data/tessera.db\""),
                path if path.contains('?') => Err("a SQLite path takes no parameters"),
                path => Ok(Self::Sqlite(PathBuf::from(path))),
            };
        }
        let url = Url::parse(text).map_err(|_| FORM)?;
        if !matches!(url.scheme(), "postgres" | "postgresql") {
            return Err(FORM);
        }
        if url.path().trim_matches('/').is_empty() {
            return Err("the URL names no database: put its name at the end, as in \"postgres://user@host/tessera\"");
        }
        Ok(Self::Postgres(Secret::from(text)))
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(url) => f.write_str(&without_password(url)),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

written_as_text!(DatabaseUrl, "postgres://tessera@db.example.com/tessera");

/// A URL with its password and its query (where drivers take passwords too) left out.
pub(super) fn without_password(url: &Secret) -> String {
    let Ok(mut url) = Url::parse(url.expose()) else { return "[redacted]".to_owned() };
    if url.password().is_some() && url.set_password(Some("redacted")).is_err() {
        return "[redacted]".to_owned();
    }
    if url.query().is_some() {
        url.set_query(Some("redacted"));
    }
    url.set_fragment(None);
    url.as_str().replacen(":redacted@", ":[redacted]@", 1).replacen("?redacted", "?[redacted]", 1)
}
