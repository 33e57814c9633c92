//! storage.md "Writing: one door".

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::join_all;
use sea_orm::{ConnectionTrait as _, DbErr};
use tessera::store::{Db, Error, Tx};
use tokio::sync::{Barrier, Semaphore};

use super::records;
use crate::support::database::{Database, SetUp, on_both_databases, run};
use crate::support::eventually;

/// A write that has begun, and ends when it may.
struct Held {
    may_end: Arc<Semaphore>,
}

impl Held {
    /// Begins a write that holds a writing connection; its caller is gone at once.
    async fn begin(db: &Db) -> Self {
        let (begun, may_end) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
        let (inside, end) = (Arc::clone(&begun), Arc::clone(&may_end));
        let write = db.write(async move |_: &Tx| {
            inside.add_permits(1);
            end.acquire().await.expect("it is never closed").forget();
            Ok(())
        });
        assert!(write.now_or_never().is_none());
        begun.acquire().await.unwrap().forget();
        Self { may_end }
    }

    fn end(&self) {
        self.may_end.add_permits(1);
    }
}

/// Holds every writing connection.
async fn hold_all(database: &Database) -> Vec<Held> {
    let connections = if database.set_up() == SetUp::Sqlite { 1 } else { database.options().max_connections };
    let mut held = Vec::new();
    for _ in 0..connections {
        held.push(Held::begin(&database.db).await);
    }
    held
}

on_both_databases!(a_write_that_waits_is_done_though_its_caller_is_gone, async |database| {
    let held = hold_all(database).await;
    let user = records::new_user(database, &database.realm, "ada");
    let (id, realm) = (user.id, user.realm_id);
    let write = database.db.write(async move |tx| tx.create_user(&user).await);
    assert!(write.now_or_never().is_none(), "the write waits");
    held.iter().for_each(Held::end);
    eventually(Duration::from_secs(10), async || database.db.user(realm, id).await.unwrap()).await;
});

on_both_databases!(what_was_handed_over_is_done_before_the_door_closes, async |database| {
    let (node, _) = database.another_node().await;
    let held = Held::begin(&node).await;
    let users: Vec<_> = (0..20).map(|n| records::new_user(database, &database.realm, &format!("user{n}"))).collect();
    for user in users.clone() {
        assert!(node.write(async move |tx| tx.create_user(&user).await).now_or_never().is_none());
    }
    held.end();
    node.close().await;
    for user in users {
        assert!(database.db.user(user.realm_id, user.id).await.unwrap().is_some());
    }
    let error = node.write(async |_: &Tx| Ok(())).await.unwrap_err();
    assert!(matches!(error, Error::Unavailable(_)), "{error}");
});

on_both_databases!(an_error_takes_back_its_own_changes_and_no_others, async |database| {
    let held = hold_all(database).await;
    let users: Vec<_> = (0..3).map(|n| records::new_user(database, &database.realm, &format!("user{n}"))).collect();
    let writes = users.clone().into_iter().enumerate().map(|(n, user)| {
        database.db.write(async move |tx| {
            tx.create_user(&user).await?;
            if n == 1 { Err(Error::Schema("refused on purpose".to_owned())) } else { Ok(n) }
        })
    });
    let writes = join_all(writes);
    let (outcomes, ()) = tokio::join!(writes, async { held.iter().for_each(Held::end) });
    assert!(matches!(outcomes[0], Ok(0)));
    assert!(matches!(&outcomes[1], Err(Error::Schema(reason)) if reason == "refused on purpose"));
    assert!(matches!(outcomes[2], Ok(2)));
    for (n, user) in users.iter().enumerate() {
        let is_there = database.db.user(user.realm_id, user.id).await.unwrap().is_some();
        assert_eq!(is_there, n != 1, "user {n}");
    }
});

on_both_databases!(a_panic_is_the_error_of_its_own_write, async |database| {
    let held = hold_all(database).await;
    let user = records::new_user(database, &database.realm, "ada");
    let id = user.id;
    let sound = database.db.write(async move |tx| tx.create_user(&user).await);
    let panicking = database.db.write(async |tx: &Tx| -> Result<(), Error> {
        tx.changed(tessera::store::epochs::Cached::Clients).await?;
        panic!("on purpose")
    });
    let (sound, panicked, ()) = tokio::join!(sound, panicking, async { held.iter().for_each(Held::end) });
    assert!(sound.is_ok());
    assert!(panicked.unwrap_err().to_string().contains("a write panicked: on purpose"));
    assert!(database.db.user(database.realm.id, id).await.unwrap().is_some());
    database.db.write(async |_: &Tx| Ok(())).await.unwrap();
});

on_both_databases!(a_write_is_refused_where_too_many_wait, async |database| {
    let held = hold_all(database).await;
    let mut waiting = 0;
    let refused = loop {
        match database.db.write(async |_: &Tx| Ok(())).now_or_never() {
            None => waiting += 1,
            Some(outcome) => break outcome.unwrap_err(),
        }
    };
    assert!(matches!(refused, Error::Busy) && refused.is_temporary());
    // PostgreSQL's door may have one in its hand.
    assert!((4096..=4097).contains(&waiting), "{waiting}");
    held.iter().for_each(Held::end);
    eventually(Duration::from_secs(10), async || database.db.write(async |_: &Tx| Ok(())).await.ok()).await;
});

/// What is queued on SQLite shares one COMMIT, 128 at most: the last of 128 cannot see the first from outside yet, the next can.
#[tokio::test]
async fn writes_share_a_commit_on_sqlite() {
    run(SetUp::Sqlite, async |database| {
        let held = Held::begin(&database.db).await;
        let user = records::new_user(database, &database.realm, "ada");
        let (id, realm) = (user.id, user.realm_id);
        let mut writes = vec![database.db.write(async move |tx| tx.create_user(&user).await.map(|_| false)).boxed()];
        for _ in 1..129 {
            let node = database.db.clone();
            writes.push(database.db.write(async move |_: &Tx| Ok(node.user(realm, id).await?.is_some())).boxed());
        }
        let (seen, ()) = tokio::join!(join_all(writes), async { held.end() });
        let seen: Vec<bool> = seen.into_iter().map(Result::unwrap).collect();
        assert_eq!(seen.iter().position(|seen| *seen), Some(128));
    })
    .await;
}

/// Serialization failures (40001) and deadlocks (40P01) are run again, for less than a second.
#[tokio::test]
async fn a_write_that_others_were_in_the_way_of_is_run_again_on_postgresql() {
    run(SetUp::Postgres, async |database| {
        let runs = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&runs);
        let contended = || Error::Contended(DbErr::Custom("on purpose".to_owned()));
        let outcome =
            database.db.write(
                async move |_: &Tx| {
                    if counted.fetch_add(1, Ordering::SeqCst) < 3 { Err(contended()) } else { Ok(()) }
                },
            );
        outcome.await.unwrap();
        assert_eq!(runs.load(Ordering::SeqCst), 4);

        let hopeless = database.db.write(async move |_: &Tx| Err::<(), _>(contended())).await.unwrap_err();
        assert!(matches!(hopeless, Error::Contended(_)) && hopeless.is_temporary());
    })
    .await;
}

#[tokio::test]
async fn two_writes_that_lock_each_other_out_both_succeed_on_postgresql() {
    run(SetUp::Postgres, async |database| {
        let (ada, bob) = (records::user(database, "ada").await.id, records::user(database, "bob").await.id);
        let both_hold_one = Arc::new(Barrier::new(2));
        let meet = |first, second| {
            let (meeting, is_first_run) = (Arc::clone(&both_hold_one), AtomicU32::new(0));
            let (realm, now) = (database.realm.id, crate::support::database::START);
            database.db.write(async move |tx| {
                tx.set_user_status(realm, first, tessera::store::users::Status::Active, now).await?;
                if is_first_run.fetch_add(1, Ordering::SeqCst) == 0 {
                    meeting.wait().await;
                }
                tx.set_user_status(realm, second, tessera::store::users::Status::Active, now).await?;
                Ok(is_first_run.load(Ordering::SeqCst))
            })
        };
        let (one, other) = tokio::join!(meet(ada, bob), meet(bob, ada));
        let mut runs = [one.unwrap(), other.unwrap()];
        runs.sort_unstable();
        assert_eq!(runs, [1, 2]);
    })
    .await;
}

/// A connection that the server has closed is noticed, and the door goes on.
#[tokio::test]
async fn the_door_outlives_its_connections_on_postgresql() {
    run(SetUp::Postgres, async |database| {
        let past = database.past_the_store().await;
        let others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                      WHERE datname = current_database() AND pid <> pg_backend_pid()";
        past.execute_unprepared(others).await.unwrap();
        eventually(Duration::from_secs(10), async || match database.db.write(async |_: &Tx| Ok(())).await {
            Ok(()) => Some(()),
            Err(error) => {
                assert!(error.is_temporary(), "{error}");
                None
            }
        })
        .await;
        eventually(Duration::from_secs(10), async || database.db.ping().await.ok()).await;
    })
    .await;
}
