//! What every command needs: the flags that all of them take, the configuration, the database, the realm.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;

use crate::clients::Clients;
use crate::clock::{Clock, Timestamp};
use crate::config::{Config, Severity, Sources};
use crate::credentials::password::Passwords;
use crate::keys::remote::RemoteJwks;
use crate::keys::{self, Keys};
use crate::outgoing::{Outgoing, Resolver};
use crate::random::Random;
use crate::store::events::By;
use crate::store::realms::Realm;
use crate::store::{Db, Location, Options, schema};
use crate::users::Users;

use super::failure::Failure;

/// The most connections of a command.
const CONNECTIONS: u32 = 2;

/// Flags that every command takes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
pub(super) struct Globals {
    /// The configuration file; without it tessera.toml or config/tessera.toml, where there is one
    #[arg(long, global = true, value_name = "FILE", env = "TESSERA_CONFIG")]
    pub(super) config: Option<PathBuf>,
    /// Print JSON: the answer on standard output, a failure on standard error
    #[arg(long, global = true)]
    pub(super) json: bool,
    /// Set a key of the configuration over file and environment
    #[arg(long = "set", global = true, value_name = "SECTION.KEY=VALUE")]
    pub(super) set: Vec<String>,
    /// The realm, by its slug; without it the default realm
    #[arg(long, global = true, value_name = "SLUG")]
    pub(super) realm: Option<String>,
}

impl Globals {
    /// Takes `--set` from both sides of the command: clap keeps only the flags on the side that came last.
    pub(super) fn with_every_set(mut self, arguments: impl Iterator<Item = std::ffi::OsString>) -> Self {
        let texts = arguments.map(|argument| argument.to_string_lossy().into_owned());
        let mut texts = texts.take_while(|text| text != "--");
        self.set.clear();
        while let Some(text) = texts.next() {
            if text == "--set" {
                self.set.extend(texts.next());
            } else if let Some(value) = text.strip_prefix("--set=") {
                self.set.push(value.to_owned());
            }
        }
        self
    }

    /// Where the configuration comes from.
    pub(super) fn sources(&self) -> Sources {
        Sources::of_process(self.config.clone(), self.set.clone())
    }
}

/// What a command works with.
pub(super) struct Context {
    pub(super) config: Config,
    pub(super) random: Random,
    realm: Option<String>,
    clock: Clock,
}

impl Context {
    /// Reads the configuration; one that the server would refuse is refused here too.
    pub(super) fn load(globals: &Globals) -> Result<Self, Failure> {
        let config = Config::load(&globals.sources())?;
        let wrong: Vec<_> = config.check().into_iter().filter(|finding| finding.severity == Severity::Error).collect();
        if !wrong.is_empty() {
            return Err(Failure::findings(&wrong));
        }
        Ok(Self { config, random: Random::system(), realm: globals.realm.clone(), clock: Clock::system() })
    }

    /// The present instant.
    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The command line as the one who does it, now.
    pub(super) fn by(&self) -> By {
        By::operator(self.now())
    }

    /// How the database is opened.
    pub(super) fn options(&self) -> Options {
        let mut options = crate::app::store_options(&self.config);
        options.max_connections = CONNECTIONS;
        options
    }

    /// Opens a database that exists, and whose schema is this binary's.
    pub(super) async fn open(&self) -> Result<Db, Failure> {
        let options = self.options();
        require_file(&options)?;
        schema::check(&options).await?;
        Ok(Db::connect(&options).await?)
    }

    /// The realm that `--realm` names, else the default one.
    pub(super) async fn realm(&self, db: &Db) -> Result<Arc<Realm>, Failure> {
        let slug = self.realm.as_deref().unwrap_or_default();
        let realm = db.realm_by_slug(slug).await?;
        realm.ok_or_else(|| match slug {
            "" => Failure::not_found("There is no realm yet: run `tessera db create`, or start the server once."),
            slug => Failure::not_found(format!("There is no realm {slug:?}: `tessera realm list` shows them.")),
        })
    }

    /// The keys, with the configured keyring.
    pub(super) async fn keys(&self, db: &Db) -> Result<Keys, Failure> {
        Ok(keys::open(&self.config, db.clone(), self.random.clone(), self.now()).await?)
    }

    /// The service for clients.
    pub(super) async fn clients(&self, db: &Db) -> Result<Clients, Failure> {
        let outgoing = Outgoing::new(&self.config.outgoing, Resolver::system())
            .map_err(|error| Failure::failed(format!("Nobody can be asked: {error}.")))?;
        let jwks = RemoteJwks::new(outgoing.clone());
        Ok(Clients::new(db.clone(), self.keys(db).await?, self.random.clone(), outgoing, jwks))
    }

    /// The service for users.
    pub(super) fn users(&self, db: &Db) -> Result<Users, Failure> {
        let passwords = Passwords::new(&self.config.passwords, &self.random)
            .map_err(|error| Failure::failed(format!("Passwords cannot be hashed: {error}.")))?;
        Ok(Users::new(db.clone(), passwords, self.random.clone(), self.config.sign_in.clone()))
    }
}

/// SQLite makes the file that it is told to open: a mistyped path must not become an empty database.
pub(super) fn require_file(options: &Options) -> Result<(), Failure> {
    match &options.location {
        Location::Sqlite(path) if !path.exists() => Err(Failure::not_found(format!(
            "There is no database at {}: start the server once, or run `tessera db create`.",
            path.display()
        ))),
        _ => Ok(()),
    }
}
