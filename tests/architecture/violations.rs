//! The judges on small sources that break their rule: a test that cannot fail holds nothing.

use super::source::Source;
use super::{layers, rules};

#[track_caller]
fn finds(rule: impl Fn(&Source) -> Vec<String>, path: &str, text: &str, expected: &[&str]) {
    let found: Vec<String> = rule(&Source::parse(path, text)).iter().filter_map(|line| at(line)).collect();
    assert_eq!(found, expected, "in {path}:\n{text}");
}

/// `file:line` of a finding.
fn at(finding: &str) -> Option<String> {
    finding.split_once(": ").map(|(place, _)| place.to_owned())
}

#[test]
fn an_arrow_up_is_found() {
    finds(layers::arrows, "src/store/users.rs", "\nuse crate::web::Realm;", &["src/store/users.rs:2"]);
}

#[test]
fn an_arrow_between_features_is_found() {
    finds(layers::arrows, "src/oauth/consent.rs", "use crate::account::login;", &["src/oauth/consent.rs:1"]);
}

#[test]
fn an_arrow_against_the_order_within_a_layer_is_found() {
    finds(layers::arrows, "src/tokens.rs", "use crate::session::Session;", &["src/tokens.rs:1"]);
    finds(layers::arrows, "src/session.rs", "use crate::tokens::Family;", &[]);
}

#[test]
fn an_arrow_in_a_group_is_found_at_its_line() {
    let text = "use crate::{\n    clock::Clock,\n    web::{self, Realm},\n};";
    finds(layers::arrows, "src/keys/sign.rs", text, &["src/keys/sign.rs:3", "src/keys/sign.rs:3"]);
}

#[test]
fn an_arrow_in_an_inline_path_is_found() {
    let text = "fn f() -> crate::app::App {\n    <crate::web::Realm as Default>::default()\n}";
    finds(layers::arrows, "src/users.rs", text, &["src/users.rs:1", "src/users.rs:2"]);
}

#[test]
fn an_arrow_inside_a_macro_is_found() {
    finds(layers::arrows, "src/keys.rs", "fn f() { format!(\"{}\", crate::server::NAME); }", &["src/keys.rs:1"]);
    finds(layers::arrows, "src/keys.rs", "macro_rules! m { () => { $crate::web::x() } }", &["src/keys.rs:1"]);
}

#[test]
fn an_arrow_in_an_attributes_text_is_found() {
    let text = "#[derive(D)] struct S { #[serde(default = \"crate::web::port\")] port: u16 }";
    finds(layers::arrows, "src/config.rs", text, &["src/config.rs:1"]);
}

#[test]
fn an_arrow_to_everything_or_to_the_unknown_is_found() {
    finds(
        layers::arrows,
        "src/oidc.rs",
        "use crate::*;\nuse crate::Thing;\nuse crate::{server::{*}};",
        &["src/oidc.rs:1", "src/oidc.rs:2", "src/oidc.rs:3"],
    );
}

#[test]
fn the_binarys_arrows_go_through_the_librarys_name() {
    finds(layers::arrows, "src/main.rs", "use tessera::cli;\nuse tessera::nothing;", &["src/main.rs:2"]);
}

#[test]
fn arrows_downward_pass() {
    let text =
        "use crate::{clock::Clock, store::Db, web};\npub(crate) fn f() { super::g(); self::h(); crate::oauth::i() }";
    finds(layers::arrows, "src/oauth/token.rs", text, &[]);
}

#[test]
fn super_that_leaves_its_module_is_found() {
    finds(layers::escapes, "src/oauth/token.rs", "use super::super::web;", &["src/oauth/token.rs:1"]);
    finds(layers::escapes, "src/oauth.rs", "use super::web;", &["src/oauth.rs:1"]);
    finds(layers::escapes, "src/oauth.rs", "mod inner { use self::super::super::web; }", &["src/oauth.rs:1"]);
}

#[test]
fn super_within_its_module_passes() {
    finds(layers::escapes, "src/oauth/token.rs", "use super::authorize;", &[]);
    finds(layers::escapes, "src/oauth.rs", "mod inner { use super::authorize; }", &[]);
}

#[test]
fn a_cycle_is_found() {
    let sources = [
        Source::parse("src/clock.rs", "use crate::config::Config;"),
        Source::parse("src/config/limits.rs", "use crate::random::Random;"),
        Source::parse("src/random.rs", "use crate::clock::Timestamp;"),
    ];
    assert_eq!(layers::cycles(&sources).len(), 3);
    assert_eq!(layers::cycles(&sources[1..]).len(), 0);
}

#[test]
fn a_module_without_a_layer_is_found() {
    finds(layers::unplaced, "src/utils/text.rs", "", &["src/utils/text.rs:1"]);
}

#[test]
fn a_library_named_outside_its_owner_is_found() {
    finds(rules::owners, "src/users.rs", "use sea_orm::EntityTrait;", &["src/users.rs:1"]);
    finds(
        rules::owners,
        "src/users.rs",
        "use ::entity as tables;\nuse ::entity::users;\nuse sea_orm as orm;",
        &["src/users.rs:3", "src/users.rs:1", "src/users.rs:2"],
    );
    finds(rules::owners, "src/oauth.rs", "fn f() { josekit::jwk::Jwk::new(\"oct\"); }", &["src/oauth.rs:1"]);
    finds(rules::owners, "src/web.rs", "use ring::{\n    digest,\n    hmac::Key,\n};", &["src/web.rs:3"]);
}

#[test]
fn a_library_named_by_its_owner_passes() {
    finds(rules::owners, "src/store/users.rs", "use entity::users;\nuse sea_orm::EntityTrait;", &[]);
    finds(rules::owners, "src/ephemeral/postgres.rs", "use sea_orm::EntityTrait;", &[]);
    finds(rules::owners, "src/secret.rs", "use ring::digest::SHA256;", &[]);
    finds(rules::owners, "src/web.rs", "fn f(entity: u8) -> u8 { entity }", &[]);
}

#[test]
fn a_client_of_another_library_is_found() {
    let text = "use reqwest::Client;\nuse ureq;\nuse isahc::get;\nuse curl::easy::Easy;\nuse awc::Client as Awc;\n\
                use actix_web::{client, web};\nuse hyper_util::client::legacy;\nuse h2::client;";
    let found = rules::owners(&Source::parse("src/clients/logo.rs", text));
    assert_eq!(found.len(), 8, "{found:?}");
    finds(rules::owners, "src/developer.rs", "fn curl() -> String { curl() }", &[]);
}

#[test]
fn a_socket_outside_the_guarded_client_is_found() {
    let text = "use std::net::{IpAddr, TcpStream};\nuse std::net as n;\nfn f() { n::UdpSocket::bind(a); }\n\
                use std::net::ToSocketAddrs as _;\nuse std::net::*;\nuse actix_web::rt::net::TcpStream as S;";
    let lines = ["src/web.rs:1", "src/web.rs:3", "src/web.rs:4", "src/web.rs:5", "src/web.rs:6"];
    finds(rules::sockets, "src/web.rs", text, &lines);
    finds(rules::sockets, "src/web.rs", "use std::net::{IpAddr, SocketAddr};\nfn f(a: std::net::Ipv4Addr) {}", &[]);
    finds(rules::sockets, "src/outgoing/connect.rs", "use tokio::net::TcpStream;", &[]);
}

#[test]
fn a_migration_that_imports_entities_is_found() {
    finds(rules::migration_imports, "migration/src/m1.rs", "use entity::users;", &["migration/src/m1.rs:1"]);
}

#[test]
fn a_long_file_is_found() {
    assert!(rules::too_long("src/x.rs", &"\n".repeat(501)).is_some());
    assert!(rules::too_long("src/x.rs", &"\n".repeat(500)).is_none());
}

#[test]
fn a_mod_file_is_found() {
    finds(rules::mod_files, "src/oauth/mod.rs", "", &["src/oauth/mod.rs:1"]);
}

#[test]
fn unfinished_and_silenced_code_is_found() {
    let text = "#![allow(x)]\n#[ignore = \"later\"]\nfn f() {\n    todo!()\n}\n#[allow(y)]\nfn g() { if a { unimplemented!() } }";
    finds(
        rules::unfinished,
        "tests/x.rs",
        text,
        &["tests/x.rs:1", "tests/x.rs:2", "tests/x.rs:4", "tests/x.rs:6", "tests/x.rs:7"],
    );
    finds(rules::unfinished, "tests/x.rs", "#[expect(z, reason = \"w\")] fn f(allow: bool) -> bool { !allow }", &[]);
}

#[test]
fn a_deliberate_panic_is_found() {
    finds(rules::panics, "src/x.rs", "fn f() { a.unwrap();\n panic!(\"no\") }", &["src/x.rs:1", "src/x.rs:2"]);
    finds(rules::panics, "src/x.rs", "fn f() { a.unwrap_or_default(); b.expect(\"it is\"); }", &[]);
}

#[test]
fn a_sleep_is_found() {
    let text = "async fn f() {\n    std::thread::sleep(d);\n    tokio::time::sleep(d).await;\n}\nuse std::thread::{self, sleep};";
    finds(rules::sleeps, "tests/x.rs", text, &["tests/x.rs:2", "tests/x.rs:3", "tests/x.rs:5"]);
}

#[test]
fn a_session_that_is_ended_elsewhere_is_found() {
    let found = rules::ends_sessions("src/store/users.rs", "let sql =\n    \"UPDATE sessions SET ended_at = $1\";");
    assert_eq!(found.iter().filter_map(|finding| at(finding)).collect::<Vec<_>>(), ["src/store/users.rs:2"]);
    assert!(rules::ends_sessions("src/store/users.rs", "SELECT * FROM sessions").is_empty());
}
