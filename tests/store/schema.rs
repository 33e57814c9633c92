//! storage.md "Migrations": one migrator at a time, and no binary on a schema that it does not understand.

use sea_orm::{ConnectionTrait as _, DatabaseConnection, Statement};
use tessera::store::{Db, Error, Location, Options, schema};

use crate::support::database::{SetUp, empty, past_the_store};
use crate::support::eventually;

/// Makes a test of `$body`, an `async |options| { … }`, on an empty database of either kind.
macro_rules! on_empty_databases {
    ($name:ident, $body:expr) => {
        async fn $name(set_up: SetUp) {
            let (options, _place) = empty(set_up).await;
            run(&options, $body).await;
        }

        mod $name {
            #[tokio::test]
            async fn sqlite() {
                super::$name(super::SetUp::Sqlite).await;
            }

            #[tokio::test]
            async fn postgres() {
                super::$name(super::SetUp::Postgres).await;
            }
        }
    };
}

async fn run(options: &Options, body: impl AsyncFnOnce(&Options)) {
    body(options).await;
}

async fn applied(options: &Options) -> usize {
    schema::status(options).await.unwrap().applied.len()
}

async fn past(options: &Options, sql: &str) -> DatabaseConnection {
    let connection = past_the_store(options).await;
    connection.execute_unprepared(sql).await.unwrap();
    connection
}

fn all() -> usize {
    usize::try_from(migration::schema_number()).unwrap()
}

on_empty_databases!(an_empty_database_is_brought_up_to_date_and_stays_so, async |options| {
    let error = schema::check(options).await.unwrap_err();
    assert!(error.to_string().contains("tessera migrate up"), "{error}");
    for _ in 0..2 {
        schema::prepare(options).await.unwrap();
        let status = schema::status(options).await.unwrap();
        assert_eq!((status.applied.len(), status.pending.len(), status.min_binary), (all(), 0, 1));
        schema::check(options).await.unwrap();
    }
    if let Location::Sqlite(path) = &options.location {
        let copy = path.with_extension(format!("before-{}.db", migration::schema_number()));
        assert!(!copy.exists(), "an empty database is not worth a copy");
    }
});

on_empty_databases!(three_processes_at_once_on_an_empty_database_all_start, async |options| {
    let (one, two, three) = tokio::join!(schema::prepare(options), schema::prepare(options), schema::prepare(options));
    for outcome in [one, two, three] {
        outcome.unwrap();
    }
    assert_eq!(applied(options).await, all());
    Db::connect(options).await.unwrap().close().await;
});

on_empty_databases!(what_is_reverted_can_be_applied_again, async |options| {
    schema::prepare(options).await.unwrap();
    schema::revert(options, 2).await.unwrap();
    assert_eq!(applied(options).await, all() - 2);
    schema::prepare(options).await.unwrap();
    assert_eq!(applied(options).await, all());
    schema::revert(options, u32::MAX).await.unwrap();
    assert_eq!(applied(options).await, 0);
    schema::prepare(options).await.unwrap();
    assert_eq!(applied(options).await, all());
});

const LATER: &str = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m29991231_000001_later', 1)";

on_empty_databases!(a_later_schema_that_this_binary_may_run_on_is_left_as_it_is, async |options| {
    schema::prepare(options).await.unwrap();
    past(options, LATER).await;
    past(options, &format!("UPDATE schema_info SET min_binary = {}", migration::schema_number())).await;
    schema::prepare(options).await.unwrap();
    schema::check(options).await.unwrap();
    let status = schema::status(options).await.unwrap();
    assert_eq!((status.applied.len(), status.min_binary), (all() + 1, migration::schema_number()));
});

on_empty_databases!(a_schema_that_needs_a_later_binary_is_refused, async |options| {
    schema::prepare(options).await.unwrap();
    past(options, LATER).await;
    past(options, &format!("UPDATE schema_info SET min_binary = {}", migration::schema_number() + 1)).await;
    for outcome in [
        schema::prepare(options).await,
        schema::check(options).await,
        schema::status(options).await.map(drop),
        schema::revert(options, 1).await,
    ] {
        let Err(Error::Schema(message)) = outcome else { panic!("{outcome:?}") };
        assert!(message.contains("Run the newer release"), "{message}");
    }
    assert_eq!(count(options, "seaql_migrations").await, i64::try_from(all() + 1).unwrap(), "nothing was touched");
});

// A table of the same name makes a migration fail at its second statement: its first must be taken back with it.
on_empty_databases!(a_migration_that_fails_midway_leaves_nothing_and_the_next_start_goes_on, async |options| {
    past(options, "CREATE TABLE client_secrets (id INTEGER)").await;
    schema::prepare(options).await.unwrap_err();
    assert_eq!(applied(options).await, 2);
    let connection = past_the_store(options).await;
    assert!(connection.execute_unprepared("SELECT 1 FROM clients").await.is_err(), "half of a migration is there");
    connection.execute_unprepared("DROP TABLE client_secrets").await.unwrap();
    schema::prepare(options).await.unwrap();
    schema::check(options).await.unwrap();
});

async fn count(options: &Options, table: &str) -> i64 {
    let connection = past_the_store(options).await;
    let count = Statement::from_string(connection.get_database_backend(), format!("SELECT count(*) FROM {table}"));
    connection.query_one_raw(count).await.unwrap().unwrap().try_get_by_index(0).unwrap()
}

#[tokio::test]
async fn a_sqlite_database_is_copied_before_it_is_upgraded() {
    let (options, _place) = empty(SetUp::Sqlite).await;
    let Location::Sqlite(path) = options.location.clone() else { unreachable!("it is SQLite") };
    schema::prepare(&options).await.unwrap();
    schema::revert(&options, 2).await.unwrap();
    past(&options, "INSERT INTO cache_epochs VALUES ('kept', 7)").await;
    let copy = path.with_extension(format!("before-{}.db", migration::schema_number()));
    // What a copy left that was cut short is no copy.
    let unfinished = copy.with_extension("unfinished");
    std::fs::write(&unfinished, "half").unwrap();

    schema::prepare(&options).await.unwrap();
    let of_copy = Options { location: Location::Sqlite(copy.clone()), ..options.clone() };
    assert_eq!((applied(&of_copy).await, applied(&options).await), (all() - 2, all()));
    assert_eq!((count(&of_copy, "cache_epochs").await, unfinished.exists()), (1, false));

    // Begun again, the upgrade keeps the copy of its first beginning.
    schema::revert(&options, 1).await.unwrap();
    schema::prepare(&options).await.unwrap();
    assert_eq!(applied(&of_copy).await, all() - 2);
}

/// The migrator's connection is cut in the middle of a migration, as when its process is killed: the server rolls back, the lock is
/// free, and the next start goes on.
#[tokio::test]
async fn a_migrator_that_is_killed_midway_is_taken_over_from_on_postgresql() {
    let (options, _place) = empty(SetUp::Postgres).await;
    // An open transaction that makes a table of the third migration holds that migration up.
    let blocker = past(&options, "BEGIN; CREATE TABLE client_secrets (id INTEGER)").await;
    let killed = schema::prepare(&options);
    let watcher = past_the_store(&options).await;
    let kill = eventually(std::time::Duration::from_secs(20), async || {
        let victims = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() \
                       AND wait_event_type = 'Lock' AND query LIKE '%client_secrets%'";
        let statement = Statement::from_string(watcher.get_database_backend(), victims);
        (!watcher.query_all_raw(statement).await.unwrap().is_empty()).then_some(())
    });
    let (outcome, ()) = tokio::join!(killed, kill);
    assert!(outcome.is_err());
    blocker.execute_unprepared("ROLLBACK").await.unwrap();
    assert_eq!(applied(&options).await, 2);
    schema::prepare(&options).await.unwrap();
    schema::check(&options).await.unwrap();
}
