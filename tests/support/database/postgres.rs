//! PostgreSQL's template, and the databases created from it. What a run leaves behind, the next one drops.

use std::path::Path;

use sea_orm::{ConnectOptions, ConnectionTrait as _, DatabaseConnection, Statement};
use tessera::secret::Secret;
use tessera::store::Location;
use tokio::sync::{OnceCell, Semaphore, SemaphorePermit};
use url::Url;

/// What the names of all of ours begin with; then comes the number of the process that made it.
const PREFIX: &str = "tessera_test_";

/// Tests that may use the server at once: each opens a dozen connections, two nodes two dozen, and the server takes 200.
static PLACES: Semaphore = Semaphore::const_new(6);

/// A database of the test server; dropping it drops the database.
#[derive(Debug)]
pub(super) struct Created {
    name: String,
    _permit: SemaphorePermit<'static>,
}

impl Created {
    /// A copy of the template.
    pub(super) async fn from_template() -> Self {
        static TEMPLATE: OnceCell<String> = OnceCell::const_new();
        let template = TEMPLATE.get_or_init(make_template).await;
        Self::create(&format!("TEMPLATE {template}")).await
    }

    /// A database without any table.
    pub(super) async fn empty() -> Self {
        Self::create("TEMPLATE template0").await
    }

    async fn create(how: &str) -> Self {
        let permit = PLACES.acquire().await.unwrap();
        let name = format!("{PREFIX}{}", super::unique());
        administer(&format!("CREATE DATABASE {name} {how}")).await;
        Self { name, _permit: permit }
    }

    /// The database's URL.
    pub(super) fn url(&self) -> Secret {
        url(&self.name)
    }
}

impl Drop for Created {
    /// In a thread, because the test's runtime cannot wait here; joined, so that databases do not pile up.
    fn drop(&mut self) {
        let drop = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(administer(&drop));
        });
        // A test that failed already must not abort the others: the next run drops what is left.
        if thread.join().is_err() {
            eprintln!("{} could not be dropped", self.name);
        }
    }
}

async fn make_template() -> String {
    drop_what_ended_processes_left().await;
    let name = format!("{PREFIX}{}", super::unique());
    administer(&format!("CREATE DATABASE {name} TEMPLATE template0")).await;
    super::make_template(&super::options(Location::Postgres(url(&name)))).await;
    // Nobody may be connected to a template while it is copied.
    administer(&format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false")).await;
    name
}

async fn drop_what_ended_processes_left() {
    let server = server().await;
    let names = Statement::from_string(
        server.get_database_backend(),
        format!("SELECT datname::text FROM pg_database WHERE starts_with(datname, '{PREFIX}')"),
    );
    for row in server.query_all_raw(names).await.unwrap() {
        let name: String = row.try_get_by_index(0).unwrap();
        let process = name.trim_start_matches(PREFIX).split('_').next().unwrap_or_default();
        if !Path::new("/proc").join(process).exists() {
            // A test of ours may have chosen any name.
            let quoted = name.replace('"', "\"\"");
            server.execute_unprepared(&format!("DROP DATABASE IF EXISTS \"{quoted}\" WITH (FORCE)")).await.unwrap();
        }
    }
    server.close().await.unwrap();
}

async fn administer(statement: &str) {
    let server = server().await;
    server.execute_unprepared(statement).await.unwrap();
    server.close().await.unwrap();
}

async fn server() -> DatabaseConnection {
    let mut connect = ConnectOptions::new(super::variable("TESSERA_TEST_POSTGRES"));
    connect.max_connections(1).min_connections(0).sqlx_logging(false);
    sea_orm::Database::connect(connect).await.unwrap()
}

fn url(name: &str) -> Secret {
    let mut url = Url::parse(&super::variable("TESSERA_TEST_POSTGRES")).unwrap();
    url.set_path(name);
    Secret::from(String::from(url))
}
