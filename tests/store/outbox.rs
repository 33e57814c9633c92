//! The outbox: who has to hear of a session's end, and that of all nodes one claims a notice.

use std::time::Duration;

use futures_util::future::{FutureExt as _, join_all};
use sea_orm::{ConnectionTrait as _, Statement, TransactionTrait as _};
use tessera::clock::Timestamp;
use tessera::store::clients::Client;
use tessera::store::outbox::{OUTBOX_PAYLOAD, Waiting};
use tessera::store::session_clients::{SessionClient, TOLD_FOR};
use tessera::store::sessions::Session;
use uuid::Uuid;

use super::records::{self, HOUR};
use crate::support::database::{self, Database, START, SetUp, on_both_databases};
use crate::support::eventually;

const NOW: Timestamp = Timestamp::from_millis(START.millis() + 3_660_000);

fn joining(database: &Database, session: &Session, client: &Client) -> SessionClient {
    SessionClient {
        id: database.random.id(NOW),
        realm_id: session.realm_id,
        session_id: session.id,
        client_id: client.id,
        sub: "a subject".to_owned(),
        sid: "a sid".to_owned(),
        created_at: NOW,
    }
}

async fn end(database: &Database, session: &Session) {
    let (realm, id) = (session.realm_id, session.id);
    assert!(database.db.write(async move |tx| tx.end_session(realm, id, NOW).await).await.unwrap());
}

async fn count(database: &Database, table: &str) -> i64 {
    let past = database.past_the_store().await;
    let sql = Statement::from_string(past.get_database_backend(), format!("SELECT COUNT(*) FROM {table}"));
    past.query_one_raw(sql).await.unwrap().unwrap().try_get_by_index(0).unwrap()
}

async fn claim(database: &Database, receiver: Uuid, limit: u32, now: Timestamp) -> Vec<Waiting> {
    database.db.write(async move |tx| tx.claim(receiver, limit, now, now + HOUR).await).await.unwrap()
}

on_both_databases!(a_client_is_noted_once_for_each_sid_that_it_knows, async |database| {
    let ada = records::user(database, "ada").await;
    let (client, session) = (records::client(database, "app").await, records::session(database, &ada).await);
    let first = joining(database, &session, &client);
    for joining in [first.clone(), joining(database, &session, &client)] {
        database.db.join_session(joining).await.unwrap();
    }
    assert_eq!(database.db.session_clients(session.realm_id, session.id).await.unwrap(), std::slice::from_ref(&first));
    assert!(database.db.session_clients(database.second.id, session.id).await.unwrap().is_empty());
    assert!(database.db.session_client(database.second.id, first.id).await.unwrap().is_none());
    // After a change of the keyring the same session has another sid: the client may know it by either.
    let joined = joining(database, &session, &client);
    let other = SessionClient { sid: "another".to_owned(), created_at: NOW + HOUR, ..joined };
    database.db.join_session(other.clone()).await.unwrap();
    assert_eq!(database.db.session_clients(session.realm_id, session.id).await.unwrap(), [first, other]);
});

on_both_databases!(an_ended_session_takes_no_client_on, async |database| {
    let ada = records::user(database, "ada").await;
    let (client, session) = (records::client(database, "app").await, records::session(database, &ada).await);
    end(database, &session).await;
    database.db.join_session(joining(database, &session, &client)).await.unwrap();
    assert_eq!((count(database, "session_clients").await, count(database, "outbox").await), (0, 0));
});

// A client joins while the session ends: it is told, or it has not joined. Never does it stay signed in unheard.
on_both_databases!(a_client_that_joins_while_the_session_ends_is_told, async |database| {
    let ada = records::user(database, "ada").await;
    let client = records::client(database, "app").await;
    let (another, _) = database.another_node().await;
    let mut sessions = Vec::new();
    for _ in 0..50 {
        sessions.push(records::session(database, &ada).await);
    }
    let races = sessions.iter().map(|session| {
        let (joining, another) = (joining(database, session, &client), another.clone());
        async move { tokio::join!(another.join_session(joining), end(database, session)).0.unwrap() }
    });
    join_all(races).await;
    assert_eq!(count(database, "session_clients").await, count(database, "outbox").await);
});

/// The narrowest of those moments: the session has ended, its clients were told, and nothing of it is committed. Whoever joins waits.
#[tokio::test]
async fn on_postgresql_a_client_waits_until_the_end_is_committed() {
    database::run(SetUp::Postgres, async |database| {
        let ada = records::user(database, "ada").await;
        let (client, session) = (records::client(database, "app").await, records::session(database, &ada).await);
        let past = database.past_the_store().await;
        let ending = past.begin().await.unwrap();
        let sql = format!("UPDATE sessions SET ended_at = 1 WHERE id = '{}'", session.id);
        ending.execute_unprepared(&sql).await.unwrap();
        let ended = async {
            let another = database.past_the_store().await;
            let sql = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
            let asked = Statement::from_string(another.get_database_backend(), sql);
            let waits = async || another.query_one_raw(asked.clone()).await.unwrap().map(|_| ());
            eventually(Duration::from_secs(20), waits).await;
            ending.commit().await.unwrap();
        };
        let ((), joined) = tokio::join!(ended, database.db.join_session(joining(database, &session, &client)));
        joined.unwrap();
        assert_eq!(count(database, "session_clients").await, 0);
    })
    .await;
}

on_both_databases!(a_notice_is_claimed_by_one_and_due_to_who_is_not_busy, async |database| {
    let ada = records::user(database, "ada").await;
    let clients = [records::client(database, "one").await, records::client(database, "two").await];
    let (another, _) = database.another_node().await;
    for client in clients.iter().cycle().take(20) {
        let session = records::session(database, &ada).await;
        database.db.join_session(joining(database, &session, client)).await.unwrap();
        end(database, &session).await;
    }
    let [one, two] = clients.each_ref().map(|client| client.id);
    let due = async |busy: &[Uuid], limit| database.db.receivers_due(NOW, busy, limit).await.unwrap();
    let mut both = due(&[], 9).await;
    both.sort();
    assert_eq!((both, due(&[one], 9).await, due(&[], 1).await.len()), (vec![one, two], vec![two], 1));
    assert!(due(&[one, two], 9).await.is_empty());
    assert!(database.db.receivers_due(NOW - HOUR, &[], 9).await.unwrap().is_empty(), "not due yet");
    let claims = (0..20).map(|n| {
        let db = if n % 2 == 0 { &database.db } else { &another };
        async move { db.write(async move |tx| tx.claim(one, 3, NOW, NOW + HOUR).await).await.unwrap() }
    });
    let mut claimed: Vec<_> = join_all(claims).await.into_iter().flatten().collect();
    assert!(claimed.iter().all(|one| one.attempts == 1 && one.expires_at == NOW + TOLD_FOR));
    claimed.sort_by_key(|waiting| waiting.id);
    claimed.dedup_by_key(|waiting| waiting.id);
    assert_eq!((claimed.len(), due(&[], 9).await), (10, vec![two]));
    assert_eq!(claim(database, one, 20, NOW + HOUR).await.len(), 10, "its lease has ended");
});

// Who comes back after another has claimed the notice changes nothing; who has sent it ends it.
on_both_databases!(a_lease_that_has_ended_puts_nothing_off, async |database| {
    let ada = records::user(database, "ada").await;
    let (client, session) = (records::client(database, "app").await, records::session(database, &ada).await);
    database.db.join_session(joining(database, &session, &client)).await.unwrap();
    end(database, &session).await;
    let late = claim(database, client.id, 1, NOW).await.remove(0);
    let present = claim(database, client.id, 1, NOW + HOUR).await.remove(0);
    let put_off = async |waiting: &Waiting, until| {
        let waiting = waiting.clone();
        database.db.write(async move |tx| tx.put_off(&waiting, waiting.attempts, until).await).await.unwrap();
    };
    put_off(&late, NOW).await;
    assert!(claim(database, client.id, 1, NOW + HOUR).await.is_empty());
    put_off(&present, NOW).await;
    assert_eq!(claim(database, client.id, 1, NOW).await.len(), 1);
    assert!(database.db.sealed(OUTBOX_PAYLOAD).await.unwrap().is_empty(), "there is nothing to seal anew");
    let sent = present.clone();
    assert!(database.db.write(async move |tx| tx.discard(&sent).await).await.unwrap());
    assert!(!database.db.write(async move |tx| tx.discard(&present).await).await.unwrap());
    assert_eq!((count(database, "session_clients").await, count(database, "outbox").await), (0, 0));
});

// Nobody waits for the next look: this process is told of what it has put into the outbox itself, and of nothing else.
on_both_databases!(who_sends_is_called_when_there_is_something_to_send, async |database| {
    let called = || database.db.to_send().notified_owned().now_or_never().is_some();
    let ada = records::user(database, "ada").await;
    let client = records::client(database, "app").await;
    let (silent, session) = (records::session(database, &ada).await, records::session(database, &ada).await);
    end(database, &silent).await;
    assert!(!called(), "no client has to hear of that");
    database.db.join_session(joining(database, &session, &client)).await.unwrap();
    assert!(!called());
    end(database, &session).await;
    assert!(called() && !called(), "once");
});
