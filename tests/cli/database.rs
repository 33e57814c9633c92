//! `tessera db`, `migrate`, `realm`, `doctor`, `healthcheck`.

use std::os::unix::fs::PermissionsExt as _;

use super::Place;

#[test]
fn without_a_database_commands_say_how_to_make_one_and_make_none() {
    let place = Place::empty();
    for arguments in [&["user", "list"][..], &["migrate", "status"], &["migrate", "up"], &["keys", "list"]] {
        let (code, error) = place.refused(arguments);
        assert_eq!((code, error["error"]["kind"].as_str()), (4, Some("not_found")), "{error}");
        assert!(error["error"]["message"].as_str().unwrap().contains("tessera db create"));
    }
    assert!(!place.0.path().join("data").exists());
}

#[test]
fn making_the_database_twice_changes_nothing() {
    let place = Place::new();
    let keyring = place.0.path().join("data/keyring");
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(keyring.parent().unwrap()), mode(&keyring)), (0o700, 0o600), "nobody else reads them");
    let before = place.json(&["keys", "list"]);
    assert_eq!(place.json(&["db", "create"])["created"], false);
    assert_eq!(place.json(&["keys", "list"]), before);
}

#[test]
fn dropping_asks_and_keeps_the_keyring() {
    let place = Place::new();
    let (code, error) = place.refused(&["db", "drop"]);
    assert_eq!(code, 5, "{error}");
    assert!(error["error"]["message"].as_str().unwrap().contains("--yes"));
    assert!(place.0.path().join("data/tessera.db").exists());
    for of_a_server in ["ephemeral.db", "ephemeral.db-wal", "ephemeral.db-used-17"] {
        std::fs::write(place.0.path().join("data").join(of_a_server), "").unwrap();
    }
    place.run(&["db", "drop", "--yes"]).done();
    let left = std::fs::read_dir(place.0.path().join("data")).unwrap().map(|entry| entry.unwrap().file_name());
    let left: Vec<_> = left.collect();
    assert!(left.iter().any(|name| name == "keyring"));
    assert!(!left.iter().any(|name| name.to_string_lossy().contains(".db")), "{left:?}");
    assert_eq!(place.refused(&["db", "drop", "--yes"]).0, 4);
}

#[tokio::test]
async fn a_database_that_is_in_use_is_not_dropped() {
    let place = Place::new();
    let options =
        crate::support::database::options(tessera::store::Location::Sqlite(place.0.path().join("data/tessera.db")));
    let db = tessera::store::Db::connect(&options).await.unwrap();
    assert!(db.default_realm().await.unwrap().is_some());
    let answer = place.run(&["db", "drop", "--yes"]);
    assert_eq!(answer.code, 1, "{answer:?}");
    assert!(answer.err.contains("in use"), "{answer:?}");
    assert_eq!(db.realms().await.unwrap().len(), 1);
    db.close().await;
}

/// PostgreSQL: the database itself is made and dropped, by a name that is more than letters.
#[tokio::test]
async fn a_postgresql_database_is_made_and_dropped() {
    let (place, name) = (Place::empty(), format!("tessera_test_{}_Own \"base\"", std::process::id()));
    let mut url = url::Url::parse(&crate::support::database::variable("TESSERA_TEST_POSTGRES")).unwrap();
    url.set_path(&name);
    let keyring = place.json(&["keyring", "new"])["keyring"].as_str().unwrap().to_owned();
    let (url_set, keyring) = (format!("database.url={url}"), format!("keys.master={keyring}"));
    let with = |command: &[&'static str]| -> Vec<String> {
        let settings = ["--set", &url_set, "--set", &keyring];
        command.iter().chain(&settings).map(|word| (*word).to_owned()).collect()
    };
    let json = |command: &[&'static str]| place.json(&with(command).iter().map(String::as_str).collect::<Vec<_>>());
    let refused =
        |command: &[&'static str]| place.refused(&with(command).iter().map(String::as_str).collect::<Vec<_>>());
    assert_ne!(refused(&["user", "list"]).0, 0);
    let made = json(&["db", "create"]);
    assert_eq!((&made["created"], &made["database"]), (&true.into(), &name.as_str().into()));
    assert_eq!(json(&["db", "create"])["created"], false);
    assert_eq!(json(&["realm", "list"]).as_array().unwrap().len(), 1);
    let (code, error) = refused(&["db", "drop"]);
    assert!(code == 5 && error["error"]["message"].as_str().unwrap().contains("--yes"), "{error}");
    let location = tessera::store::Location::Postgres(String::from(url).into());
    let other = crate::support::database::past_the_store(&crate::support::database::options(location)).await;
    let (code, error) = refused(&["db", "drop", "--yes"]);
    assert!(code == 1 && error["error"]["message"].as_str().unwrap().contains("in use"), "{error}");
    other.close().await.unwrap();
    assert_eq!(json(&["db", "drop", "--yes"])["dropped"], true);
    assert_eq!(refused(&["db", "drop", "--yes"]).0, 4);
}

#[test]
fn migrations_go_back_and_forth() {
    let place = Place::new();
    let status = place.json(&["migrate", "status"]);
    assert!(status["pending"].as_array().unwrap().is_empty());
    assert_eq!(place.refused(&["migrate", "down"]).0, 5, "it asks");
    place.run(&["migrate", "down", "--yes"]).done();
    assert_eq!(place.json(&["migrate", "status"])["pending"].as_array().unwrap().len(), 1);
    let (code, error) = place.refused(&["user", "list"]);
    assert_eq!(code, 1);
    assert!(error["error"]["message"].as_str().unwrap().contains("tessera migrate up"), "{error}");
    let doctor = place.run(&["doctor"]);
    assert!(doctor.code == 1 && doctor.out.contains("tessera migrate up"), "{doctor:?}");
    place.run(&["migrate", "up"]).done();
    place.run(&["user", "list"]).done();
}

#[test]
fn a_realm_has_an_issuer_and_keys_of_its_own() {
    let place = Place::new();
    let made = place.json(&["realm", "create", "acme", "--name", "Acme", "--host", "LOGIN.acme.example"]);
    assert_eq!(made["issuer"], "http://login.acme.example:8080");
    assert_eq!(place.json(&["realm", "create", "plain"])["issuer"], "http://localhost:8080/r/plain");
    let keys = |arguments: &[&str]| place.json(arguments)[0]["kid"].clone();
    assert_ne!(keys(&["keys", "list"]), keys(&["keys", "list", "--realm", "acme"]));
    assert_eq!(place.json(&["realm", "list"]).as_array().unwrap().len(), 3);
    assert_eq!(place.json(&["realm", "show", "--realm", "acme"])["name"], "Acme");
    assert_eq!(place.json(&["client", "show", "playground", "--realm", "plain"])["client_id"], "playground");
    for wrong in ["Acme", "-a", "a-", "a/b", "", "acme", "ä"] {
        assert_eq!(place.refused(&["realm", "create", "--", wrong]).0, 5, "{wrong}");
    }
    let long = format!("{}example", "a.".repeat(124));
    for host in ["localhost", "https://a.example", "a.example:80", "login.acme.example", "127.0.0.1", &long] {
        assert_eq!(place.refused(&["realm", "create", "other", "--host", host]).0, 5, "{host}");
    }
    assert_eq!(place.refused(&["user", "list", "--realm", "nowhere"]).0, 4);
}

#[test]
fn the_doctor_says_what_is_well_and_what_is_not() {
    let place = Place::new();
    let well = place.json(&["doctor", "--set", "server.public_url=http://localhost:1"]);
    assert_eq!(well["well"], true, "{well:#}");
    let state = |name: &str| {
        let checks = well["checks"].as_array().unwrap();
        checks.iter().find(|check| check["name"] == name).unwrap()["state"].clone()
    };
    assert_eq!((state("database"), state("keys"), state("clock")), ("ok".into(), "ok".into(), "ok".into()));
    assert_eq!(
        (state("redis"), state("public URL"), state("requests to others")),
        ("skipped".into(), "warning".into(), "ok".into())
    );
    let unwell = place.run(&["doctor", "--set", "redis.url=redis://127.0.0.1:1"]);
    assert!(unwell.code == 1 && unwell.out.contains("redis.url"), "{unwell:?}");
    let unwell = place.run(&["doctor", "--set", "outgoing.ca_file=missing.pem"]);
    assert!(unwell.code == 1 && unwell.out.contains("missing.pem"), "{unwell:?}");
    std::fs::remove_file(place.0.path().join("data/keyring")).unwrap();
    let unwell = place.run(&["doctor"]);
    assert!(unwell.code == 1 && unwell.out.contains("backup"), "{unwell:?}");
    assert!(!place.0.path().join("data/keyring").exists(), "a lost keyring is not replaced");
}

#[test]
fn a_server_that_is_not_there_is_not_well() {
    let answer = Place::empty().run(&["healthcheck", "--set", "server.listen=127.0.0.1:1"]);
    assert_eq!(answer.code, 1, "{answer:?}");
    assert!(answer.err.contains("127.0.0.1:1"), "{answer:?}");
}
