//! `tessera user`.

use super::Place;

const GOOD: &str = "correct horse battery";

#[test]
fn a_user_is_made_with_a_password_from_a_pipe_or_a_file_which_is_never_printed() {
    let place = Place::new();
    let create = ["user", "create", "--email", "ann@example.com", "--name", "Ann", "--administrator", "--verified"];
    let made = place.run_with(&create, &format!("{GOOD}\n")).done();
    assert!(made.out.contains("ann@example.com (verified)") && !made.all().contains(GOOD), "{made:?}");
    std::fs::write(place.0.path().join("password"), format!("{GOOD}\r\n")).unwrap();
    let made = place.json(&["user", "create", "--username", "bob", "--password-file", "password"]);
    assert_eq!((made["status"].as_str(), made["administrator"].as_bool()), (Some("active"), Some(false)));
    let list = place.json(&["user", "list"]);
    assert_eq!(list["users"].as_array().unwrap().len(), 2);
    assert_eq!(place.json(&["user", "list", "--search", "an"])["users"].as_array().unwrap().len(), 1);
    for name in ["bob", made["sub"].as_str().unwrap(), made["id"].as_str().unwrap()] {
        assert_eq!(place.json(&["user", "show", name])["id"], made["id"]);
    }
}

#[test]
fn wrong_fields_are_named_in_plain_words() {
    let place = Place::new();
    let answer = place.run_with(&["user", "create", "--email", "nobody"], "short\n");
    assert_eq!(answer.code, 5);
    assert!(answer.err.contains("email: Enter an email address"), "{answer:?}");
    assert!(answer.err.contains("password: Use at least 8 characters."), "{answer:?}");
    let answer = place.run_with(&["user", "create", "--username", "bob"], "");
    assert_eq!(answer.code, 5, "no password came: {answer:?}");
    assert_eq!(place.run_with(&["user", "create"], GOOD).code, 5, "no way to sign in");
}

#[test]
fn claims_come_from_a_file() {
    let place = Place::new();
    let path = place.0.path().join("claims.json");
    std::fs::write(&path, r#"{"birthdate": "1990-02-30"}"#).unwrap();
    let create = ["user", "create", "--username", "ann", "--claims-file", "claims.json"];
    assert_eq!(place.run_with(&create, GOOD).code, 5);
    std::fs::write(&path, r#"{"birthdate": "1990-02-28", "address": {"country": "FR"}}"#).unwrap();
    assert_eq!(place.json_with(&create, GOOD)["claims"]["address"]["country"], "FR");
}

#[test]
fn users_are_shut_out_let_in_and_given_passwords() {
    let place = Place::new();
    place.run_with(&["user", "create", "--username", "ann"], GOOD).done();
    assert_eq!(place.json(&["user", "disable", "ann"])["status"], "disabled");
    assert_eq!(place.json(&["user", "enable", "ann"])["status"], "active");
    assert_eq!(place.json(&["user", "sign-out", "ann"])["sessions"], 0);
    assert!(place.run(&["user", "sign-out", "ann"]).done().out.contains("Signed out"));
    assert_eq!(place.run(&["user", "sign-out", "nobody"]).code, 4);
    let set = place.run_with(&["user", "set-password", "ann", "--temporary"], "another password\n").done();
    assert!(!set.all().contains("another password"));
    assert_eq!(place.run_with(&["user", "set-password", "ann"], "ann\n").code, 5);
    assert_eq!(place.run_with(&["user", "set-password", "nobody"], GOOD).code, 4);
}

#[test]
fn an_invitation_is_a_link_of_the_realm_and_a_new_one_replaces_it() {
    let place = Place::new();
    place.run(&["realm", "create", "acme"]).done();
    let invite = || place.json(&["user", "invite", "bob@example.com", "--realm", "acme"])["link"].clone();
    let first = invite();
    assert!(first.as_str().unwrap().starts_with("http://localhost:8080/r/acme/invitation?token="), "{first}");
    assert_ne!(invite(), first);
    let users = place.json(&["user", "list", "--realm", "acme"]);
    assert_eq!(users["users"].as_array().unwrap().len(), 1);
    assert_eq!(users["users"][0]["status"], "invited");
    assert_eq!(place.refused(&["user", "show", "bob@example.com"]).0, 4, "another realm's");
    place.run_with(&["user", "create", "--username", "ann"], GOOD).done();
    assert_eq!(place.refused(&["user", "invite", "ann"]).0, 5);
    assert_eq!(place.refused(&["user", "invite", "a b"]).0, 5);
}
