//! Invitations: a link that sets a password once, and only while its user waits.

use std::time::Duration;

use tessera::protocol::claims::StandardClaims;
use tessera::secret::Secret;
use tessera::store::users::Status;
use tessera::users::{Acceptance, Error, Invitation, Users};

use super::{GOOD, account, by, faults, origin, seeded, slow, users};
use crate::support::database::{Database, START, SetUp, on_both_databases};
use crate::support::events::{event_types, events};
use crate::support::overtaken::overtaken;

const WEEK: Duration = Duration::from_hours(24 * 7);

async fn invited(database: &Database, users: &Users) -> Invitation {
    users.invite(database.realm.id, account("bob@example.com"), WEEK, &by()).await.unwrap()
}

fn acceptance(password: &str) -> Acceptance {
    Acceptance { name: "Bob".to_owned(), password: Secret::from(password) }
}

on_both_databases!(an_invited_user_chooses_a_password_and_is_let_in, async |database: &Database| {
    let (users, realm) = (users(database), database.realm.id);
    let invitation = invited(database, &users).await;
    assert_eq!(invitation.user.status, Status::Invited);
    let kept = database.db.password_account_of(realm, invitation.user.id).await.unwrap().unwrap();
    assert!(kept.phc.is_none(), "the password of an invitation is the invited user's to choose");
    let (user, identifiers) = users.invited(realm, &invitation.token, START).await.unwrap();
    assert_eq!((user.id, identifiers[0].display.as_str()), (invitation.user.id, "bob@example.com"));
    let accepted = users.accept_invitation(realm, &invitation.token, acceptance(GOOD), &origin(), START).await.unwrap();
    assert_eq!((accepted.status, accepted.claims.name.as_deref()), (Status::Active, Some("Bob")));
    let again = users.accept_invitation(realm, &invitation.token, acceptance(GOOD), &origin(), START).await;
    assert!(matches!(again, Err(Error::DeadLink)));
    let types = event_types(database).await;
    assert_eq!(types, ["password.changed", "user.created", "user.enabled", "user.invited"]);
    let recorded = format!("{:?}", events(database).await);
    assert!(!recorded.contains(invitation.token.expose()) && !recorded.contains(GOOD));
});

// security.md, races: exactly one success for an invitation.
on_both_databases!(of_many_acceptances_at_once_one_counts, async |database: &Database| {
    let services = [users(database), seeded(database.another_node().await.0, 8)];
    let (token, realm) = (invited(database, &services[0]).await.token, database.realm.id);
    let attempts = (0..10).map(|index| {
        let (users, token) = (services[index % 2].clone(), token.clone());
        tokio::spawn(async move { users.accept_invitation(realm, &token, acceptance(GOOD), &origin(), START).await })
    });
    let mut accepted = 0;
    for attempt in attempts.collect::<Vec<_>>() {
        match attempt.await.unwrap() {
            Ok(_) => accepted += 1,
            refused => assert!(matches!(refused, Err(Error::DeadLink)), "{refused:?}"),
        }
    }
    assert_eq!(accepted, 1);
});

on_both_databases!(claims_that_are_set_during_an_acceptance_stay, async |database: &Database| {
    let (slow, passwords) = slow(database);
    let (users, realm) = (users(database), database.realm.id);
    let invitation = invited(database, &users).await;
    let (token, user) = (&invitation.token, invitation.user.id);
    let set = async {
        let claims = StandardClaims { nickname: Some("bobby".to_owned()), ..StandardClaims::default() };
        users.set_claims(realm, user, claims, &by()).await.unwrap();
    };
    let origin = origin();
    let accepted = slow.accept_invitation(realm, token, acceptance(GOOD), &origin, START);
    overtaken(&passwords, accepted, set).await.unwrap();
    let claims = users.show(realm, user).await.unwrap().0.claims;
    assert_eq!(claims.nickname.as_deref(), Some("bobby"));
});

#[tokio::test]
async fn a_form_that_is_refused_does_not_use_the_link_up() {
    let database = Database::new(SetUp::Sqlite).await;
    let (users, realm) = (users(&database), database.realm.id);
    let token = invited(&database, &users).await.token;
    let accept = async |acceptance| users.accept_invitation(realm, &token, acceptance, &origin(), START).await;
    let wrong = Acceptance { name: String::new(), password: Secret::from("bob@example.com") };
    let expected = [("name", "error-name-missing"), ("password", "error-password-personal")];
    assert_eq!(faults(accept(wrong).await), expected);
    assert_eq!(accept(acceptance(GOOD)).await.unwrap().status, Status::Active);
}

#[tokio::test]
async fn a_link_ends_is_replaced_and_belongs_to_its_realm_and_kind() {
    let database = Database::new(SetUp::Sqlite).await;
    let (users, realm) = (users(&database), database.realm.id);
    let first = invited(&database, &users).await;
    let dead = async |token: &Secret, realm, at| {
        let shown = users.invited(realm, token, at).await;
        let used = users.accept_invitation(realm, token, acceptance(GOOD), &origin(), at).await;
        matches!(shown, Err(Error::DeadLink)) && matches!(used, Err(Error::DeadLink))
    };
    assert!(dead(&first.token, realm, START + WEEK).await, "it ends");
    assert!(dead(&first.token, database.second.id, START).await, "another realm");
    assert!(!users.is_administrator_link(realm, &first.token, START).await.unwrap(), "another kind");
    assert!(dead(&Secret::from("made-up"), realm, START).await);
    let second = users.invite_again(realm, first.user.id, WEEK, &by()).await.unwrap();
    assert!(dead(&first.token, realm, START).await, "a newer link is there");
    assert!(users.invited(realm, &second.token, START).await.is_ok());
}

#[tokio::test]
async fn who_was_shut_out_meanwhile_stays_out() {
    let database = Database::new(SetUp::Sqlite).await;
    let (users, realm) = (users(&database), database.realm.id);
    let invitation = invited(&database, &users).await;
    users.disable(realm, invitation.user.id, &by()).await.unwrap();
    let accepted = users.accept_invitation(realm, &invitation.token, acceptance(GOOD), &origin(), START).await;
    assert!(matches!(accepted, Err(Error::DeadLink)));
    let back = users.enable(realm, invitation.user.id, &by()).await.unwrap();
    assert_eq!(back.status, Status::Invited, "without a password there is nothing to let in");
    assert!(users.accept_invitation(realm, &invitation.token, acceptance(GOOD), &origin(), START).await.is_ok());
}

#[tokio::test]
async fn only_who_waits_is_invited_again() {
    let database = Database::new(SetUp::Sqlite).await;
    let (users, realm) = (users(&database), database.realm.id);
    let user = users.create(realm, account("ann@example.com"), &by()).await.unwrap();
    assert!(matches!(users.invite_again(realm, user.id, WEEK, &by()).await, Err(Error::NotInvited)));
    assert!(matches!(users.invite_again(database.second.id, user.id, WEEK, &by()).await, Err(Error::NotFound)));
    let taken = users.invite(realm, account("ann@example.com"), WEEK, &by()).await;
    assert_eq!(faults(taken), [("email", "error-identifier-taken")]);
}
