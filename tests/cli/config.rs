//! `tessera config` and what every command does with a configuration that is wrong.

use super::Place;

#[test]
fn a_wrong_key_is_named_with_its_place_and_every_command_refuses_it() {
    let place = Place::empty();
    std::fs::write(place.0.path().join("tessera.toml"), "[server]\nlistne = \"127.0.0.1:1\"\n").unwrap();
    for arguments in [&["config", "check"][..], &["user", "list"], &["doctor"], &["healthcheck"], &["serve"]] {
        let answer = place.run(arguments);
        assert_eq!(answer.code, 3, "{answer:?}");
        assert!(answer.err.contains("tessera.toml:2:1") && answer.err.contains("server.listen"), "{answer:?}");
    }
    let (code, error) = place.refused(&["config", "check"]);
    assert_eq!((code, error["error"]["kind"].as_str()), (3, Some("configuration")));
    assert_eq!(error["error"]["details"][0]["at"], "tessera.toml:2:1");
}

#[test]
fn what_contradicts_is_an_error_and_what_is_doubtful_a_warning() {
    let place = Place::empty();
    assert!(place.run(&["config", "check"]).done().out.contains("The configuration is right."));
    let (code, error) = place.refused(&["config", "check", "--set", "administrator.username=root"]);
    assert_eq!((code, error["error"]["details"][0]["at"].as_str()), (3, Some("administrator.password_file")));
    let checked = place.json(&["config", "check", "--set", "server.public_url=http://id.example.com"]);
    assert_eq!(checked["findings"][0]["key"], "server.public_url");
}

/// clap alone would keep one side's flags.
#[test]
fn set_counts_on_both_sides_of_the_command() {
    let place = Place::empty();
    let printed = place.run(&["--set=server.workers=3", "config", "--set", "server.workers=4", "print"]).done();
    assert!(printed.out.contains("workers = 4"), "the last one wins: {printed:?}");
    let printed = place.run(&["--set", "server.workers=3", "config", "print", "--set", "locale.default=de"]).done();
    assert!(printed.out.contains("workers = 3") && printed.out.contains("default = \"de\""), "{printed:?}");
}

#[test]
fn flags_win_and_secrets_are_not_printed() {
    let place = Place::empty();
    let canary = "canary-of-more-than-thirty-two-characters";
    let secret = format!("bootstrap.client.client_secret={canary}");
    let set = ["--set", "bootstrap.client.client_id=x", "--set", &secret, "--set", "server.workers=3"];
    let printed = place.run(&[&["config", "print"][..], &set].concat()).done();
    assert!(printed.out.contains("workers = 3") && !printed.all().contains(canary), "{printed:?}");
    let json = place.json(&[&["config", "print"][..], &set].concat());
    assert_eq!(json["server"]["workers"], 3);
    assert!(!json.to_string().contains(canary));
}

#[test]
fn the_default_and_the_schema_are_those_of_the_repository() {
    let place = Place::empty();
    let default = std::fs::read_to_string("config/default.toml").unwrap();
    assert_eq!(place.run(&["config", "default"]).done().out.trim(), default.trim());
    let schema: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string("config/schema.json").unwrap()).unwrap();
    assert_eq!(place.json(&["config", "schema"]), schema);
}

#[test]
fn a_mistyped_command_is_a_usage_error() {
    assert_eq!(Place::empty().run(&["usr", "list"]).code, 2);
    assert_eq!(Place::empty().run(&["user", "create", "--password", "x"]).code, 2, "no password is an argument");
}
