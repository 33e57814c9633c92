use tessera::config::{Config, Sources, default_toml, example_toml, json_schema};

use super::{flags, folder};
use crate::support::generated;

fn schema() -> String {
    serde_json::to_string_pretty(&json_schema()).expect("a schema is JSON") + "\n"
}

#[test]
fn the_files_in_config_are_those_that_the_structs_make() {
    generated("config/default.toml", &default_toml());
    generated("config/example.toml", &example_toml());
    generated("config/schema.json", &schema());
}

#[test]
fn the_default_file_says_what_the_program_does_without_a_file() {
    let sources = Sources { file: Some("config/default.toml".into()), ..Sources::default() };
    let from_file = Config::load(&sources).expect("the default file is right");
    assert_eq!(from_file.redacted(), Config::default().redacted());
}

#[test]
fn every_key_of_the_default_file_has_a_comment() {
    let text = default_toml();
    let lines: Vec<_> = text.lines().collect();
    for pair in lines.windows(2).filter(|pair| pair[1].contains(" = ") && !pair[1].starts_with("# ")) {
        assert!(pair[0].starts_with("# "), "{} has no comment", pair[1]);
    }
}

#[test]
fn the_example_is_right_once_its_secret_files_exist() {
    let folder = folder();
    let text = example_toml().replace("/run/secrets", &folder.path().display().to_string());
    let secrets = [
        ("tessera-database-url", "postgres://tessera@localhost/tessera"),
        ("tessera-redis-password", "r"),
        ("tessera-keyring", "k"),
        ("tessera-administrator-password", "p"),
    ];
    for (name, content) in secrets {
        std::fs::write(folder.path().join(name), content).expect("the folder can be written");
    }
    let config = Config::load(&super::file(&folder, &text)).expect("the example is right");
    assert_eq!(config.check(), []);
}

#[test]
fn the_schema_knows_every_key_that_the_program_prints() {
    let schema = json_schema();
    let printed: toml::Table = Config::default().redacted().parse().expect("the print is TOML");
    for (section, keys) in &printed {
        for key in keys.as_table().expect("a section").keys() {
            let pointer = format!("/properties/{section}/properties/{key}/description");
            assert!(schema.pointer(&pointer).is_some(), "{pointer}");
        }
    }
}

#[test]
fn a_key_that_has_no_default_is_known_nevertheless() {
    let config = Config::load(&flags(&["redis.username=tessera"])).expect("a right flag");
    assert_eq!(config.redis.username.as_deref(), Some("tessera"));
}
