//! Passwords: one's own and those that an operator gives; wrong guesses count.

use std::time::Duration;

use tessera::config::Lifetimes;
use tessera::credentials::password::Verdict;
use tessera::protocol::acr::Amr;
use tessera::random::Random;
use tessera::secret::Secret;
use tessera::session::{Beginning, Secrets, Sessions};
use tessera::store::events::By;
use tessera::store::users::User;
use tessera::users::{Error, NewPassword, PasswordChange, Users};
use uuid::Uuid;

use super::{GOOD, account, by, faults, origin, slow, users};
use crate::support::database::{Database, START, SetUp, on_both_databases};
use crate::support::events::{event_types, events};
use crate::support::overtaken::overtaken;

const NEW: &str = "staple gun in the attic";
const RESET: &str = "given by the operator";

async fn ann(database: &Database, users: &Users) -> User {
    users.create(database.realm.id, account("ann@example.com"), &by()).await.unwrap()
}

fn change(session: Uuid, current: Option<&str>, new: &str) -> PasswordChange {
    PasswordChange { current: current.map(Secret::from), new: Secret::from(new), session, end_others: false }
}

async fn session(database: &Database, user: Uuid) -> Uuid {
    let sessions = Sessions::new(database.db.clone(), Random::system(), Lifetimes::default());
    let factors = vec![Amr::Password];
    let beginning = Beginning { user, factors, proven: None, remember: false, origin: origin(), now: START };
    let begun = sessions.begin(&database.realm, &Secrets::default(), beginning).await.unwrap();
    begun.expect("a user who may sign in").0.id
}

async fn live(database: &Database, user: Uuid) -> Vec<Uuid> {
    let sessions = database.db.sessions_of(database.realm.id, user, START + Duration::from_secs(1)).await.unwrap();
    sessions.into_iter().map(|session| session.id).collect()
}

on_both_databases!(the_present_password_is_proven_first, async |database: &Database| {
    let (users, realm) = (users(database), database.realm.id);
    let user = ann(database, &users).await.id;
    let (mine, own) = (By::user(user, &origin(), START), session(database, user).await);
    let try_it = async |change| users.change_password(realm, user, change, &mine).await;
    assert_eq!(faults(try_it(change(own, None, NEW)).await), [("current_password", "error-password-missing")]);
    assert_eq!(
        faults(try_it(change(own, Some("wrong one"), NEW)).await),
        [("current_password", "error-password-wrong")]
    );
    assert_eq!(faults(try_it(change(own, Some(GOOD), GOOD)).await), [("new_password", "error-password-same")]);
    assert_eq!(faults(try_it(change(own, Some(GOOD), "short")).await), [("new_password", "error-password-short")]);
    try_it(change(own, Some(GOOD), NEW)).await.unwrap();
    assert_eq!(faults(try_it(change(own, Some(GOOD), NEW)).await), [("current_password", "error-password-wrong")]);
    let recorded = events(database).await;
    let failures = recorded.iter().filter(|event| event.outcome == "failure").count();
    assert_eq!(failures, 2, "{recorded:?}");
    assert!(!format!("{recorded:?}").contains(NEW));
});

/// security.md: attempt counters are per account; parallel wrong passwords are counted exactly.
#[tokio::test]
async fn wrong_guesses_lock_the_account_for_a_while() {
    let database = Database::new(SetUp::Sqlite).await;
    let (users, realm) = (users(&database), database.realm.id);
    let user = ann(&database, &users).await.id;
    let (mine, own) = (By::user(user, &origin(), START), session(&database, user).await);
    let guesses = (0..5).map(|index| {
        let (users, mine) = (users.clone(), mine.clone());
        let guess = change(own, Some(&format!("wrong guess {index}")), NEW);
        tokio::spawn(async move { users.change_password(realm, user, guess, &mine).await })
    });
    for guess in guesses.collect::<Vec<_>>() {
        assert!(guess.await.unwrap().is_err());
    }
    let Err(Error::Locked { retry_after }) =
        users.change_password(realm, user, change(own, Some(GOOD), NEW), &mine).await
    else {
        panic!("the account is not locked");
    };
    assert_eq!(retry_after, Duration::from_mins(30));
    let locked = events(&database).await.into_iter().filter(|event| event.event_type == "account.locked").count();
    assert_eq!(locked, 1);
    let later = By::user(user, &origin(), START + retry_after);
    users.change_password(realm, user, change(own, Some(GOOD), NEW), &later).await.unwrap();
}

on_both_databases!(
    a_temporary_password_is_changed_without_being_asked_for_but_not_to_itself,
    async |database: &Database| {
        let (users, realm) = (users(database), database.realm.id);
        let user = ann(database, &users).await.id;
        let temporary = NewPassword { password: Secret::from("temporary one"), temporary: true };
        users.set_password(realm, user, temporary, true, &by()).await.unwrap();
        let own = session(database, user).await;
        assert!(database.db.must_change_password(user).await.unwrap());
        let mine = By::user(user, &origin(), START);
        let same = users.change_password(realm, user, change(own, None, "temporary one"), &mine).await;
        assert_eq!(faults(same), [("new_password", "error-password-same")]);
        users.change_password(realm, user, change(own, None, NEW), &mine).await.unwrap();
        assert!(!database.db.must_change_password(user).await.unwrap());
    }
);

#[tokio::test]
async fn other_sessions_end_on_request_and_ones_own_goes_on() {
    let database = Database::new(SetUp::Sqlite).await;
    let (users, realm) = (users(&database), database.realm.id);
    let user = ann(&database, &users).await.id;
    let (own, other) = (session(&database, user).await, session(&database, user).await);
    let mine = By::user(user, &origin(), START);
    users.change_password(realm, user, change(own, Some(GOOD), NEW), &mine).await.unwrap();
    assert_eq!(live(&database, user).await.len(), 2, "not asked for");
    let ending = PasswordChange { end_others: true, ..change(own, Some(NEW), GOOD) };
    users.change_password(realm, user, ending, &mine).await.unwrap();
    assert_eq!(live(&database, user).await, [own]);
    assert_ne!(own, other);
    let reset = NewPassword { password: Secret::from(NEW), temporary: true };
    users.set_password(realm, user, reset, true, &by()).await.unwrap();
    assert!(live(&database, user).await.is_empty());
}

#[tokio::test]
async fn setting_a_password_unlocks_and_lets_an_invited_user_in() {
    let database = Database::new(SetUp::Sqlite).await;
    let (users, realm) = (users(&database), database.realm.id);
    let user = ann(&database, &users).await.id;
    let until = START + Duration::from_hours(1);
    database.db.write(async move |tx| tx.count_failure(realm, user, 1, until, START).await).await.unwrap();
    let new = NewPassword { password: Secret::from(NEW), temporary: false };
    users.set_password(realm, user, new.clone(), false, &by()).await.unwrap();
    assert_eq!(database.db.password_account_of(realm, user).await.unwrap().unwrap().failures, 0);
    let invited = users.invite(realm, account("bob@example.com"), Duration::from_hours(1), &by()).await.unwrap().user;
    users.set_password(realm, invited.id, new.clone(), false, &by()).await.unwrap();
    let status = users.show(realm, invited.id).await.unwrap().0.status;
    assert_eq!(status, tessera::store::users::Status::Active);
    let elsewhere = users.set_password(database.second.id, user, new, false, &by()).await;
    assert!(matches!(elsewhere, Err(Error::NotFound)));
}

// security.md: what an operator does about an account is not undone by what its thief has begun before.
on_both_databases!(a_reset_wins_over_a_change_that_is_under_way, async |database: &Database| {
    let (slow, passwords) = slow(database);
    let (users, realm) = (users(database), database.realm.id);
    for (email, ends_sessions) in [("ann@example.com", true), ("bob@example.com", false)] {
        let user = slow.create(realm, account(email), &by()).await.unwrap().id;
        let (own, mine) = (session(database, user).await, By::user(user, &origin(), START));
        let reset = async {
            let new = NewPassword { password: Secret::from(RESET), temporary: true };
            users.set_password(realm, user, new, ends_sessions, &by()).await.unwrap();
        };
        let mine = slow.change_password(realm, user, change(own, Some(GOOD), NEW), &mine);
        let refused = overtaken(&passwords, mine, reset).await;
        let told = if ends_sessions {
            matches!(refused, Err(Error::SignedOut))
        } else {
            matches!(refused, Err(Error::Changed))
        };
        assert!(told, "{refused:?}");
        let stored = database.db.password_account_of(realm, user).await.unwrap().unwrap();
        assert!(stored.temporary);
        let reset = passwords.verify(&Secret::from(RESET), stored.phc.as_ref().map(Secret::expose)).await.unwrap();
        assert!(matches!(reset, Verdict::Matched { .. }));
    }
    let changes = event_types(database).await.into_iter().filter(|one| one == "password.changed").count();
    assert_eq!(changes, 2, "the resets");
});

on_both_databases!(a_session_that_ends_meanwhile_changes_nothing, async |database: &Database| {
    let (slow, passwords) = slow(database);
    let realm = database.realm.id;
    let user = slow.create(realm, account("ann@example.com"), &by()).await.unwrap().id;
    let (own, mine) = (session(database, user).await, By::user(user, &origin(), START));
    let before = database.db.password_account_of(realm, user).await.unwrap().unwrap();
    let end = async {
        assert!(database.db.write(async move |tx| tx.end_session(realm, own, START).await).await.unwrap());
    };
    let refused = overtaken(&passwords, slow.change_password(realm, user, change(own, Some(GOOD), NEW), &mine), end);
    assert!(matches!(refused.await, Err(Error::SignedOut)));
    let after = database.db.password_account_of(realm, user).await.unwrap().unwrap();
    assert_eq!(after.phc, before.phc);
});
