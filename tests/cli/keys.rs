//! `tessera keys` and `keyring`.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;

use super::Place;

fn states(list: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let mut states: Vec<_> =
        list.as_array().unwrap().iter().map(|key| (text(&key["alg"]), text(&key["state"]))).collect();
    states.sort();
    states
}

fn pair(alg: &str, state: &str) -> (String, String) {
    (alg.to_owned(), state.to_owned())
}

/// security.md, faults: publish, wait a JWKS lifetime, sign, retain. One that is needed now waits for the other nodes alone.
#[test]
fn a_new_key_waits_until_it_is_known() {
    let place = Place::new();
    assert_eq!(states(&place.json(&["keys", "list"])), [pair("ES256", "signs"), pair("RS256", "signs")]);
    place.run(&["keys", "rotate", "--alg", "ES256"]).done();
    let waiting = [pair("ES256", "signs"), pair("ES256", "waits"), pair("RS256", "signs")];
    assert_eq!(states(&place.json(&["keys", "list"])), waiting);
    let rotated = place.json(&["keys", "rotate", "--now", "--alg", "RS256", "--refresh"]);
    assert_eq!(rotated["refresh_key"], 2);
    let listed = place.json(&["keys", "list"]);
    let newest = listed.as_array().unwrap().iter().find(|key| key["alg"] == "RS256").unwrap();
    let waits = newest["signs_from"].as_i64().unwrap() - newest["created_at"].as_i64().unwrap();
    assert_eq!(waits, 2_000, "{listed}");
    let jwks = place.json(&["keys", "export-jwks"]);
    assert_eq!(jwks["keys"].as_array().unwrap().len(), 4, "old and new are published");
    assert!(!jwks.to_string().contains("\"d\""), "no private part");
    assert_eq!(place.run(&["keys", "rotate", "--alg", "HS256"]).code, 2);
}

#[test]
fn the_epoch_asks_and_moves_the_realms_not_before() {
    let place = Place::new();
    place.run(&["realm", "create", "acme"]).done();
    assert_eq!(place.refused(&["keys", "epoch"]).0, 5);
    place.run(&["keys", "epoch", "--yes", "--realm", "acme"]).done();
    let not_before = |arguments: &[&str]| place.json(arguments)["not_before"].as_i64().unwrap();
    assert!(not_before(&["realm", "show", "--realm", "acme"]) > 0);
    assert_eq!(not_before(&["realm", "show"]), 0);
    assert_eq!(place.json(&["keys", "epoch", "--all", "--yes"])["realms"], 2);
    assert!(not_before(&["realm", "show"]) > 0);
}

#[test]
fn a_keyring_is_printed_or_written_for_its_owner_alone_and_never_overwritten() {
    let place = Place::empty();
    let printed = place.json(&["keyring", "new"]);
    assert!(printed["keyring"].as_str().unwrap().starts_with("tessera-keyring-1\n*"));
    assert_ne!(place.json(&["keyring", "new"])["keyring"], printed["keyring"]);
    let written = place.run(&["keyring", "new", "--file", "ring"]).done();
    let path = place.0.path().join("ring");
    let text = std::fs::read_to_string(&path).unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(text.starts_with("tessera-keyring-1\n") && !written.all().contains("tessera-keyring-1"));
    assert_eq!(place.refused(&["keyring", "new", "--file", "ring"]).0, 5);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
}

#[test]
fn another_keyring_than_the_databases_is_refused() {
    let place = Place::new();
    place.run(&["keyring", "new", "--file", "other"]).done();
    let (code, error) = place.refused(&["keys", "rotate", "--set", "keys.master_file=other"]);
    assert_eq!((code, error["error"]["kind"].as_str()), (3, Some("configuration")), "{error}");
}
