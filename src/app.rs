//! What a running process shares: the configuration and the services, made once. No feature is named here.

use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;

use crate::clients::Clients;
use crate::clients::authenticate::Authenticator;
use crate::clients::directory::Directory;
use crate::clients::key_sets::ClientKeys;
use crate::clock::{Clock, Timestamp};
use crate::config::{Config, DatabaseUrl};
use crate::credentials::password::Passwords;
use crate::ephemeral::limits::Limiter;
use crate::ephemeral::postgres::Postgres;
use crate::ephemeral::sqlite::Sqlite;
use crate::ephemeral::{self, Ephemeral, redis};
use crate::interaction::Interactions;
use crate::keys::remote::RemoteJwks;
use crate::keys::{self, KeyError, Keys};
use crate::locale::{LanguageError, Locale};
use crate::outbox::Outbox;
use crate::outgoing::{self, Outgoing, Resolver};
use crate::protocol::algorithm::SigningAlgorithm;
use crate::protocol::client_registration::RegistrationMode;
use crate::protocol::profile::Profile;
use crate::random::Random;
use crate::secret::Secret;
use crate::session::Sessions;
use crate::sign_in::password::PasswordSignIn;
use crate::store::epochs::Cached;
use crate::store::events::{Actor, Event, EventType};
use crate::store::realms::{NewRealm, Realm};
use crate::store::{self, Db, schema};
use crate::tokens::Tokens;
use crate::users::Users;

/// How long a caller waits for a database connection of the ephemeral store is that store's business; this many it may have.
const EPHEMERAL_CONNECTIONS: u32 = 8;

/// What handlers share. Made once; every worker holds the same.
pub struct App {
    /// The configuration.
    pub config: Config,
    /// The database.
    pub db: Db,
    /// Short-lived records.
    pub ephemeral: Ephemeral,
    /// Keys.
    pub keys: Keys,
    /// Requests to others.
    pub outgoing: Outgoing,
    /// What waits to be sent.
    pub outbox: Outbox,
    /// The keys of clients, wherever they keep them.
    pub client_keys: ClientKeys,
    /// Whom a client id names.
    pub directory: Directory,
    /// Client authentication.
    pub authenticator: Authenticator,
    /// Password hashes.
    pub passwords: Passwords,
    /// Rate limits.
    pub limiter: Limiter,
    /// Sessions.
    pub sessions: Sessions,
    /// Requests that wait for their user.
    pub interactions: Interactions,
    /// Sign-in by password.
    pub sign_in: PasswordSignIn,
    /// Users.
    pub users: Users,
    /// Clients.
    pub clients: Clients,
    /// Tokens.
    pub tokens: Tokens,
    /// The time.
    pub clock: Clock,
    /// Randomness.
    pub random: Random,
    /// What requests are called in the log: unique, and no secret.
    pub request_ids: Random,
    /// Languages.
    pub locale: Locale,
}

/// Why a process cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The ephemeral store.
    #[error(transparent)]
    Ephemeral(#[from] ephemeral::Error),
    /// The keyring.
    #[error(transparent)]
    Keyring(#[from] keys::StartError),
    /// The realm's keys.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The languages.
    #[error(transparent)]
    Language(#[from] LanguageError),
    /// Requests to others.
    #[error(transparent)]
    Outgoing(#[from] outgoing::StartError),
    /// A file or a thread.
    #[error("{what}: {cause}")]
    Io {
        /// What was being done.
        what: String,
        /// What the operating system said.
        cause: io::Error,
    },
}

/// How the store opens the configured database.
pub fn store_options(config: &Config) -> store::Options {
    let location = match config.database_url() {
        DatabaseUrl::Sqlite(path) => store::Location::Sqlite(path),
        DatabaseUrl::Postgres(url) => store::Location::Postgres(url),
    };
    store::Options {
        location,
        max_connections: config.database.max_connections,
        acquire_timeout: config.database.acquire_timeout.duration(),
        statement_timeout: config.database.statement_timeout.duration(),
        public_url: config.server.public_url.clone(),
    }
}

impl App {
    /// Opens everything that the configuration names: brings the schema up to date where that is wanted, loads the keyring, and
    /// makes the default realm with its keys where there is none.
    ///
    /// # Errors
    /// Each says what to do.
    pub async fn open(config: Config, clock: Clock, random: Random) -> Result<Self, StartError> {
        make_data_dir(&config)?;
        let options = store_options(&config);
        if config.database.auto_migrate {
            schema::prepare(&options).await?;
        } else {
            schema::check(&options).await?;
        }
        let db = Db::connect(&options).await?;
        let keys = keys::open(&config, db.clone(), random.clone(), clock.now()).await?;
        let (ephemeral, shared_limits) = open_ephemeral(&config, &options).await?;
        let app = Self::assemble(config, db, ephemeral, shared_limits, keys, clock, random)?;
        ensure_default_realm(&app.db, &app.keys, &app.random, &app.config.keys.algorithms, app.clock.now()).await?;
        Ok(app)
    }

    /// Puts together what was opened one by one: for a test that chooses its own stores.
    ///
    /// # Errors
    /// [`StartError::Io`] where the password pool has no threads, [`StartError::Language`] where a language is broken,
    /// [`StartError::Outgoing`] where the file of authorities is no such file.
    pub fn assemble(
        config: Config,
        db: Db,
        ephemeral: Ephemeral,
        shared_limits: bool,
        keys: Keys,
        clock: Clock,
        random: Random,
    ) -> Result<Self, StartError> {
        let passwords = Passwords::new(&config.passwords, &random)
            .map_err(|cause| StartError::Io { what: "the password pool has no threads".to_owned(), cause })?;
        let outgoing = Outgoing::new(&config.outgoing, Resolver::system())?;
        let limiter = Limiter::new(shared_limits.then(|| ephemeral.clone()));
        let sessions = Sessions::new(db.clone(), random.clone(), config.lifetimes.clone());
        let lifetime = config.lifetimes.interaction.duration();
        let interactions = Interactions::new(ephemeral.clone(), random.clone(), lifetime);
        let sign_in = PasswordSignIn {
            db: db.clone(),
            sessions: sessions.clone(),
            passwords: passwords.clone(),
            limiter: limiter.clone(),
            random: random.clone(),
            limits: config.limits.clone(),
            lockout: config.sign_in.clone(),
        };
        let users = Users::new(db.clone(), passwords.clone(), random.clone(), config.sign_in.clone());
        let remote_jwks = RemoteJwks::new(outgoing.clone());
        let clients = Clients::new(db.clone(), keys.clone(), random.clone(), outgoing.clone(), remote_jwks.clone());
        let tokens = Tokens::new(db.clone(), keys.clone(), random.clone(), &config);
        let locale = Locale::embedded()?;
        let client_keys = ClientKeys::new(remote_jwks);
        let rules = config.registration.clone();
        let directory = Directory::new(clients.clone(), limiter.clone(), config.limits.registration, rules);
        let authenticator =
            Authenticator::new(directory.clone(), db.clone(), keys.clone(), ephemeral.clone(), client_keys.clone());
        Ok(Self {
            outbox: Outbox::new(db.clone(), random.clone(), &config.outgoing),
            config,
            db,
            ephemeral,
            keys,
            outgoing,
            client_keys,
            directory,
            authenticator,
            passwords,
            limiter,
            sessions,
            interactions,
            sign_in,
            users,
            clients,
            tokens,
            clock,
            request_ids: random.for_labels(),
            random,
            locale,
        })
    }

    /// Whether strangers may make an account in this realm.
    pub fn allows_sign_up(&self, realm: &Realm) -> bool {
        realm.settings.sign_up.unwrap_or(self.config.sign_up.enabled)
    }

    /// The rules that applications keep which register themselves in this realm.
    pub fn default_profile(&self, realm: &Realm) -> Profile {
        realm.settings.default_profile.unwrap_or(self.config.registration.default_profile)
    }

    /// Who may register applications in this realm at the registration endpoint.
    pub fn registration_mode(&self, realm: &Realm) -> RegistrationMode {
        realm.settings.registration.unwrap_or(self.config.registration.mode)
    }

    /// Whether users of this realm may register applications.
    pub fn allows_self_service(&self, realm: &Realm) -> bool {
        realm.settings.self_service.unwrap_or(self.config.applications.self_service)
    }
}

/// Makes a realm with its keys, one for each of `algorithms`; says whether slug and host were free.
///
/// # Errors
/// The database's, or a key could not be made.
pub async fn create_realm(
    db: &Db,
    keys: &Keys,
    random: &Random,
    algorithms: &[SigningAlgorithm],
    new: NewRealm,
) -> Result<bool, KeyError> {
    let keys = keys.new_realm_keys(new.id, algorithms, new.now).await?;
    let event = Event::new(random.id(new.now), new.id, EventType::RealmCreated, new.now, Actor::Operator);
    let created = db.write(async move |tx| {
        if !tx.create_realm(&new).await? {
            return Ok(false);
        }
        keys.insert(tx).await?;
        tx.record(&event).await?;
        Ok(true)
    });
    Ok(created.await?)
}

/// The default realm, made with its keys where there is none. Of several nodes that start at once one makes it.
///
/// # Errors
/// As [`create_realm`].
pub async fn ensure_default_realm(
    db: &Db,
    keys: &Keys,
    random: &Random,
    algorithms: &[SigningAlgorithm],
    now: Timestamp,
) -> Result<(), KeyError> {
    if db.default_realm().await?.is_some() {
        return Ok(());
    }
    let new = NewRealm { id: random.id(now), slug: String::new(), host: None, name: "Tessera".to_owned(), now };
    create_realm(db, keys, random, algorithms, new).await?;
    db.forget(Cached::Realms);
    Ok(())
}

/// Makes the folder that a SQLite database lies in, for this user's eyes only: it holds whom the users are, and the keyring.
///
/// # Errors
/// [`StartError::Io`].
pub fn make_data_dir(config: &Config) -> Result<(), StartError> {
    let DatabaseUrl::Sqlite(path) = config.database_url() else { return Ok(()) };
    let folder = path.parent().map_or_else(|| config.server.data_dir.clone(), std::path::Path::to_owned);
    DirBuilder::new().recursive(true).mode(0o700).create(&folder).map_err(|cause| StartError::Io {
        what: format!("the data directory {} cannot be made", folder.display()),
        cause,
    })
}

/// The ephemeral store, and whether rate limits are counted in it for all nodes.
async fn open_ephemeral(config: &Config, options: &store::Options) -> Result<(Ephemeral, bool), StartError> {
    if let Some(redis) = redis_options(config)? {
        return Ok((Ephemeral::new(redis::Redis::new(&redis)?), true));
    }
    let ephemeral = match &options.location {
        store::Location::Sqlite(path) => Ephemeral::new(Sqlite::beside(path).await?),
        store::Location::Postgres(url) => Ephemeral::new(Postgres::connect(url, EPHEMERAL_CONNECTIONS).await?),
    };
    Ok((ephemeral, false))
}

/// How to reach Redis, where one is configured.
///
/// # Errors
/// [`StartError::Io`] where the certificate authority's file cannot be read.
pub fn redis_options(config: &Config) -> Result<Option<redis::Options>, StartError> {
    let Some(url) = &config.redis.url else { return Ok(None) };
    let ca_pem = config.redis.ca_file.as_ref().map(|path| {
        std::fs::read(path)
            .map_err(|cause| StartError::Io { what: format!("redis.ca_file {} cannot be read", path.display()), cause })
    });
    Ok(Some(redis::Options {
        url: Secret::from(url.expose()),
        username: config.redis.username.clone(),
        password: config.redis.password.clone(),
        key_prefix: config.redis.key_prefix.clone(),
        ca_pem: ca_pem.transpose()?,
        connect_timeout: config.redis.connect_timeout.duration(),
        response_timeout: config.redis.response_timeout.duration(),
    }))
}

/// The app as actix hands it to handlers.
pub type Shared = actix_web::web::Data<App>;
