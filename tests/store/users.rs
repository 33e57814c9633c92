//! Users: identifiers are unique in a realm, and whoever is shut out holds nothing.

use futures_util::future::join_all;
use sea_orm::ConnectionTrait as _;
use tessera::protocol::claims::StandardClaims;
use tessera::protocol::identifier::{Identifier, IdentifierKind};
use tessera::secret::Secret;
use tessera::store::users::{Creation, NewUser, Status};

use super::records::{self, HOUR};
use crate::support::database::{Database, START, on_both_databases};

fn email(text: &str) -> Identifier {
    Identifier::parse(IdentifierKind::Email, text).unwrap()
}

async fn create(database: &Database, user: &NewUser) -> Creation {
    let user = user.clone();
    database.db.write(async move |tx| tx.create_user(&user).await).await.unwrap()
}

on_both_databases!(a_user_is_found_by_each_identifier_however_it_is_written, async |database| {
    let ada = records::user(database, "ada").await;
    for text in ["ada@example.com", "ADA@Example.com", "Ada"] {
        let identifier = Identifier::guess(text).unwrap();
        let found = database.db.user_by_identifier(ada.realm_id, &identifier).await.unwrap().unwrap();
        assert_eq!((found.id, &found.sub, found.status), (ada.id, &ada.sub, Status::Active), "{text}");
        assert_eq!(found.claims, ada.claims);
        assert_eq!((found.created_at, found.administrator), (START, false));
    }
    let none = database.db.user_by_identifier(ada.realm_id, &email("bob@example.com")).await.unwrap();
    assert!(none.is_none());
    assert_eq!(database.db.user_by_sub(ada.realm_id, &ada.sub).await.unwrap().unwrap().id, ada.id);
});

on_both_databases!(the_first_identifier_of_each_kind_is_the_primary_one, async |database| {
    let mut ada = records::new_user(database, &database.realm, "ada");
    ada.identifiers.push((database.random.id(START), email("second@example.com"), Some(START)));
    records::create_user(database, &ada).await;
    let identifiers = database.db.identifiers(ada.id).await.unwrap();
    let shown: Vec<_> = identifiers.iter().map(|one| (one.display.as_str(), one.is_primary, one.verified_at)).collect();
    assert_eq!(shown.len(), 3);
    assert!(shown[..2].iter().all(|(_, is_primary, verified_at)| *is_primary && verified_at.is_none()));
    assert_eq!(shown[2], ("second@example.com", false, Some(START)));
});

on_both_databases!(an_identifier_names_one_user_of_a_realm, async |database| {
    records::user(database, "ada").await;
    let mut other = records::new_user(database, &database.realm, "other");
    other.identifiers.push((database.random.id(START), email("ADA@example.com"), None));
    assert_eq!(create(database, &other).await, Creation::Taken(IdentifierKind::Email));
    // Nothing of it was made.
    assert!(database.db.user(other.realm_id, other.id).await.unwrap().is_none());
    let left = Identifier::parse(IdentifierKind::UserName, "other").unwrap();
    assert!(database.db.user_by_identifier(other.realm_id, &left).await.unwrap().is_none());
});

on_both_databases!(fifty_sign_ups_at_once_with_one_address_make_one_account, async |database| {
    let (another, _) = database.another_node().await;
    let sign_ups = (0..50).map(|n| {
        let mut user = records::new_user(database, &database.realm, &format!("user{n}"));
        user.identifiers[0].1 = email("ada@example.com");
        let db = if n % 2 == 0 { &database.db } else { &another };
        db.write(async move |tx| tx.create_user(&user).await)
    });
    let outcomes = join_all(sign_ups).await;
    let made = outcomes.iter().filter(|outcome| matches!(outcome, Ok(Creation::Created))).count();
    let taken = outcomes.iter().filter(|outcome| matches!(outcome, Ok(Creation::Taken(IdentifierKind::Email)))).count();
    assert_eq!((made, taken), (1, 49), "{outcomes:?}");
    let page = database.db.users(database.realm.id, None, None, 100).await.unwrap();
    assert_eq!(page.users.len(), 1);
});

on_both_databases!(realms_have_users_of_their_own, async |database| {
    let ada = records::user(database, "ada").await;
    let namesake = records::new_user(database, &database.second, "ada");
    records::create_user(database, &namesake).await;
    let second = database.second.id;
    assert_eq!(
        database.db.user_by_identifier(second, &email("ada@example.com")).await.unwrap().unwrap().id,
        namesake.id
    );
    assert!(database.db.user(second, ada.id).await.unwrap().is_none());
    assert!(database.db.user_by_sub(second, &ada.sub).await.unwrap().is_none());
    assert!(database.db.password_account_of(second, ada.id).await.unwrap().is_none());
    let id = ada.id;
    let shut_out = database.db.write(async move |tx| tx.set_user_status(second, id, Status::Disabled, START).await);
    assert!(!shut_out.await.unwrap());
    assert_eq!(database.db.users(second, None, None, 10).await.unwrap().users.len(), 1);
});

on_both_databases!(users_are_listed_newest_first_a_page_at_a_time, async |database| {
    let mut ids = Vec::new();
    for n in 0..5 {
        let mut user = records::new_user(database, &database.realm, &format!("user{n}"));
        user.id = database.random.id(START + n * HOUR);
        records::create_user(database, &user).await;
        ids.insert(0, user.id);
    }
    let (db, realm) = (&database.db, database.realm.id);
    let first = db.users(realm, None, None, 2).await.unwrap();
    let second = db.users(realm, None, first.next, 2).await.unwrap();
    let third = db.users(realm, None, second.next, 2).await.unwrap();
    let listed: Vec<_> =
        [&first, &second, &third].iter().flat_map(|page| page.users.iter().map(|(user, _)| user.id)).collect();
    assert_eq!(listed, ids);
    assert_eq!(third.next, None);
    assert!(first.users.iter().all(|(_, identifiers)| identifiers.len() == 2));
});

on_both_databases!(a_search_finds_the_beginning_of_an_identifier, async |database| {
    for name in ["ada", "adam", "bob", "ad%"] {
        let mut user = records::new_user(database, &database.realm, "someone");
        let text = format!("{name}@example.com");
        let Ok(identifier) = Identifier::parse(IdentifierKind::Email, &text) else { continue };
        user.identifiers = vec![(database.random.id(START), identifier, None)];
        records::create_user(database, &user).await;
    }
    for (search, found) in [("ada", 2), ("ADA@", 1), ("adam", 1), ("ad%", 1), ("da", 0), ("%", 0), ("", 4), ("'", 0)] {
        let page = database.db.users(database.realm.id, Some(search), None, 10).await.unwrap();
        assert_eq!(page.users.len(), found, "{search}");
    }
});

on_both_databases!(whoever_is_shut_out_holds_nothing_issued_before, async |database| {
    let ada = records::user(database, "ada").await;
    let (id, realm) = (ada.id, ada.realm_id);
    let set = async |status, now| {
        assert!(database.db.write(async move |tx| tx.set_user_status(realm, id, status, now).await).await.unwrap());
        database.db.user(realm, id).await.unwrap().unwrap()
    };
    let disabled = set(Status::Disabled, START + HOUR).await;
    assert_eq!((disabled.status, disabled.not_before), (Status::Disabled, START + HOUR));
    let enabled = set(Status::Active, START + 2 * HOUR).await;
    assert_eq!((enabled.status, enabled.not_before), (Status::Active, START + HOUR), "what was killed stays dead");
    let again = set(Status::Disabled, START).await;
    assert_eq!(again.not_before, START + HOUR, "it never moves back");
});

on_both_databases!(a_deleted_user_is_found_by_nothing, async |database| {
    let ada = records::user(database, "ada").await;
    let past = database.past_the_store().await;
    past.execute_unprepared("UPDATE users SET deleted_at = 1").await.unwrap();
    let (db, realm) = (&database.db, database.realm.id);
    assert!(db.user(realm, ada.id).await.unwrap().is_none());
    assert!(db.user_by_identifier(realm, &email("ada@example.com")).await.unwrap().is_none());
    assert!(db.password_account(realm, &email("ada@example.com")).await.unwrap().is_none());
    assert!(db.users(realm, None, None, 10).await.unwrap().users.is_empty());
    // Nor does its name become free: what another would receive was meant for it.
    let taken = create(database, &records::new_user(database, &database.realm, "ada")).await;
    assert!(matches!(taken, Creation::Taken(_)));
});

on_both_databases!(only_an_invited_user_is_let_in, async |database| {
    let mut ada = records::new_user(database, &database.realm, "ada");
    ada.status = Status::Invited;
    records::create_user(database, &ada).await;
    let (id, realm) = (ada.id, ada.realm_id);
    let activate =
        async || database.db.write(async move |tx| tx.activate_invited(realm, id, START).await).await.unwrap();
    assert!(activate().await);
    assert_eq!(database.db.user(realm, id).await.unwrap().unwrap().status, Status::Active);
    assert!(!activate().await);
    database.db.write(async move |tx| tx.set_user_status(realm, id, Status::Disabled, START).await).await.unwrap();
    assert!(!activate().await);
});

on_both_databases!(claims_are_replaced, async |database| {
    let ada = records::user(database, "ada").await;
    let claims: StandardClaims =
        serde_json::from_value(serde_json::json!({"given_name": "Ada", "zoneinfo": "Europe/London"})).unwrap();
    let (id, realm, new) = (ada.id, ada.realm_id, claims.clone());
    let set = database.db.write(async move |tx| tx.set_user_claims(realm, id, &new, START + HOUR).await);
    assert!(set.await.unwrap());
    let stored = database.db.user(realm, id).await.unwrap().unwrap();
    assert_eq!((stored.claims, stored.updated_at), (claims, START + HOUR));
});

on_both_databases!(a_name_is_set_and_no_other_claim, async |database| {
    let ada = records::user(database, "ada").await;
    let (id, realm, second) = (ada.id, ada.realm_id, database.second.id);
    let set = async |realm, name: &'static str| {
        database.db.write(async move |tx| tx.set_user_name(realm, id, name, START + HOUR).await).await.unwrap()
    };
    assert!(!set(second, "Mallory").await, "another realm");
    let odd = r#"Ada "the first", 'née' \ Byron"#;
    assert!(set(realm, odd).await);
    let stored = database.db.user(realm, id).await.unwrap().unwrap();
    let expected = StandardClaims { name: Some(odd.to_owned()), ..ada.claims.clone() };
    assert_eq!((stored.claims, stored.updated_at), (expected, START + HOUR));
});

on_both_databases!(an_administrator_is_one_of_the_realm, async |database| {
    let (db, realm, second) = (&database.db, database.realm.id, database.second.id);
    records::user(database, "bob").await;
    assert!(!db.has_administrator(realm).await.unwrap());
    let mut ada = records::new_user(database, &database.realm, "ada");
    ada.administrator = true;
    ada.password = Some((Secret::from("phc"), false));
    records::create_user(database, &ada).await;
    assert!(db.has_administrator(realm).await.unwrap());
    assert!(!db.has_administrator(second).await.unwrap());
});
