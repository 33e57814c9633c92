//! Sessions: live only while everything about them is.

use std::time::Duration;

use futures_util::future::join_all;
use sea_orm::{ConnectionTrait as _, Statement, TransactionTrait as _};
use tessera::clock::Timestamp;
use tessera::protocol::acr::Amr;
use tessera::secret::Secret;
use tessera::store::Db;
use tessera::store::sessions::{Factor, Session};
use tessera::store::users::{NewUser, Status};

use super::records::{self, HOUR};
use crate::support::database::{self, Database, START, SetUp, on_both_databases};
use crate::support::eventually;

/// A minute after every session of these tests began.
const NOW: Timestamp = Timestamp::from_millis(START.millis() + 3_660_000);

async fn is_live(database: &Database, session: &Session, now: Timestamp) -> bool {
    let by_secret = database.db.session(session.realm_id, session.secret_hash, now).await.unwrap().is_some();
    let listed = database.db.sessions_of(session.realm_id, session.user_id, now).await.unwrap();
    assert_eq!(by_secret, listed.iter().any(|listed| listed.id == session.id), "both ways agree");
    by_secret
}

on_both_databases!(a_session_is_read_as_it_was_stored, async |database| {
    let ada = records::user(database, "ada").await;
    let session = records::session(database, &ada).await;
    let live = database.db.session(session.realm_id, session.secret_hash, NOW).await.unwrap().unwrap();
    assert_eq!(live.user.id, ada.id);
    assert!(!live.password_due);
    assert_eq!(format!("{:?}", live.session), format!("{session:?}"));
});

on_both_databases!(a_session_of_a_temporary_password_says_that_a_new_one_is_due, async |database| {
    let mut ada = records::new_user(database, &database.realm, "ada");
    ada.password = Some(("phc".into(), true));
    records::create_user(database, &ada).await;
    let session = records::session(database, &ada).await;
    assert!(database.db.session(session.realm_id, session.secret_hash, NOW).await.unwrap().unwrap().password_due);
});

on_both_databases!(a_session_ends_at_its_idle_end_and_at_its_end, async |database| {
    let ada = records::user(database, "ada").await;
    let session = records::session(database, &ada).await;
    let moment = Duration::from_millis(1);
    assert!(is_live(database, &session, session.idle_expires_at - moment).await);
    assert!(!is_live(database, &session, session.idle_expires_at).await);
    let (id, later) = (session.id, session.expires_at + HOUR);
    database.db.write(async move |tx| tx.touch_session(id, NOW, later).await).await.unwrap();
    assert!(is_live(database, &session, session.expires_at - moment).await);
    assert!(!is_live(database, &session, session.expires_at).await);
});

on_both_databases!(a_session_is_of_its_realm_and_secret, async |database| {
    let ada = records::user(database, "ada").await;
    let session = records::session(database, &ada).await;
    assert!(database.db.session(database.second.id, session.secret_hash, NOW).await.unwrap().is_none());
    assert!(database.db.session(session.realm_id, records::hash("another"), NOW).await.unwrap().is_none());
});

on_both_databases!(a_session_dies_with_its_user, async |database| {
    let ada = records::user(database, "ada").await;
    let session = records::session(database, &ada).await;
    let (realm, id) = (ada.realm_id, ada.id);
    let set = async |status, now| {
        database.db.write(async move |tx| tx.set_user_status(realm, id, status, now).await).await.unwrap();
    };
    set(Status::Disabled, NOW).await;
    assert!(!is_live(database, &session, NOW).await);
    // Let in again, a user signs in again.
    set(Status::Active, NOW).await;
    assert!(!is_live(database, &session, NOW).await);

    let past = database.past_the_store().await;
    past.execute_unprepared("UPDATE users SET not_before = 0; UPDATE sessions SET ended_at = NULL").await.unwrap();
    assert!(is_live(database, &session, NOW).await);
    past.execute_unprepared("UPDATE users SET deleted_at = 1").await.unwrap();
    assert!(!is_live(database, &session, NOW).await);
});

// `tessera keys epoch` after a restored backup: a logout that the backup does not know of holds again.
on_both_databases!(a_session_dies_with_its_realms_epoch, async |database| {
    let ada = records::user(database, "ada").await;
    let session = records::session(database, &ada).await;
    let (realm, second) = (ada.realm_id, database.second.id);
    database.db.write(async move |tx| tx.raise_epoch(second, NOW).await).await.unwrap();
    assert!(is_live(database, &session, NOW).await);
    database.db.write(async move |tx| tx.raise_epoch(realm, NOW).await).await.unwrap();
    assert!(!is_live(database, &session, NOW).await);
});

on_both_databases!(fifty_renewals_of_one_secret_have_one_winner, async |database| {
    let ada = records::user(database, "ada").await;
    let session = records::session(database, &ada).await;
    let (another, _) = database.another_node().await;
    let renewals = (0..50).map(|n| {
        let mut renewed = session.clone();
        renewed.secret_hash = database.random.bytes();
        renewed.factors.push(Factor { amr: Amr::OneTimePassword, at: NOW });
        let (db, old) = (if n % 2 == 0 { &database.db } else { &another }, session.secret_hash);
        async move {
            let stored = renewed.clone();
            let won = db.write(async move |tx| tx.renew_session(&stored, old).await).await.unwrap();
            won.then_some(renewed)
        }
    });
    let winners: Vec<Session> = join_all(renewals).await.into_iter().flatten().collect();
    assert_eq!(winners.len(), 1);
    let by_old = database.db.session(session.realm_id, session.secret_hash, NOW).await.unwrap();
    assert!(by_old.is_none(), "the old secret opens nothing");
    let live = database.db.session(session.realm_id, winners[0].secret_hash, NOW).await.unwrap().unwrap();
    assert_eq!((live.session.id, live.session.factors.len()), (session.id, 2));
});

on_both_databases!(an_ended_session_is_not_renewed_or_touched, async |database| {
    let ada = records::user(database, "ada").await;
    let session = records::session(database, &ada).await;
    let (realm, id) = (session.realm_id, session.id);
    let end = async |realm| database.db.write(async move |tx| tx.end_session(realm, id, NOW).await).await.unwrap();
    assert!(!end(database.second.id).await, "another realm's");
    assert!(is_live(database, &session, NOW).await);
    assert!(end(realm).await);
    assert!(!end(realm).await, "once");
    let (old, again) = (session.secret_hash, session.clone());
    assert!(!database.db.write(async move |tx| tx.renew_session(&again, old).await).await.unwrap());
    database.db.write(async move |tx| tx.touch_session(id, NOW, NOW + HOUR).await).await.unwrap();
    assert!(!is_live(database, &session, NOW).await);
});

on_both_databases!(a_touch_never_moves_a_session_back, async |database| {
    let ada = records::user(database, "ada").await;
    let session = records::session(database, &ada).await;
    let id = session.id;
    let touch =
        async |now, until| database.db.write(async move |tx| tx.touch_session(id, now, until).await).await.unwrap();
    touch(NOW, NOW + 5 * HOUR).await;
    touch(NOW - HOUR, NOW).await;
    let live = database.db.session(session.realm_id, session.secret_hash, NOW).await.unwrap().unwrap();
    assert_eq!((live.session.seen_at, live.session.idle_expires_at), (NOW, NOW + 5 * HOUR));
});

on_both_databases!(a_session_takes_its_families_with_it, async |database| {
    let ada = records::user(database, "ada").await;
    let client = records::client(database, "app").await;
    let (kept, ended) = (records::session(database, &ada).await, records::session(database, &ada).await);
    let of_kept = records::new_family(database, &ada, &client, Some(&kept));
    let of_ended = records::new_family(database, &ada, &client, Some(&ended));
    let offline = records::new_family(database, &ada, &client, None);
    for family in [&of_kept, &of_ended, &offline] {
        database
            .db
            .create_family(family.clone(), records::basis(database, family).await, records::event_of(database, family))
            .await
            .unwrap();
    }
    let (realm, user, except) = (ada.realm_id, ada.id, kept.id);
    let end = database.db.write(async move |tx| tx.end_sessions_of(realm, user, Some(except), NOW).await);
    assert_eq!(end.await.unwrap(), 2, "and the one in which offline access was authorized");
    for (family, revoked_at) in [(of_kept, None), (of_ended, Some(NOW)), (offline, None)] {
        assert_eq!(database.db.family(realm, family.id).await.unwrap().unwrap().revoked_at, revoked_at);
    }
    let all = database.db.write(async move |tx| tx.end_sessions_of(realm, user, None, NOW).await);
    assert_eq!(all.await.unwrap(), 1);
    assert!(database.db.sessions_of(realm, user, NOW).await.unwrap().is_empty());
});

/// A user whose password's hash is "old", and a session that is not stored yet.
async fn about_to_begin(database: &Database) -> (NewUser, Session) {
    let mut ada = records::new_user(database, &database.realm, "ada");
    ada.password = Some(("old".into(), false));
    records::create_user(database, &ada).await;
    let session = records::session(database, &ada).await;
    let (id, realm, secret_hash) = (session.id, session.realm_id, database.random.bytes());
    database.db.write(async move |tx| tx.end_session(realm, id, NOW).await).await.unwrap();
    (ada, Session { id: database.random.id(NOW), secret_hash, ..session })
}

async fn begin(db: &Db, session: &Session, proven: Option<&'static str>) -> bool {
    let session = session.clone();
    db.write(async move |tx| tx.create_session(&session, proven.map(Secret::from).as_ref()).await).await.unwrap()
}

on_both_databases!(a_session_begins_only_while_what_was_proven_stands, async |database| {
    let (ada, session) = about_to_begin(database).await;
    let (realm, id, now) = (ada.realm_id, ada.id, session.created_at);
    let fail = async |until| {
        database.db.write(async move |tx| tx.count_failure(realm, id, 1, until, now).await).await.unwrap();
    };
    let status = async |status| {
        let set = database.db.write(async move |tx| tx.set_user_status(realm, id, status, now - HOUR).await);
        assert!(set.await.unwrap());
    };
    assert!(!begin(&database.db, &session, Some("another")).await, "changed");
    fail(now + HOUR).await;
    assert!(!begin(&database.db, &session, Some("old")).await, "locked");
    fail(now).await;
    for shut_out in [Status::Disabled, Status::Invited] {
        status(shut_out).await;
        assert!(!begin(&database.db, &session, Some("old")).await, "{shut_out:?}");
        assert!(!begin(&database.db, &session, None).await, "{shut_out:?}");
    }
    status(Status::Active).await;
    assert!(!is_live(database, &session, NOW).await);
    assert!(begin(&database.db, &session, Some("old")).await);
    assert!(is_live(database, &session, NOW).await);
});

on_both_databases!(a_session_goes_on_only_while_what_was_proven_stands, async |database| {
    let (_, session) = about_to_begin(database).await;
    assert!(begin(&database.db, &session, None).await, "nothing was to be proven");
    let resumed = Session { secret_hash: database.random.bytes(), ..session.clone() };
    let resume = async |proven: Option<&'static str>| {
        let (resumed, old) = (resumed.clone(), session.secret_hash);
        let resume = database.db.write(async move |tx| {
            let proven = proven.map(Secret::from);
            tx.resume_session(&resumed, old, proven.as_ref()).await
        });
        resume.await.unwrap()
    };
    assert!(!resume(Some("another")).await);
    assert!(is_live(database, &session, NOW).await, "the old secret opens it still");
    assert!(resume(Some("old")).await);
    assert!(!resume(Some("old")).await, "once");
    assert!(is_live(database, &resumed, NOW).await);
});

on_both_databases!(no_session_outlives_the_reset_that_ends_them_all, async |database| {
    let (ada, session) = about_to_begin(database).await;
    let (another, _) = database.another_node().await;
    let (realm, id) = (ada.realm_id, ada.id);
    let sign_ins = (0..50).map(|n| {
        let db = if n % 2 == 0 { &database.db } else { &another };
        let session = Session { id: database.random.id(NOW), secret_hash: database.random.bytes(), ..session.clone() };
        async move { begin(db, &session, Some("old")).await }
    });
    let reset = database.db.write(async move |tx| {
        tx.set_password(realm, id, &"reset".into(), true, NOW).await?;
        tx.end_sessions_of(realm, id, None, NOW).await
    });
    let (_, ended) = tokio::join!(join_all(sign_ins), reset);
    ended.unwrap();
    assert!(database.db.sessions_of(realm, id, NOW).await.unwrap().is_empty());
});

/// The narrowest of those moments: the password is another, the sessions have ended, and nothing of it is committed. Whoever signs
/// in waits.
#[tokio::test]
async fn on_postgresql_a_session_waits_until_the_reset_is_committed() {
    for change in ["UPDATE passwords SET phc = 'reset'", "UPDATE users SET status = 'disabled'"] {
        database::run(SetUp::Postgres, async |database| {
            let (_, session) = about_to_begin(database).await;
            let past = database.past_the_store().await;
            let reset = past.begin().await.unwrap();
            reset.execute_unprepared(change).await.unwrap();
            reset.execute_unprepared("UPDATE sessions SET ended_at = 1").await.unwrap();
            let reset = async {
                let another = database.past_the_store().await;
                let sql =
                    "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
                let asked = Statement::from_string(another.get_database_backend(), sql);
                let waits = async || another.query_one_raw(asked.clone()).await.unwrap().map(|_| ());
                eventually(Duration::from_secs(20), waits).await;
                reset.commit().await.unwrap();
            };
            let ((), begun) = tokio::join!(reset, begin(&database.db, &session, Some("old")));
            assert!(!begun, "{change}");
        })
        .await;
    }
}
