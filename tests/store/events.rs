//! The record of what happened: a closed catalogue, and one envelope.

use std::collections::BTreeSet;

use sea_orm::{ConnectionTrait as _, Statement};
use serde_json::{Value, json};
use tessera::store::events::{Actor, Event, EventType, Origin};

use super::records::{self, nobody};
use crate::support::database::{START, on_both_databases};

#[test]
fn every_type_has_a_name_of_its_own() {
    let names: BTreeSet<_> = EventType::ALL.iter().map(|event| event.as_str()).collect();
    assert_eq!(names.len(), EventType::ALL.len());
    for name in names {
        assert!(name.chars().all(|letter| letter.is_ascii_lowercase() || "._".contains(letter)), "{name}");
    }
}

on_both_databases!(an_event_is_stored_with_everything_it_says, async |database| {
    let origin = Origin {
        request_id: Some("request".to_owned()),
        ip: Some("192.0.2.1".to_owned()),
        user_agent: Some("a browser".to_owned()),
    };
    let id = database.random.id(START);
    let event = Event::new(id, database.realm.id, EventType::SignIn, START, Actor::User(nobody()))
        .about(nobody())
        .with_client(nobody())
        .in_session(nobody())
        .from_origin(&origin)
        .failed("wrong_password")
        .with_data(json!({"factor": "pwd"}));
    database.db.write(async move |tx| tx.record(&event).await).await.unwrap();

    let past = database.past_the_store().await;
    let sql = "SELECT type, outcome, reason, actor_kind, ip, user_agent, request_id, version, at, data FROM events";
    let row = past.query_one_raw(Statement::from_string(past.get_database_backend(), sql)).await.unwrap().unwrap();
    let texts: Vec<String> = (0..7).map(|column| row.try_get_by_index(column).unwrap()).collect();
    assert_eq!(texts, ["sign_in", "failure", "wrong_password", "user", "192.0.2.1", "a browser", "request"]);
    let numbers: Vec<i64> = (7..9).map(|column| row.try_get_by_index(column).unwrap()).collect();
    assert_eq!(numbers, [1, START.millis()]);
    assert_eq!(row.try_get_by_index::<Value>(9).unwrap(), json!({"factor": "pwd"}));
});

on_both_databases!(an_event_is_written_with_what_it_tells_or_not_at_all, async |database| {
    let user = records::new_user(database, &database.realm, "ada");
    let event = Event::new(database.random.id(START), user.realm_id, EventType::UserCreated, START, Actor::Operator);
    let failed = database.db.write(async move |tx| {
        tx.create_user(&user).await?;
        tx.record(&event).await?;
        // The same id again: the database refuses.
        tx.record(&event).await
    });
    assert!(matches!(failed.await, Err(tessera::store::Error::Fault(_))));
    assert!(database.db.users(database.realm.id, None, None, 10).await.unwrap().users.is_empty());
});

on_both_databases!(an_event_outlives_everyone_in_it, async |database| {
    let client = records::client(database, "app").await;
    let event =
        Event::new(database.random.id(START), client.realm_id, EventType::ClientCreated, START, Actor::Anonymous)
            .with_client(client.id);
    database.db.write(async move |tx| tx.record(&event).await).await.unwrap();
    let (realm, id) = (client.realm_id, client.id);
    database.db.write(async move |tx| tx.delete_client(realm, id).await).await.unwrap();
    let past = database.past_the_store().await;
    let count = Statement::from_string(past.get_database_backend(), "SELECT 1 FROM events");
    assert!(past.query_one_raw(count).await.unwrap().is_some());
});
