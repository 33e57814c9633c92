//! storage.md "Families": one row a login, begun once, refreshed only while every condition holds.

use std::time::Duration;

use futures_util::future::join_all;
use sea_orm::{ConnectionTrait as _, Statement};
use tessera::store::families::{Creation, Family, Presented};
use tessera::store::users::{NewUser, Status};

use super::records::{self, HOUR, basis, event_of, presented};
use crate::support::database::{Database, START, on_both_databases};

async fn begin(database: &Database, family: &Family) -> Creation {
    database.db.create_family(family.clone(), basis(database, family).await, event_of(database, family)).await.unwrap()
}

/// A user with a family that lives in a session.
async fn in_session(database: &Database) -> (NewUser, Family) {
    let (ada, client) = (records::user(database, "ada").await, records::client(database, "app").await);
    let session = records::session(database, &ada).await;
    let mut family = records::new_family(database, &ada, &client, Some(&session));
    // The session idles out first.
    family.created_at = START + HOUR + Duration::from_mins(10);
    assert_eq!(begin(database, &family).await, Creation::Created);
    (ada, family)
}

/// Whether a refresh, a refresh without rotation and introspection all take the family for alive: they never disagree.
async fn is_alive(database: &Database, presented: Presented) -> bool {
    let (db, realm, id) = (&database.db, presented.realm_id, presented.family_id);
    let refreshable = db.refreshable(presented).await.unwrap().is_some();
    let live =
        db.live_family(realm, id, records::hash("a jti"), presented.not_before, presented.now).await.unwrap().is_some();
    let rotated = db.rotate(presented, presented.now + HOUR).await.unwrap().is_some();
    assert_eq!((refreshable, live), (rotated, rotated));
    rotated
}

async fn past(database: &Database, sql: &str) {
    database.past_the_store().await.execute_unprepared(sql).await.unwrap();
}

on_both_databases!(a_family_is_read_as_it_was_stored, async |database| {
    let (_, family) = in_session(database).await;
    let stored = database.db.family(family.realm_id, family.id).await.unwrap().unwrap();
    assert_eq!(format!("{stored:?}"), format!("{family:?}"));
    let by_origin = database.db.family_of_origin(family.origin_hash).await.unwrap().unwrap();
    assert_eq!(by_origin.id, family.id);
    assert!(database.db.family(database.second.id, family.id).await.unwrap().is_none());
});

on_both_databases!(a_family_without_refresh_token_or_session_is_read_so, async |database| {
    let (ada, client) = (records::user(database, "ada").await, records::client(database, "app").await);
    let mut family = records::new_family(database, &ada, &client, None);
    family.refresh = None;
    family.resources.clear();
    assert_eq!(begin(database, &family).await, Creation::Created);
    let stored = database.db.family(family.realm_id, family.id).await.unwrap().unwrap();
    assert_eq!(format!("{stored:?}"), format!("{family:?}"));
});

on_both_databases!(one_code_begins_one_family_of_fifty_at_once, async |database| {
    let (ada, client) = (records::user(database, "ada").await, records::client(database, "app").await);
    let (another, _) = database.another_node().await;
    let origin = records::hash("the code");
    let basis = basis(database, &records::new_family(database, &ada, &client, None)).await;
    let begins = (0..50).map(|n| {
        let mut family = records::new_family(database, &ada, &client, None);
        family.origin_hash = origin;
        let event = event_of(database, &family);
        let db = if n % 2 == 0 { &database.db } else { &another };
        db.create_family(family, basis, event)
    });
    let outcomes: Vec<_> = join_all(begins).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == Creation::Created).count(), 1);
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == Creation::AlreadyRedeemed).count(), 49);
    // The event is written with the family, or not at all.
    let past = database.past_the_store().await;
    let count = Statement::from_string(past.get_database_backend(), "SELECT count(*) FROM events");
    let events: i64 = past.query_one_raw(count).await.unwrap().unwrap().try_get_by_index(0).unwrap();
    assert_eq!(events, 1);
});

on_both_databases!(a_family_is_refused_where_user_client_or_session_is_gone, async |database| {
    let (ada, client) = (records::user(database, "ada").await, records::client(database, "app").await);
    let session = records::session(database, &ada).await;
    let family = || records::new_family(database, &ada, &client, Some(&session));
    for (gone, back) in [
        ("UPDATE users SET status = 'disabled'", "UPDATE users SET status = 'active'"),
        ("UPDATE users SET status = 'invited'", "UPDATE users SET status = 'active'"),
        ("UPDATE users SET deleted_at = 1", "UPDATE users SET deleted_at = NULL"),
        ("UPDATE clients SET disabled = (1 = 1)", "UPDATE clients SET disabled = (1 = 0)"),
        ("UPDATE sessions SET ended_at = 1", "UPDATE sessions SET ended_at = NULL"),
    ] {
        past(database, gone).await;
        assert_eq!(begin(database, &family()).await, Creation::Refused, "{gone}");
        past(database, back).await;
        assert_eq!(begin(database, &family()).await, Creation::Created, "{back}");
    }
    past(database, "DELETE FROM clients").await;
    assert_eq!(begin(database, &family()).await, Creation::Refused);
});

on_both_databases!(a_refresh_raises_the_counter_and_moves_the_idle_end, async |database| {
    let (_, family) = in_session(database).await;
    let mut presented = presented(&family);
    for counter in 1..=3 {
        presented.now = presented.now + Duration::from_mins(1);
        let rotated = database.db.rotate(presented, presented.now + HOUR).await.unwrap().unwrap();
        assert_eq!((rotated.counter, rotated.rotated_at), (counter, presented.now));
        assert_eq!(rotated.idle_expires_at, presented.now + HOUR);
        presented.counter = counter;
    }
    presented.counter = 2;
    assert!(database.db.rotate(presented, presented.now).await.unwrap().is_none(), "behind the row");
    // The database has lost a commit, as in a failover.
    presented.counter = 7;
    assert_eq!(database.db.rotate(presented, presented.now + HOUR).await.unwrap().unwrap().counter, 8);
});

on_both_databases!(fifty_refreshes_of_one_token_have_one_winner, async |database| {
    let (_, family) = in_session(database).await;
    let (another, _) = database.another_node().await;
    let presented = presented(&family);
    let refreshes = (0..50).map(|n| {
        let db = if n % 2 == 0 { &database.db } else { &another };
        db.rotate(presented, presented.now + HOUR)
    });
    let winners = join_all(refreshes).await.into_iter().filter_map(Result::unwrap).count();
    assert_eq!(winners, 1);
    assert_eq!(database.db.family(family.realm_id, family.id).await.unwrap().unwrap().counter, 1);
});

on_both_databases!(a_refresh_token_is_of_its_family_realm_client_and_secret, async |database| {
    let (_, family) = in_session(database).await;
    let sound = presented(&family);
    let other = records::client(database, "other").await;
    for wrong in [
        Presented { realm_id: database.second.id, ..sound },
        Presented { family_id: records::nobody(), ..sound },
        Presented { client_id: other.id, ..sound },
        Presented { secret_hash: records::hash("another"), ..sound },
    ] {
        assert!(database.db.rotate(wrong, sound.now + HOUR).await.unwrap().is_none(), "{wrong:?}");
        assert!(database.db.refreshable(wrong).await.unwrap().is_none(), "{wrong:?}");
    }
    assert!(is_alive(database, sound).await);
});

on_both_databases!(a_family_lives_while_every_condition_holds, async |database| {
    let (_, family) = in_session(database).await;
    let mut sound = presented(&family);
    for (dead, back) in [
        ("UPDATE families SET revoked_at = 1", "UPDATE families SET revoked_at = NULL"),
        ("UPDATE users SET status = 'disabled'", "UPDATE users SET status = 'active'"),
        ("UPDATE users SET deleted_at = 1", "UPDATE users SET deleted_at = NULL"),
        ("UPDATE users SET not_before = 9000000000000", "UPDATE users SET not_before = 0"),
        ("UPDATE sessions SET ended_at = 1", "UPDATE sessions SET ended_at = NULL"),
        ("UPDATE sessions SET idle_expires_at = 1", "UPDATE sessions SET idle_expires_at = 9000000000000"),
        ("UPDATE sessions SET expires_at = 1", "UPDATE sessions SET expires_at = 9000000000000"),
        ("UPDATE families SET expires_at = 1", "UPDATE families SET expires_at = 9000000000000"),
    ] {
        past(database, dead).await;
        assert!(!is_alive(database, sound).await, "{dead}");
        past(database, back).await;
        assert!(is_alive(database, sound).await, "{back}");
        sound.counter += 1;
    }
    // Issued at the very instant of not_before is not after it.
    assert!(!is_alive(database, Presented { not_before: family.created_at, ..sound }).await);
    past(database, "DELETE FROM sessions").await;
    assert!(!is_alive(database, sound).await, "its session was collected");
});

on_both_databases!(a_family_ends_at_its_ends_to_the_millisecond, async |database| {
    let (ada, client) = (records::user(database, "ada").await, records::client(database, "app").await);
    let family = records::new_family(database, &ada, &client, None);
    begin(database, &family).await;
    let at = |now| Presented { now, ..presented(&family) };
    let moment = Duration::from_millis(1);
    let db = &database.db;
    assert!(db.refreshable(at(family.idle_expires_at - moment)).await.unwrap().is_some());
    assert!(db.refreshable(at(family.idle_expires_at)).await.unwrap().is_none());
    assert!(db.rotate(at(family.idle_expires_at), family.expires_at).await.unwrap().is_none());
    // An access token outlives the idle end of its family's refresh token.
    let live = async |now| {
        db.live_family(family.realm_id, family.id, records::hash("jti"), START, now).await.unwrap().is_some()
    };
    assert!(live(family.expires_at - moment).await);
    assert!(!live(family.expires_at).await);

    db.keep_family(family.realm_id, family.id, family.expires_at).await.unwrap();
    assert!(db.refreshable(at(family.idle_expires_at)).await.unwrap().is_some());
    db.keep_family(family.realm_id, family.id, family.created_at).await.unwrap();
    assert!(db.refreshable(at(family.idle_expires_at)).await.unwrap().is_some(), "it never moves back");
});

on_both_databases!(offline_access_survives_the_session_but_not_the_user, async |database| {
    let (ada, client) = (records::user(database, "ada").await, records::client(database, "app").await);
    let session = records::session(database, &ada).await;
    let family = records::new_family(database, &ada, &client, None);
    begin(database, &family).await;
    let (realm, user, id, now) = (ada.realm_id, ada.id, session.id, family.created_at);
    database.db.write(async move |tx| tx.end_session(realm, id, now).await).await.unwrap();
    let mut token = presented(&family);
    assert!(is_alive(database, token).await);
    token.counter += 1;
    database.db.write(async move |tx| tx.set_user_status(realm, user, Status::Disabled, now).await).await.unwrap();
    database.db.write(async move |tx| tx.set_user_status(realm, user, Status::Active, now).await).await.unwrap();
    assert!(!is_alive(database, token).await, "what it held before stays dead");
});

on_both_databases!(a_revoked_family_is_dead_and_is_revoked_once, async |database| {
    let (_, family) = in_session(database).await;
    let (id, now, second) = (family.id, family.created_at, database.second.id);
    let revoke = async |realm| database.db.write(async move |tx| tx.revoke_family(realm, id, now).await).await.unwrap();
    assert!(!revoke(second).await);
    assert!(revoke(family.realm_id).await);
    assert!(!revoke(family.realm_id).await);
    assert!(!is_alive(database, presented(&family)).await);
});

on_both_databases!(one_access_token_is_revoked_and_no_other, async |database| {
    let (_, family) = in_session(database).await;
    let (realm, now) = (family.realm_id, presented(&family).now);
    let jti = records::hash("one");
    for _ in 0..2 {
        database.db.write(async move |tx| tx.revoke_token(realm, jti, now + HOUR).await).await.unwrap();
    }
    let db = &database.db;
    assert!(db.live_family(realm, family.id, jti, START, now).await.unwrap().is_none());
    assert!(db.live_family(realm, family.id, records::hash("other"), START, now).await.unwrap().is_some());
    assert!(db.is_revoked(jti).await.unwrap());
    assert!(!db.is_revoked(records::hash("other")).await.unwrap());
});
