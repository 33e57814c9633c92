use tessera::config::{Config, Sources, json_schema};

const CANARY: &str = "CANARY-7f3a9c";

/// Every key that the schema calls a secret, with a value that holds the canary.
fn secrets() -> Vec<(String, String)> {
    let schema = json_schema();
    let mut found = Vec::new();
    collect("", &schema, &mut found);
    found.sort();
    found
}

fn collect(path: &str, schema: &serde_json::Value, found: &mut Vec<(String, String)>) {
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let path = format!("{path}{name}");
        if property["writeOnly"] == true {
            let value = match path.as_str() {
                "database.url" => format!("postgres://user:{CANARY}@db.example.com/tessera?sslpassword={CANARY}"),
                "redis.url" => format!("rediss://user:{CANARY}@redis.example.com:6379/0"),
                _ => format!("{CANARY}-and-enough-more-to-be-a-secret"),
            };
            found.push((path, value));
        } else {
            collect(&format!("{path}."), property, found);
        }
    }
}

fn config() -> Config {
    let flags = secrets().iter().map(|(path, value)| format!("{path}={value}")).collect();
    Config::load(&Sources { flags, ..Sources::default() }).expect("the secrets are right")
}

#[test]
fn every_secret_has_a_file_form_and_the_list_is_the_one_we_know() {
    let schema = json_schema();
    let paths: Vec<_> = secrets().into_iter().map(|(path, _)| path).collect();
    for path in &paths {
        let pointer = format!("/properties/{}_file", path.replace('.', "/properties/"));
        assert!(schema.pointer(&pointer).is_some(), "{path} has no file form");
    }
    let known = [
        "administrator.password",
        "bootstrap.client.client_secret",
        "database.url",
        "keys.master",
        "metrics.token",
        "redis.password",
        "redis.url",
    ];
    assert_eq!(paths, known);
}

#[test]
fn no_secret_shows_in_the_print_the_json_or_the_debug_text() {
    let config = config();
    let json = serde_json::to_string(&config).expect("a configuration is JSON");
    for shown in [config.redacted(), json, format!("{config:?}"), format!("{:?}", config.check())] {
        assert!(!shown.contains(CANARY), "{shown}");
    }
    assert!(config.redacted().contains("[redacted]"));
}

#[test]
fn the_host_of_a_database_is_shown_without_its_password() {
    let shown = config().database_url().to_string();
    assert_eq!(shown, "postgres://user:[redacted]@db.example.com/tessera?[redacted]");
}

#[test]
fn no_problem_repeats_a_value_that_might_be_a_secret() {
    for (path, _) in secrets() {
        let flag = format!("{path}x={CANARY}");
        let wrong = Config::load(&Sources { flags: vec![flag], ..Sources::default() });
        assert!(!wrong.expect_err("an unknown key").to_string().contains(CANARY));
        let (section, key) = path.rsplit_once('.').expect("a key has a section");
        let said = super::refused(&format!("[{section}]\n{key} = 90817263544536\n"));
        assert!(!said.contains("90817263544536"), "{said}");
    }
    for path in ["database.url", "redis.url", "server.public_url", "lifetimes.code", "limits.sign_in", "log.filter"] {
        let flags = vec![format!("{path}=no such:/{CANARY}=,=")];
        let said = Config::load(&Sources { flags, ..Sources::default() }).expect_err("a wrong value").to_string();
        assert!(!said.contains(CANARY), "{said}");
    }
}
