//! What a test may rely on.

use sea_orm::ConnectionTrait as _;
use tessera::store::{Location, schema};

use super::{SetUp, empty, on_both_databases, on_every_set_up};

on_every_set_up!(a_test_begins_with_two_realms, async |database| {
    assert_eq!(database.realm.issuer, "http://localhost:8080");
    assert_eq!(database.second.issuer, "http://second.localhost:8080");
    assert_eq!(database.db.realms().await.unwrap().len(), 2);
    database.ephemeral.home().ping().await.unwrap();
    let (another, _) = database.another_node().await;
    assert_eq!(another.default_realm().await.unwrap().unwrap().id, database.realm.id);
});

on_both_databases!(what_is_written_past_the_store_is_there, async |database| {
    let past = database.past_the_store().await;
    past.execute_unprepared("UPDATE realms SET name = 'Changed' WHERE slug = ''").await.unwrap();
    assert_eq!(database.db.realms().await.unwrap()[0].name, "Changed");
    let is_sqlite = matches!(database.options().location, Location::Sqlite(_));
    assert_eq!(is_sqlite, database.set_up() == SetUp::Sqlite);
});

#[tokio::test]
async fn an_empty_database_has_nothing_applied() {
    for set_up in [SetUp::Sqlite, SetUp::Postgres] {
        let (options, _place) = empty(set_up).await;
        assert_eq!(schema::status(&options).await.unwrap().applied, Vec::<String>::new());
    }
}
