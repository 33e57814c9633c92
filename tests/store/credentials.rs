//! Passwords and the exact count of wrong ones (security.md: lockout in SQL).

use futures_util::future::join_all;
use tessera::clock::Timestamp;
use tessera::protocol::identifier::Identifier;
use tessera::secret::Secret;
use tessera::store::credentials::Failure;
use tessera::store::users::Status;

use super::records::{self, HOUR};
use crate::support::database::{START, on_both_databases};

on_both_databases!(a_sign_in_reads_all_that_it_needs_at_once, async |database| {
    let mut ada = records::new_user(database, &database.realm, "ada");
    ada.password = Some((Secret::from("$argon2id$1"), true));
    records::create_user(database, &ada).await;
    let identifier = Identifier::guess("ada@example.com").unwrap();
    let account = database.db.password_account(ada.realm_id, &identifier).await.unwrap().unwrap();
    assert_eq!(account.user.id, ada.id);
    assert_eq!(account.phc.unwrap().expose(), "$argon2id$1");
    assert!(account.temporary && database.db.must_change_password(ada.id).await.unwrap());
    assert_eq!((account.failures, account.locked_until), (0, Timestamp::from_millis(0)));
    assert!(database.db.password_account(database.second.id, &identifier).await.unwrap().is_none());

    let bob = records::user(database, "bob").await;
    let without = database.db.password_account_of(bob.realm_id, bob.id).await.unwrap().unwrap();
    assert!(without.phc.is_none() && !without.temporary);
    assert!(!database.db.must_change_password(bob.id).await.unwrap());
});

on_both_databases!(a_new_password_takes_the_place_of_the_old_one, async |database| {
    let ada = records::user(database, "ada").await;
    let (id, realm) = (ada.id, ada.realm_id);
    for (phc, temporary) in [("one", true), ("two", false)] {
        let set = database.db.write(async move |tx| tx.set_password(realm, id, &phc.into(), temporary, START).await);
        set.await.unwrap();
        let account = database.db.password_account_of(realm, id).await.unwrap().unwrap();
        assert_eq!((account.phc.unwrap().expose(), account.temporary), (phc, temporary));
    }
    let rehash = async |old: &'static str, new: &'static str| {
        let rehash = database.db.write(async move |tx| tx.rehash_password(id, &old.into(), &new.into()).await);
        rehash.await.unwrap();
        database.db.password_account_of(realm, id).await.unwrap().unwrap().phc.unwrap()
    };
    assert_eq!(rehash("two", "better").await.expose(), "better");
    // Changed meanwhile: the hash of the old password must not come back.
    assert_eq!(rehash("two", "late").await.expose(), "better");
});

on_both_databases!(fifty_wrong_passwords_at_once_are_counted_exactly, async |database| {
    let ada = records::user(database, "ada").await;
    let (another, _) = database.another_node().await;
    let (id, realm) = (ada.id, ada.realm_id);
    let failures = (0..50).map(|n| {
        let db = if n % 2 == 0 { &database.db } else { &another };
        db.write(async move |tx| tx.count_failure(realm, id, 10, START + HOUR, START).await)
    });
    let mut failures: Vec<Failure> = join_all(failures).await.into_iter().map(Result::unwrap).collect();
    failures.sort_by_key(|failure| failure.failures);
    for (failure, expected) in failures.iter().zip(1..) {
        assert_eq!(failure.failures, expected);
        let locked_until = if expected >= 10 { START + HOUR } else { Timestamp::from_millis(0) };
        assert_eq!(failure.locked_until, locked_until, "{expected}");
    }
    let account = database.db.password_account_of(realm, id).await.unwrap().unwrap();
    assert_eq!((account.failures, account.locked_until), (50, START + HOUR));
});

on_both_databases!(a_success_clears_the_count, async |database| {
    let ada = records::user(database, "ada").await;
    let (id, realm) = (ada.id, ada.realm_id);
    let count = async || {
        let count = database.db.write(async move |tx| tx.count_failure(realm, id, 1, START + HOUR, START).await);
        count.await.unwrap()
    };
    // With a limit of one the first failure locks.
    assert_eq!(count().await, Failure { failures: 1, locked_until: START + HOUR });
    database.db.write(async move |tx| tx.clear_failures(id).await).await.unwrap();
    let account = database.db.password_account_of(realm, id).await.unwrap().unwrap();
    assert_eq!((account.failures, account.locked_until), (0, Timestamp::from_millis(0)));
    assert_eq!(count().await.failures, 1);
});

on_both_databases!(ones_own_password_is_changed_while_what_was_proven_stands, async |database| {
    let mut ada = records::new_user(database, &database.realm, "ada");
    ada.password = Some(("old".into(), true));
    records::create_user(database, &ada).await;
    let bob = records::user(database, "bob").await;
    let (own, ended) = (records::session(database, &ada).await, records::session(database, &ada).await);
    let others = records::session(database, &bob).await;
    let (realm, second, id, now) = (ada.realm_id, database.second.id, ada.id, own.created_at);
    let end = ended.id;
    assert!(database.db.write(async move |tx| tx.end_session(realm, end, now).await).await.unwrap());
    let change = async |realm, proven: &'static str, session, now| {
        let change = async move |tx: &tessera::store::Tx| {
            tx.change_password(realm, id, &proven.into(), &"new".into(), session, now).await
        };
        database.db.write(change).await.unwrap()
    };
    assert!(!change(realm, "another", own.id, now).await, "the hash of another password");
    assert!(!change(second, "old", own.id, now).await, "another realm");
    assert!(!change(realm, "old", ended.id, now).await, "an ended session");
    assert!(!change(realm, "old", own.id, own.idle_expires_at).await, "one that was not used");
    assert!(!change(realm, "old", others.id, now).await, "another user's");
    let stored = async || database.db.password_account_of(realm, id).await.unwrap().unwrap();
    assert!(stored().await.phc.unwrap().expose() == "old" && stored().await.temporary);
    assert!(change(realm, "old", own.id, now).await);
    assert!(stored().await.phc.unwrap().expose() == "new" && !stored().await.temporary);
    assert!(!change(realm, "old", own.id, now).await, "once");
    database.db.write(async move |tx| tx.set_user_status(realm, id, Status::Disabled, now).await).await.unwrap();
    assert!(!change(realm, "new", own.id, now).await, "one who is shut out");
});

on_both_databases!(of_fifty_changes_of_one_password_and_a_reset_the_reset_stands, async |database| {
    let mut ada = records::new_user(database, &database.realm, "ada");
    ada.password = Some(("old".into(), false));
    records::create_user(database, &ada).await;
    let own = records::session(database, &ada).await;
    let (another, _) = database.another_node().await;
    let (realm, id, session, now) = (ada.realm_id, ada.id, own.id, own.created_at);
    let at_once = (0..50).map(|n| {
        let db = if n % 2 == 0 { &database.db } else { &another };
        db.write(async move |tx| {
            if n == 25 {
                tx.set_password(realm, id, &"reset".into(), true, now).await?;
                return Ok(false);
            }
            tx.change_password(realm, id, &"old".into(), &"new".into(), session, now).await
        })
    });
    let changed = join_all(at_once).await.into_iter().filter(|made| *made.as_ref().unwrap()).count();
    assert!(changed <= 1, "{changed}");
    let account = database.db.password_account_of(realm, id).await.unwrap().unwrap();
    assert_eq!((account.phc.unwrap().expose(), account.temporary), ("reset", true));
});
