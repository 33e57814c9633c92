use tessera::config::{Config, Sources};

use super::{file, folder, variables};

fn load(sources: &Sources) -> Config {
    Config::load(sources).expect("a right configuration")
}

#[test]
fn an_empty_file_gives_the_defaults() {
    assert_eq!(super::parsed("").redacted(), Config::default().redacted());
}

#[test]
fn the_file_wins_over_the_defaults_the_environment_over_the_file_and_flags_over_all() {
    let folder = folder();
    let mut sources = file(&folder, "[server]\nworkers = 1\n");
    assert_eq!(load(&sources).server.workers, 1);
    sources.environment = vec![("TESSERA__SERVER__WORKERS".to_owned(), "2".to_owned())];
    assert_eq!(load(&sources).server.workers, 2);
    sources.flags = vec!["server.workers=3".to_owned()];
    assert_eq!(load(&sources).server.workers, 3);
}

#[test]
fn the_other_keys_of_a_section_keep_what_a_lower_source_said() {
    let folder = folder();
    let mut sources = file(&folder, "[server]\nworkers = 1\nmax_body = \"1MiB\"\n");
    sources.environment = vec![("TESSERA__SERVER__WORKERS".to_owned(), "2".to_owned())];
    assert_eq!(load(&sources).server.max_body.bytes(), 1 << 20);
}

#[test]
fn a_secret_is_read_from_its_file_without_the_newline_at_the_end() {
    let folder = folder();
    let secret = folder.path().join("secret");
    std::fs::write(&secret, "correct horse\n").expect("the folder can be written");
    let config = load(&variables(&[("TESSERA__ADMINISTRATOR__PASSWORD_FILE", &secret.display().to_string())]));
    assert_eq!(config.administrator.password.expect("a password").expose(), "correct horse");
}

#[test]
fn a_secret_file_of_a_higher_source_replaces_the_secret_of_a_lower_one_and_the_other_way_round() {
    let folder = folder();
    let secret = folder.path().join("secret");
    std::fs::write(&secret, "from the file").expect("the folder can be written");
    let mut sources = file(&folder, "[metrics]\ntoken = \"plain\"\n");
    sources.environment = vec![("TESSERA__METRICS__TOKEN_FILE".to_owned(), secret.display().to_string())];
    assert_eq!(load(&sources).metrics.token.expect("a token").expose(), "from the file");
    sources.flags = vec!["metrics.token=from the flag".to_owned()];
    let metrics = load(&sources).metrics;
    assert_eq!((metrics.token.expect("a token").expose(), metrics.token_file), ("from the flag", None));
}

#[test]
fn a_database_url_may_come_from_a_file_too() {
    let folder = folder();
    let url = folder.path().join("url");
    std::fs::write(&url, "postgres://tessera:pw@db/tessera\n").expect("the folder can be written");
    let config = load(&variables(&[("TESSERA__DATABASE__URL_FILE", &url.display().to_string())]));
    assert!(config.database_url().is_postgres());
}

#[test]
fn without_a_url_the_database_is_sqlite_in_the_data_directory() {
    let config = load(&variables(&[("TESSERA__SERVER__DATA_DIR", "/srv/tessera")]));
    assert_eq!(config.database_url().to_string(), "sqlite:/srv/tessera/tessera.db");
}

#[test]
fn variables_of_other_programs_are_left_alone() {
    load(&variables(&[("PATH", "/bin"), ("TESSERACT__X", "1"), ("TESSERA_HOME", "x")]));
}

#[test]
fn the_environment_gives_every_kind_of_value() {
    let config = load(&variables(&[
        ("TESSERA__SERVER__PUBLIC_URL", "https://id.example.com/base/"),
        ("TESSERA__SERVER__LISTEN", "[::]:9000"),
        ("TESSERA__SERVER__TRUSTED_PROXIES", "10.0.0.0/8, 192.0.2.1"),
        ("TESSERA__SERVER__FORWARDED_HEADER", "forwarded"),
        ("TESSERA__SERVER__MAX_BODY", "1000"),
        ("TESSERA__DATABASE__AUTO_MIGRATE", "false"),
        ("TESSERA__LIFETIMES__ACCESS_TOKEN", "1h 30m"),
        ("TESSERA__LIMITS__SIGN_UP", "10 per 1d"),
        ("TESSERA__BOOTSTRAP__CLIENT__REDIRECT_URIS", "[\"https://a.example/cb?x=1,2\", \"https://b.example/cb\"]"),
        ("TESSERA__KEYS__ALGORITHMS", "RS256,EdDSA"),
    ]));
    assert_eq!(config.server.public_url.as_str(), "https://id.example.com/base");
    assert_eq!(config.server.listen.port(), 9000);
    assert!(config.server.trusted_proxies[0].contains("10.9.8.7".parse().expect("an address")));
    assert_eq!(config.server.trusted_proxies[1].to_string(), "192.0.2.1/32");
    assert_eq!(config.server.max_body.bytes(), 1000);
    assert!(!config.database.auto_migrate);
    assert_eq!(config.lifetimes.access_token.as_seconds(), 5400);
    assert_eq!((config.limits.sign_up.requests, config.limits.sign_up.per.as_seconds()), (10, 86_400));
    assert_eq!(config.bootstrap.client.redirect_uris, ["https://a.example/cb?x=1,2", "https://b.example/cb"]);
    assert_eq!(config.keys.algorithms.len(), 2);
}
