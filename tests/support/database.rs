//! A database of its own for each test, copied from a migrated template that holds two realms, and ephemeral records beside it.
//!
//! The template is made once for each run: SQLite's by `VACUUM INTO`, PostgreSQL's as a database that others are created
//! from. PostgreSQL and Redis are those that `scripts/test` starts; nothing here starts a server.

mod postgres;
mod promises;
mod sqlite;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use sea_orm::{ConnectOptions, DatabaseConnection};
use tempfile::TempDir;
use tessera::clock::Timestamp;
use tessera::config::PublicUrl;
use tessera::ephemeral::{Ephemeral, postgres::Postgres, redis::Redis, sqlite::Sqlite};
use tessera::random::Random;
use tessera::secret::Secret;
use tessera::store::realms::{NewRealm, Realm};
use tessera::store::{Db, Location, Options, schema};

/// When the template was made, and where the tests' clocks stand at first: 2026-01-01T00:00:00Z.
pub(crate) const START: Timestamp = Timestamp::from_seconds(1_767_225_600);

/// Connections of one pool: many tests share one server.
const CONNECTIONS: u32 = 4;

/// The set-ups of storage.md that must all work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SetUp {
    Sqlite,
    Postgres,
    PostgresRedis,
}

/// One test's database. It is removed when this is dropped.
#[derive(Debug)]
pub(crate) struct Database {
    pub(crate) db: Db,
    pub(crate) ephemeral: Ephemeral,
    /// The realm at the public URL itself, `http://localhost:8080`.
    pub(crate) realm: Arc<Realm>,
    /// The realm with the slug "second" and the host name second.localhost.
    pub(crate) second: Arc<Realm>,
    /// For ids and secrets: a test's own, the same in every run.
    pub(crate) random: Random,
    set_up: SetUp,
    options: Options,
    redis_prefix: String,
    // Dropped in this order: what is connected first, then what it was connected to.
    _place: Place,
}

#[derive(Debug)]
enum Place {
    Folder(#[expect(dead_code, reason = "held: the folder ends with it")] TempDir),
    Server(#[expect(dead_code, reason = "held: the database ends with it")] postgres::Created),
}

impl Database {
    /// A fresh copy of the template.
    pub(crate) async fn new(set_up: SetUp) -> Self {
        let (location, place) = match set_up {
            SetUp::Sqlite => {
                let (path, folder) = sqlite::copy_of_template().await;
                (Location::Sqlite(path), Place::Folder(folder))
            }
            SetUp::Postgres | SetUp::PostgresRedis => {
                let created = postgres::Created::from_template().await;
                (Location::Postgres(created.url()), Place::Server(created))
            }
        };
        let (options, redis_prefix) = (options(location), format!("test:{}:", unique()));
        let (db, ephemeral) = open(set_up, &options, &redis_prefix).await;
        let realm = db.default_realm().await.unwrap().expect("the template has a default realm");
        let second = db.realm_by_slug("second").await.unwrap().expect("the template has a second realm");
        Self { db, ephemeral, realm, second, random: Random::seeded(1), set_up, options, redis_prefix, _place: place }
    }

    /// Another node on the same records, with pools and caches of its own.
    pub(crate) async fn another_node(&self) -> (Db, Ephemeral) {
        open(self.set_up, &self.options, &self.redis_prefix).await
    }

    /// How the database is opened.
    pub(crate) fn options(&self) -> Options {
        self.options.clone()
    }

    /// A connection past the store, to look at what is really there and to do what the store would not.
    pub(crate) async fn past_the_store(&self) -> DatabaseConnection {
        past_the_store(&self.options).await
    }

    pub(crate) fn set_up(&self) -> SetUp {
        self.set_up
    }
}

/// A connection to the database of `options` past the store.
pub(crate) async fn past_the_store(options: &Options) -> DatabaseConnection {
    let url = match &options.location {
        Location::Sqlite(path) => format!("sqlite://{}?mode=rwc", path.display()),
        Location::Postgres(url) => url.expose().to_owned(),
    };
    let mut connect = ConnectOptions::new(url);
    connect.max_connections(1).min_connections(0).sqlx_logging(false);
    sea_orm::Database::connect(connect).await.unwrap()
}

/// Options for a database that is empty, or a test's own.
pub(crate) fn options(location: Location) -> Options {
    Options {
        location,
        max_connections: CONNECTIONS,
        acquire_timeout: Duration::from_secs(10),
        statement_timeout: Duration::from_secs(10),
        public_url: PublicUrl::default(),
    }
}

/// A database without any table, and what it ends with.
pub(crate) async fn empty(set_up: SetUp) -> (Options, impl Sized) {
    match set_up {
        SetUp::Sqlite => {
            let folder = tempfile::tempdir().unwrap();
            (options(Location::Sqlite(folder.path().join("tessera.db"))), Place::Folder(folder))
        }
        SetUp::Postgres | SetUp::PostgresRedis => {
            let created = postgres::Created::empty().await;
            (options(Location::Postgres(created.url())), Place::Server(created))
        }
    }
}

/// How the test's Redis is reached, with keys that begin with `prefix`.
pub(crate) fn redis_options(prefix: &str) -> tessera::ephemeral::redis::Options {
    tessera::ephemeral::redis::Options {
        username: None,
        password: None,
        url: Secret::from(variable("TESSERA_TEST_REDIS")),
        key_prefix: prefix.to_owned(),
        ca_pem: None,
        connect_timeout: Duration::from_secs(5),
        response_timeout: Duration::from_secs(5),
    }
}

async fn open(set_up: SetUp, options: &Options, redis_prefix: &str) -> (Db, Ephemeral) {
    let db = Db::connect(options).await.unwrap();
    let ephemeral = match (&options.location, set_up) {
        (_, SetUp::PostgresRedis) => Ephemeral::new(Redis::new(&redis_options(redis_prefix)).unwrap()),
        (Location::Sqlite(path), _) => Ephemeral::new(Sqlite::beside(path).await.unwrap()),
        (Location::Postgres(url), _) => Ephemeral::new(Postgres::connect(url, CONNECTIONS).await.unwrap()),
    };
    (db, ephemeral)
}

/// Migrates an empty database and fills it as a template.
async fn make_template(options: &Options) {
    schema::prepare(options).await.unwrap();
    let db = Db::connect(options).await.unwrap();
    let random = Random::seeded(2026);
    for (slug, host, name) in [("", None, "Tessera"), ("second", Some("second.localhost"), "Second")] {
        let realm = NewRealm {
            id: random.id(START),
            slug: slug.to_owned(),
            host: host.map(str::to_owned),
            name: name.to_owned(),
            now: START,
        };
        assert!(db.write(async move |tx| tx.create_realm(&realm).await).await.unwrap());
    }
    db.close().await;
}

/// A text that nothing else has while this process lives: not in this one, and not in another that uses the same servers.
fn unique() -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    format!("{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed))
}

/// What `scripts/test` says of its servers.
pub(crate) fn variable(name: &str) -> String {
    std::env::var(name)
        .unwrap_or_else(|_| panic!("{name} is not set: run scripts/test, or export what `scripts/test servers` prints"))
}

/// Makes a test of `$body`, an `async |database| { … }`, for each set-up that is named.
macro_rules! on_set_ups {
    ($name:ident, $body:expr, $($test:ident = $set_up:ident),+) => {
        async fn $name(set_up: $crate::support::database::SetUp) {
            $crate::support::database::run(set_up, $body).await;
        }

        mod $name {
            $(
                #[tokio::test]
                async fn $test() {
                    super::$name($crate::support::database::SetUp::$set_up).await;
                }
            )+
        }
    };
}

/// Makes a test of `$body`, an `async |set_up: SetUp| { … }` that makes its database itself, for each set-up that is named.
macro_rules! in_set_ups {
    ($name:ident, $body:expr, $($test:ident = $set_up:ident),+) => {
        mod $name {
            $(
                #[tokio::test]
                async fn $test() {
                    super::$name($crate::support::database::SetUp::$set_up).await;
                }
            )+
        }

        async fn $name(set_up: $crate::support::database::SetUp) {
            $crate::support::database::given(set_up, $body).await;
        }
    };
}

/// As `on_every_set_up!`, for a body that makes its database itself: `in_every_set_up!(name, async |set_up| { … })`.
macro_rules! in_every_set_up {
    ($name:ident, $body:expr) => {
        $crate::support::database::in_set_ups!(
            $name,
            $body,
            sqlite = Sqlite,
            postgres = Postgres,
            postgres_and_redis = PostgresRedis
        );
    };
}

/// The set-ups in which several nodes can share their records.
macro_rules! in_shared_set_ups {
    ($name:ident, $body:expr) => {
        $crate::support::database::in_set_ups!($name, $body, postgres = Postgres, postgres_and_redis = PostgresRedis);
    };
}

/// A test on SQLite alone, PostgreSQL alone, and PostgreSQL with Redis: `on_every_set_up!(name, async |database| { … })`.
macro_rules! on_every_set_up {
    ($name:ident, $body:expr) => {
        $crate::support::database::on_set_ups!(
            $name,
            $body,
            sqlite = Sqlite,
            postgres = Postgres,
            postgres_and_redis = PostgresRedis
        );
    };
}

/// A test on SQLite and on PostgreSQL, for what never touches ephemeral records.
macro_rules! on_both_databases {
    ($name:ident, $body:expr) => {
        $crate::support::database::on_set_ups!($name, $body, sqlite = Sqlite, postgres = Postgres);
    };
}

pub(crate) use {in_every_set_up, in_set_ups, in_shared_set_ups, on_both_databases, on_every_set_up, on_set_ups};

/// Gives a set-up to a body that makes its database itself.
pub(crate) async fn given(set_up: SetUp, body: impl AsyncFnOnce(SetUp)) {
    // In a box, as in `run`: the future of a whole flow is nested too deep for the compiler's layout.
    Box::pin(body(set_up)).await;
}

/// Runs one test's body on a database of its own.
pub(crate) async fn run(set_up: SetUp, body: impl AsyncFnOnce(&Database)) {
    let database = Database::new(set_up).await;
    Box::pin(body(&database)).await;
    database.db.close().await;
}
