//! Making users: identifiers, names, passwords, claims, subjects, events.

use tessera::protocol::claims::StandardClaims;
use tessera::protocol::identifier::IdentifierKind;
use tessera::secret::Secret;
use tessera::store::events::By;
use tessera::store::users::Status;
use tessera::users::{Account, Error, NewPassword, SignUp};

use super::{GOOD, account, by, faults, origin, seeded, users};
use crate::support::database::{Database, START, SetUp, on_both_databases};
use crate::support::events::{event_types, events};

on_both_databases!(a_user_has_a_random_subject_and_their_password, async |database: &Database| {
    let users = users(database);
    let user = users.create(database.realm.id, account("Ann@Example.com"), &by()).await.unwrap();
    assert_eq!((user.status, user.administrator), (Status::Active, false));
    assert!(user.sub.len() == 32 && user.sub != user.id.simple().to_string(), "{}", user.sub);
    let kept = database.db.password_account_of(database.realm.id, user.id).await.unwrap().unwrap();
    assert!(kept.phc.unwrap().expose().starts_with("$argon2id$") && !kept.temporary);
    let (_, identifiers) = users.show(database.realm.id, user.id).await.unwrap();
    assert_eq!(identifiers[0].display, "Ann@example.com");
    assert!(identifiers[0].is_primary && identifiers[0].verified_at.is_none());
    for name in ["ann@example.com", "ANN@EXAMPLE.COM", &user.sub, &user.id.to_string()] {
        assert_eq!(users.find(database.realm.id, name).await.unwrap().id, user.id, "{name}");
        assert!(matches!(users.find(database.second.id, name).await, Err(Error::NotFound)), "{name}");
    }
    assert_eq!(event_types(database).await, ["user.created"]);
});

#[tokio::test]
async fn every_field_that_is_wrong_is_named_with_its_message() {
    let database = Database::new(SetUp::Sqlite).await;
    let (users, realm) = (users(&database), database.realm.id);
    let wrong = Account {
        identifiers: vec![
            (IdentifierKind::Email, "nobody".to_owned()),
            (IdentifierKind::UserName, "a@b".to_owned()),
            (IdentifierKind::Phone, "0123".to_owned()),
        ],
        claims: StandardClaims { name: Some("\u{202e}x".to_owned()), ..StandardClaims::default() },
        password: Some(NewPassword { password: Secret::from("short"), temporary: false }),
        ..Account::default()
    };
    let expected = [
        ("email", "error-email-wrong"),
        ("user_name", "error-user-name-wrong"),
        ("phone", "error-phone-wrong"),
        ("name", "error-name-wrong"),
        ("password", "error-password-short"),
    ];
    assert_eq!(faults(users.create(realm, wrong, &by()).await), expected);
    let nobody = Account { identifiers: Vec::new(), ..account("x@example.com") };
    assert_eq!(faults(users.create(realm, nobody, &by()).await), [("email", "error-identifier-missing")]);
    assert!(event_types(&database).await.is_empty());
}

/// security.md: 1 MB refused before hashing.
#[tokio::test]
async fn passwords_that_are_empty_too_long_or_the_accounts_own_name_are_refused() {
    let database = Database::new(SetUp::Sqlite).await;
    let users = users(&database);
    let long = "x".repeat(1_000_000);
    for (password, message) in [
        ("", "error-password-missing"),
        (long.as_str(), "error-password-long"),
        ("annabelle@example.com", "error-password-personal"),
        ("ANNABELLE", "error-password-personal"),
    ] {
        let password = Some(NewPassword { password: Secret::from(password), temporary: false });
        let wrong = Account { password, ..account("annabelle@example.com") };
        let refused = users.create(database.realm.id, wrong, &by()).await;
        assert_eq!(faults(refused), [("password", message)]);
    }
}

#[tokio::test]
async fn claims_are_checked_and_what_follows_from_identifiers_is_not_a_claim() {
    let database = Database::new(SetUp::Sqlite).await;
    let claims = StandardClaims {
        email: Some("x@example.com".to_owned()),
        birthdate: Some("yesterday".to_owned()),
        ..StandardClaims::default()
    };
    let refused =
        users(&database).create(database.realm.id, Account { claims, ..account("x@example.com") }, &by()).await;
    let Err(Error::Claims(faults)) = refused else { panic!("{refused:?}") };
    assert_eq!(faults.iter().map(|fault| fault.field).collect::<Vec<_>>(), ["birthdate", "email"]);
}

on_both_databases!(an_identifier_is_unique_in_its_realm_however_it_is_written, async |database: &Database| {
    let users = users(database);
    users.create(database.realm.id, account("ann@example.com"), &by()).await.unwrap();
    let taken = users.create(database.realm.id, account("ANN@example.com"), &by()).await;
    assert_eq!(faults(taken), [("email", "error-identifier-taken")]);
    users.create(database.second.id, account("ann@example.com"), &by()).await.unwrap();
    assert_eq!(event_types(database).await, ["user.created", "user.created"]);
});

// security.md, races: two sign-ups with one e-mail make one account.
on_both_databases!(of_many_sign_ups_with_one_address_one_makes_an_account, async |database: &Database| {
    let (other, _) = database.another_node().await;
    let services = [users(database), seeded(other, 8)];
    let attempts = (0..10).map(|index| {
        let users = services[index % 2].clone();
        let (realm, by) = (database.realm.id, By::anonymous(&origin(), START));
        let email = "ann@example.com".to_owned();
        let form = SignUp { email, name: "Ann".to_owned(), password: Secret::from(GOOD) };
        tokio::spawn(async move { users.sign_up(realm, form, &by).await })
    });
    let mut made = 0;
    for attempt in attempts.collect::<Vec<_>>() {
        match attempt.await.unwrap() {
            Ok(_) => made += 1,
            refused => assert_eq!(faults(refused), [("email", "error-identifier-taken")]),
        }
    }
    assert_eq!(made, 1);
    assert_eq!(event_types(database).await, ["user.created"]);
});

#[tokio::test]
async fn who_signs_up_is_the_actor_of_their_own_making() {
    let database = Database::new(SetUp::Sqlite).await;
    let form = SignUp { email: "ann@example.com".to_owned(), name: " Ann ".to_owned(), password: Secret::from(GOOD) };
    let by = By::anonymous(&origin(), START);
    let user = users(&database).sign_up(database.realm.id, form.clone(), &by).await.unwrap();
    assert_eq!(user.claims.name.as_deref(), Some("Ann"));
    let recorded = events(&database).await;
    assert_eq!(recorded[0].actor_kind, "user");
    let empty = SignUp { email: String::new(), name: " ".to_owned(), password: Secret::from("") };
    let expected =
        [("email", "error-identifier-missing"), ("name", "error-name-missing"), ("password", "error-password-missing")];
    assert_eq!(faults(users(&database).sign_up(database.realm.id, empty, &by).await), expected);
}
