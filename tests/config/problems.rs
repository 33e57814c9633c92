use insta::assert_snapshot;
use tessera::config::{Config, Sources};

use super::{flags, folder, refused, variables};

fn said(sources: &Sources) -> String {
    Config::load(sources).expect_err("a wrong configuration").to_string()
}

#[test]
fn an_unknown_key_is_named_with_its_line_and_column_and_the_nearest_right_one() {
    assert_snapshot!(refused("[server]\nworkers = 2\n  lisen = \"0.0.0.0:80\"\n"), @"tessera.toml:3:3: unknown key `server.lisen`; did you mean `server.listen`?");
}

#[test]
fn an_unknown_section_is_named_with_the_nearest_right_one() {
    assert_snapshot!(refused("[databse]\nurl = \"sqlite:x.db\"\n"), @"tessera.toml:1:2: unknown key `databse`; did you mean `database`?");
}

#[test]
fn a_key_of_another_section_is_found_there() {
    assert_snapshot!(refused("[server]\nauto_migrate = true\n"), @"tessera.toml:2:1: unknown key `server.auto_migrate`; did you mean `database.auto_migrate`?");
}

#[test]
fn a_key_like_no_other_gets_the_list_of_its_section() {
    assert_snapshot!(refused("[sign_in]\nxylophone = 1\n"), @"tessera.toml:2:1: unknown key `sign_in.xylophone`; the keys of [sign_in] are lockout_failures, lockout_duration");
}

#[test]
fn a_key_outside_every_section_gets_the_list_of_sections() {
    assert_snapshot!(refused("xylophone = 1\n"), @"tessera.toml:1:1: unknown key `xylophone`; the sections are server, tls, database, redis, keys, lifetimes, tokens, passwords, sign_up, sign_in, limits, applications, registration, logout, outgoing, acr, locale, log, metrics, administrator, bootstrap.client");
}

#[test]
fn a_section_that_is_written_as_a_value_is_explained() {
    assert_snapshot!(refused("server = 1\n"), @"tessera.toml:1:1: `server` is a section: write [server] above its keys");
}

#[test]
fn a_value_of_the_wrong_kind_is_named_with_an_example() {
    assert_snapshot!(refused("[lifetimes]\ncode = 60\n"), @r#"tessera.toml:2:8: `lifetimes.code`: expected a text in quotes, as in "15m", found a whole number"#);
    assert_snapshot!(refused("[server]\nworkers = \"many\"\n"), @"tessera.toml:2:11: `server.workers`: expected a whole number, found a text in quotes");
    assert_snapshot!(refused("[server]\nworkers = 1.5\n"), @"tessera.toml:2:11: `server.workers`: expected a whole number, found a fraction or a date");
    assert_snapshot!(refused("[server]\ntrusted_proxies = \"10.0.0.0/8\"\n"), @"tessera.toml:2:19: `server.trusted_proxies`: expected a list, found a text in quotes");
    assert_snapshot!(refused("[server.listen]\nport = 80\n"), @r#"tessera.toml:1:1: `server.listen`: expected a text in quotes, as in "127.0.0.1:8080", found a section"#);
}

#[test]
fn a_value_that_cannot_be_is_named_with_an_example() {
    assert_snapshot!(refused("[lifetimes]\ncode = \"60 bananas\"\n"), @r#"tessera.toml:2:8: `lifetimes.code`: a length of time is a whole number and a unit (ms, s, m, h, d), as in "15m" or "1h 30m""#);
    assert_snapshot!(refused("[server]\nlisten = \"localhost\"\n"), @r#"tessera.toml:2:10: `server.listen`: expected an IP address and a port, as in "127.0.0.1:8080""#);
    assert_snapshot!(refused("[server]\nworkers = -1\n"), @"tessera.toml:2:11: `server.workers`: that number is out of range");
    assert_snapshot!(refused("[log]\nformat = \"xml\"\n"), @"tessera.toml:2:10: `log.format`: unknown variant `xml`, expected `pretty` or `json`");
    assert_snapshot!(refused("[limits]\nsign_in = \"0 per 15m\"\n"), @r#"tessera.toml:2:11: `limits.sign_in`: a limit lets through at least one request, in at least one second, as in "5 per 15m""#);
    assert_snapshot!(refused("[database]\nurl = \"mysql://localhost/x\"\n"), @r#"tessera.toml:2:7: `database.url`: a database is "postgres://user:password@host/name" or "sqlite:PATH""#);
    assert_snapshot!(refused("[locale]\ndefault = \"English, please\"\n"), @r#"tessera.toml:2:11: `locale.default`: a language is a BCP 47 tag, as in "en" or "pt-BR""#);
}

#[test]
fn the_wrong_element_of_a_list_has_its_own_column() {
    assert_snapshot!(refused("[keys]\nalgorithms = [\"RS256\", \"none\"]\n"), @"tessera.toml:2:24: `keys.algorithms`: unknown signing algorithm: one of RS256, ES256, PS256, EdDSA is expected");
}

#[test]
fn columns_count_characters_not_bytes() {
    assert_snapshot!(refused("[acr]\n\"žluťoučký\" = 1\nsingle_factor = \"é\"\ntwo_factors = 2\n"), @r#"
    tessera.toml:2:1: unknown key `acr.žluťoučký`; the keys of [acr] are single_factor, two_factors, phishing_resistant
    tessera.toml:4:15: `acr.two_factors`: expected a text in quotes, found a whole number
    "#);
}

#[test]
fn what_is_not_toml_is_named_by_place() {
    assert_snapshot!(refused("[server]\nworkers 2\n"), @"tessera.toml:2:9: key with no value, expected `=`");
    assert_snapshot!(refused("[server]\nworkers = 1\nworkers = 2\n"), @"tessera.toml:3:1: duplicate key");
}

#[test]
fn everything_that_is_wrong_is_said_together() {
    let folder = folder();
    let mut sources = super::file(&folder, "[server]\nlisen = 1\nworkers = \"x\"\n\n[log]\nformat = \"xml\"\n");
    sources.environment = vec![("TESSERA__REDIS__URI".to_owned(), "redis://localhost".to_owned())];
    sources.flags = vec!["server.max_body=huge".to_owned()];
    assert_snapshot!(said(&sources).replace(&format!("{}/", folder.path().display()), ""), @r#"
    tessera.toml:2:1: unknown key `server.lisen`; did you mean `server.listen`?
    tessera.toml:3:11: `server.workers`: expected a whole number, found a text in quotes
    tessera.toml:6:10: `log.format`: unknown variant `xml`, expected `pretty` or `json`
    environment variable TESSERA__REDIS__URI: unknown key; did you mean TESSERA__REDIS__URL?
    --set server.max_body: `server.max_body`: a size is a whole number of bytes, or a number and a unit (B, KiB, MiB, GiB), as in "64KiB"
    "#);
}

#[test]
fn an_unknown_variable_is_named_with_the_nearest_right_one() {
    assert_snapshot!(said(&variables(&[("TESSERA__SERVER__PUBLIC_URI", "https://id.example.com")])), @"environment variable TESSERA__SERVER__PUBLIC_URI: unknown key; did you mean TESSERA__SERVER__PUBLIC_URL?");
}

#[test]
fn a_wrong_variable_is_named() {
    assert_snapshot!(said(&variables(&[("TESSERA__SERVER__WORKERS", "two")])), @"environment variable TESSERA__SERVER__WORKERS: expected a whole number");
    assert_snapshot!(said(&variables(&[("TESSERA__DATABASE__AUTO_MIGRATE", "yes")])), @"environment variable TESSERA__DATABASE__AUTO_MIGRATE: expected true or false");
    assert_snapshot!(said(&variables(&[("TESSERA__KEYS__ALGORITHMS", "[\"RS256\"")])), @r#"environment variable TESSERA__KEYS__ALGORITHMS: expected a list, as in a,b or ["a", "b"]"#);
}

#[test]
fn a_wrong_flag_is_named() {
    assert_snapshot!(said(&flags(&["server.listen"])), @"--set server.listen: has no value: write --set section.key=value");
    assert_snapshot!(said(&flags(&["server.lisen=0.0.0.0:80"])), @"--set server.lisen: unknown key; did you mean `server.listen`?");
    assert_snapshot!(said(&flags(&["server.listen=80"])), @r#"--set server.listen: `server.listen`: expected an IP address and a port, as in "127.0.0.1:8080""#);
}

#[test]
fn a_file_that_is_named_must_exist() {
    assert_snapshot!(said(&Sources { file: Some("no/such.toml".into()), ..Sources::default() }), @"no/such.toml: cannot be read: No such file or directory (os error 2)");
}

#[test]
fn a_secret_file_must_exist_and_hold_something() {
    assert_snapshot!(refused("[keys]\nmaster_file = \"/no/such/keyring\"\n"), @"tessera.toml:2:15: the file /no/such/keyring cannot be read: No such file or directory (os error 2)");
    assert_snapshot!(refused("[keys]\nmaster_file = \"/dev/null\"\n"), @"tessera.toml:2:15: the file /dev/null is empty");
}

#[test]
fn a_secret_and_its_file_contradict_each_other_in_one_source() {
    assert_snapshot!(refused("[keys]\nmaster = \"k\"\nmaster_file = \"/dev/null\"\n"), @r#"
    tessera.toml:3:15: `keys.master` and `keys.master_file` are both set: keep one
    tessera.toml:3:15: the file /dev/null is empty
    "#);
}
