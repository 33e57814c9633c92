use tessera::config::{Config, Finding, Severity};

use super::flags;

fn findings(set: &[&str]) -> Vec<Finding> {
    Config::load(&flags(set)).expect("right by themselves").check()
}

#[track_caller]
fn finds(severity: Severity, key: &str, set: &[&str]) {
    let found: Vec<_> = findings(set).into_iter().map(|finding| (finding.severity, finding.key)).collect();
    assert_eq!(found, [(severity, key)], "{set:?}");
}

#[test]
fn the_defaults_are_right() {
    assert_eq!(findings(&[]), []);
}

#[test]
fn postgres_needs_a_keyring_source() {
    let postgres = "database.url=postgres://db/tessera";
    finds(Severity::Error, "keys.master_file", &[postgres]);
    assert_eq!(findings(&[postgres, "keys.master=k"]), []);
}

#[test]
fn plain_http_is_for_this_machine_only() {
    for url in ["http://127.0.0.1:8080", "http://[::1]", "http://id.localhost/base", "https://id.example.com"] {
        assert_eq!(findings(&[&format!("server.public_url={url}")]), [], "{url}");
    }
    for url in ["http://id.example.com", "http://192.168.1.2", "http://localhost.example.com", "http://notlocalhost"] {
        finds(Severity::Warning, "server.public_url", &[&format!("server.public_url={url}")]);
    }
}

#[test]
fn https_needs_a_certificate_with_its_key_and_a_public_url_that_says_so() {
    let (certificate, key) = ("tls.certificate_file=chain.pem", "tls.key_file=key.pem");
    let url = "server.public_url=https://id.example.com";
    assert_eq!(findings(&[url, certificate, key]), []);
    finds(Severity::Error, "tls.key_file", &[url, certificate]);
    finds(Severity::Error, "tls.certificate_file", &[url, key]);
    finds(Severity::Error, "server.public_url", &[certificate, key]);
}

#[test]
fn a_certificate_is_made_for_this_machine_only() {
    let development = "tls.development=true";
    assert_eq!(findings(&[development]), []);
    assert_eq!(findings(&[development, "server.public_url=https://id.localhost:1234/base"]), []);
    finds(Severity::Error, "server.public_url", &[development, "server.public_url=http://localhost:8080"]);
    finds(Severity::Error, "tls.development", &[development, "server.public_url=https://id.example.com"]);
    let files = ["tls.certificate_file=chain.pem", "tls.key_file=key.pem"];
    finds(Severity::Error, "tls.development", &[&[development], &files[..]].concat());
}

#[test]
fn a_code_lives_at_most_60_seconds() {
    finds(Severity::Error, "lifetimes.code", &["lifetimes.code=61s"]);
    finds(Severity::Error, "lifetimes.code", &["lifetimes.code=0s"]);
}

#[test]
fn lifetimes_are_not_nothing_and_end_in_order() {
    finds(Severity::Error, "lifetimes.access_token", &["lifetimes.access_token=999ms"]);
    finds(Severity::Error, "lifetimes.session_absolute", &["lifetimes.session_absolute=1h"]);
    finds(Severity::Error, "lifetimes.family_absolute", &["lifetimes.family_absolute=1h"]);
}

#[test]
fn passwords_are_long_enough_and_hashed_well() {
    finds(Severity::Warning, "passwords.min_length", &["passwords.min_length=7"]);
    finds(Severity::Error, "passwords.max_length", &["passwords.max_length=255"]);
    finds(Severity::Warning, "passwords.memory_kib", &["passwords.iterations=1"]);
    finds(Severity::Error, "passwords.memory_kib", &["passwords.parallelism=0"]);
}

#[test]
fn the_first_administrator_has_a_name_and_a_password() {
    finds(Severity::Error, "administrator.username", &["administrator.password=p"]);
    finds(Severity::Error, "administrator.password_file", &["administrator.email=a@example.com"]);
}

#[test]
fn the_first_client_has_an_id_and_a_long_secret() {
    finds(Severity::Error, "bootstrap.client.client_id", &["bootstrap.client.name=App"]);
    let short = ["bootstrap.client.client_id=app", "bootstrap.client.client_secret=short"];
    finds(Severity::Error, "bootstrap.client.client_secret", &short);
}

#[test]
fn settings_that_do_nothing_or_collide_are_told() {
    finds(Severity::Warning, "redis.url", &["redis.password=p"]);
    finds(Severity::Error, "metrics.listen", &["metrics.listen=127.0.0.1:8080"]);
    finds(Severity::Error, "keys.algorithms", &["keys.algorithms=ES256"]);
    finds(Severity::Error, "keys.algorithms", &["keys.algorithms=RS256,PS256"]);
}

/// OpenID Connect Core §2: `acr` names a class; protocol.md: it is never empty.
#[test]
fn each_level_has_a_name_of_its_own() {
    for set in ["acr.single_factor=", "acr.two_factors=two factors", "acr.phishing_resistant=1fa"] {
        finds(Severity::Error, "acr", &[set]);
    }
    assert_eq!(findings(&["acr.single_factor=urn:example:loa:1"]), []);
}

/// storage.md "Caches": the older an answer may be, the longer a revoked token passes.
#[test]
fn introspection_remembers_for_minutes_at_most() {
    assert_eq!(findings(&["tokens.introspection_cache=5m"]), []);
    finds(Severity::Error, "tokens.introspection_cache", &["tokens.introspection_cache=301s"]);
}

#[test]
fn requests_of_our_own_have_some_time_but_not_for_ever() {
    for set in ["outgoing.connect_timeout=0s", "outgoing.timeout=1s", "outgoing.timeout=61s"] {
        finds(Severity::Error, "outgoing.timeout", &[set]);
    }
}

#[test]
fn an_opening_to_this_machine_or_to_a_clouds_credentials_is_loud() {
    for allow in ["127.0.0.1", "http://127.0.0.0/8:*", "::1"] {
        finds(Severity::Warning, "outgoing.allow", &[&format!("outgoing.allow={allow}")]);
    }
    for allow in ["169.254.0.0/16", "fd00::/8"] {
        finds(Severity::Warning, "outgoing.allow", &[&format!("outgoing.allow={allow}")]);
    }
    assert_eq!(findings(&["outgoing.allow=10.0.0.0/8,app.internal:8443"]), []);
}

/// protocol.md "So that a machine can drive it": the switch for tests is off by default, and loud.
#[test]
fn what_opens_the_inner_network_to_strangers_is_told() {
    finds(Severity::Warning, "outgoing.allow_strangers", &["outgoing.allow_strangers=true"]);
}
