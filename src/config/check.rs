//! What is wrong or doubtful between keys that are each right by themselves.

use std::collections::HashSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde::Serialize;

use super::{Config, Period};
use crate::protocol::algorithm::SigningAlgorithm;

/// How grave a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The server does not start with it.
    Error,
    /// The server starts; something will be refused or is weaker than it need be.
    Warning,
}

/// One finding: the key, what is the matter, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How grave it is.
    pub severity: Severity,
    /// The key to change.
    pub key: &'static str,
    /// What is the matter, and what to do.
    pub message: String,
}

type Rule = fn(&Config) -> Option<Finding>;

const RULES: [Rule; 27] = [
    plain_http,
    certificate_has_key,
    one_certificate,
    development_is_here,
    https_is_public,
    keyring_for_postgres,
    some_algorithm,
    acr_names,
    code_lifetime,
    some_lifetime,
    introspection_is_fresh,
    sessions_end_in_order,
    families_end_in_order,
    password_length,
    password_room,
    hash_memory,
    hash_cost,
    administrator_is_named,
    administrator_has_password,
    first_client_is_named,
    first_client_secret,
    redis_password_without_redis,
    metrics_port,
    outgoing_time,
    outgoing_to_itself,
    outgoing_to_metadata,
    outgoing_for_strangers,
];

impl Config {
    /// Looks at the keys together.
    pub fn check(&self) -> Vec<Finding> {
        RULES.iter().filter_map(|rule| rule(self)).collect()
    }
}

fn error(key: &'static str, message: &str) -> Finding {
    Finding { severity: Severity::Error, key, message: message.to_owned() }
}

fn warning(key: &'static str, message: &str) -> Finding {
    Finding { severity: Severity::Warning, key, message: message.to_owned() }
}

/// Cookies without Secure are only safe where nobody is between: on this machine.
fn plain_http(config: &Config) -> Option<Finding> {
    let url = &config.server.public_url;
    if url.is_https() || url.is_loopback() {
        return None;
    }
    Some(warning(
        "server.public_url",
        "is neither https nor this machine, so sign-in is refused: put a proxy with TLS in front and name its https address",
    ))
}

fn certificate_has_key(config: &Config) -> Option<Finding> {
    match (&config.tls.certificate_file, &config.tls.key_file) {
        (Some(_), None) => Some(error("tls.key_file", "the certificate has no private key: name its file here")),
        (None, Some(_)) => {
            Some(error("tls.certificate_file", "the private key has no certificate: name the file of its chain here"))
        }
        _ => None,
    }
}

fn one_certificate(config: &Config) -> Option<Finding> {
    if !config.tls.development || (config.tls.certificate_file.is_none() && config.tls.key_file.is_none()) {
        return None;
    }
    Some(error("tls.development", "makes a certificate, and another is named: remove this key, or the files"))
}

/// Nobody else can tell such a certificate from an attacker's.
fn development_is_here(config: &Config) -> Option<Finding> {
    if !config.tls.development || config.server.public_url.is_loopback() {
        return None;
    }
    Some(error(
        "tls.development",
        "is for this machine alone, and server.public_url names another: use certificate_file and key_file",
    ))
}

fn https_is_public(config: &Config) -> Option<Finding> {
    if !config.tls.is_on() || config.server.public_url.is_https() {
        return None;
    }
    Some(error(
        "server.public_url",
        "is http, and with a certificate server.listen speaks https: name the https address",
    ))
}

/// A keyring in the data directory of one node would be missing on the others.
fn keyring_for_postgres(config: &Config) -> Option<Finding> {
    if !config.database_url().is_postgres() || config.keys.master.is_some() {
        return None;
    }
    Some(error(
        "keys.master_file",
        "PostgreSQL needs a keyring, the same on every node: make one with `tessera keyring new` and name its file here",
    ))
}

/// ID tokens are RS256 wherever a client does not say otherwise (OpenID Connect Registration §2), and access tokens ES256 wherever a
/// resource server does not.
fn some_algorithm(config: &Config) -> Option<Finding> {
    let held = |algorithm| config.keys.algorithms.contains(&algorithm);
    if held(SigningAlgorithm::Rs256) && held(SigningAlgorithm::Es256) {
        return None;
    }
    let what =
        "must hold RS256, which signs ID tokens, and ES256, which signs access tokens, wherever no other is asked for";
    Some(error("keys.algorithms", what))
}

/// `acr` says a level and is never empty (OpenID Connect Core §2): who asks for one by name means one.
fn acr_names(config: &Config) -> Option<Finding> {
    let acr = &config.acr;
    let names = [&acr.single_factor, &acr.two_factors, &acr.phishing_resistant];
    let is_name = |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic());
    let differ = names.iter().collect::<HashSet<_>>().len() == names.len();
    if differ && names.iter().all(|name| is_name(name)) {
        return None;
    }
    Some(error("acr", "the levels need names that differ, without spaces: applications ask for them by name"))
}

/// An authorization code lives 60 seconds at most (FAPI 2.0 §5.3.2.1; RFC 6749 §4.1.2 recommends ten minutes at most).
fn code_lifetime(config: &Config) -> Option<Finding> {
    let code = config.lifetimes.code;
    let right = !code.is_zero() && code <= Period::seconds(60);
    if right { None } else { Some(error("lifetimes.code", "an authorization code lives at least 1ms and at most 60s")) }
}

/// Nothing can be used that lives no time at all; `expires_in` counts whole seconds.
fn introspection_is_fresh(config: &Config) -> Option<Finding> {
    (config.tokens.introspection_cache > Period::minutes(5)).then(|| {
        error("tokens.introspection_cache", "a revoked token would be believed for so long: 5m at most, better 1s")
    })
}

fn some_lifetime(config: &Config) -> Option<Finding> {
    let lifetimes = &config.lifetimes;
    let all = [
        ("lifetimes.interaction", lifetimes.interaction),
        ("lifetimes.access_token", lifetimes.access_token),
        ("lifetimes.id_token", lifetimes.id_token),
        ("lifetimes.session_idle", lifetimes.session_idle),
        ("lifetimes.remember_idle", lifetimes.remember_idle),
        ("lifetimes.family_idle", lifetimes.family_idle),
        ("lifetimes.invitation", lifetimes.invitation),
        ("lifetimes.administrator_link", lifetimes.administrator_link),
    ];
    let (key, _) = all.into_iter().find(|(_, period)| period.as_seconds() == 0)?;
    Some(error(key, "must be at least 1s"))
}

fn sessions_end_in_order(config: &Config) -> Option<Finding> {
    let lifetimes = &config.lifetimes;
    if lifetimes.session_idle.max(lifetimes.remember_idle) <= lifetimes.session_absolute {
        return None;
    }
    Some(error("lifetimes.session_absolute", "must be no shorter than session_idle and remember_idle"))
}

fn families_end_in_order(config: &Config) -> Option<Finding> {
    if config.lifetimes.family_idle <= config.lifetimes.family_absolute {
        return None;
    }
    Some(error("lifetimes.family_absolute", "must be no shorter than family_idle"))
}

/// NIST SP 800-63B §3.1.1.2: eight characters at the least.
fn password_length(config: &Config) -> Option<Finding> {
    let short = config.passwords.min_length < 8;
    if short {
        Some(warning("passwords.min_length", "passwords below 8 characters are guessed: use 8 or more"))
    } else {
        None
    }
}

/// Passwords of 64 characters must be accepted, and a character takes up to four bytes.
fn password_room(config: &Config) -> Option<Finding> {
    let narrow = config.passwords.max_length.bytes() < 256;
    if narrow {
        Some(error("passwords.max_length", "must leave room for 64 characters of four bytes: 256 or more"))
    } else {
        None
    }
}

/// RFC 9106 §3.1: memory of at least 8 KiB for each lane.
fn hash_memory(config: &Config) -> Option<Finding> {
    let passwords = &config.passwords;
    let lanes = passwords.parallelism.max(1);
    let wrong = passwords.parallelism == 0 || passwords.iterations == 0 || passwords.memory_kib / lanes < 8;
    if wrong {
        return Some(error(
            "passwords.memory_kib",
            "argon2id needs one pass, one lane, and 8 KiB of memory for each lane at least",
        ));
    }
    None
}

/// The least that OWASP's password storage sheet recommends of argon2id is 7 MiB with five passes.
fn hash_cost(config: &Config) -> Option<Finding> {
    let passwords = &config.passwords;
    let cost = u64::from(passwords.memory_kib) * u64::from(passwords.iterations);
    if cost >= 7168 * 5 {
        return None;
    }
    Some(warning(
        "passwords.memory_kib",
        "hashes this cheap are quickly guessed once stolen: memory_kib times iterations should be 35840 or more",
    ))
}

fn administrator_is_named(config: &Config) -> Option<Finding> {
    let administrator = &config.administrator;
    if administrator.password.is_none() || administrator.username.is_some() || administrator.email.is_some() {
        return None;
    }
    Some(error(
        "administrator.username",
        "there is a password but no account: set username or email, or remove the password",
    ))
}

fn administrator_has_password(config: &Config) -> Option<Finding> {
    let administrator = &config.administrator;
    let named = administrator.username.is_some() || administrator.email.is_some();
    if !named || administrator.password.is_some() {
        return None;
    }
    Some(error("administrator.password_file", "the administrator needs a password: name a file that holds it"))
}

fn first_client_is_named(config: &Config) -> Option<Finding> {
    let client = &config.bootstrap.client;
    let described = client.client_secret.is_some() || client.name.is_some() || !client.redirect_uris.is_empty();
    if client.client_id.is_some() || !described {
        return None;
    }
    Some(error(
        "bootstrap.client.client_id",
        "the first application has no client id: set one, or remove its other keys",
    ))
}

/// Client secrets are kept as SHA-256, which only a long random secret may be.
fn first_client_secret(config: &Config) -> Option<Finding> {
    let secret = config.bootstrap.client.client_secret.as_ref()?;
    if secret.expose().chars().count() >= 32 {
        return None;
    }
    Some(error(
        "bootstrap.client.client_secret",
        "must have 32 random characters or more, as `openssl rand -hex 32` prints",
    ))
}

fn redis_password_without_redis(config: &Config) -> Option<Finding> {
    if config.redis.url.is_some() || (config.redis.password.is_none() && config.redis.username.is_none()) {
        return None;
    }
    Some(warning(
        "redis.url",
        "Redis has a user or password but no URL, so it is not used: set redis.url, or remove them",
    ))
}

fn metrics_port(config: &Config) -> Option<Finding> {
    if config.metrics.listen != Some(config.server.listen) {
        return None;
    }
    Some(error(
        "metrics.listen",
        "is the server's own address: choose another port, or remove it and set metrics.token",
    ))
}

/// Nothing is fetched in no time, and nobody should wait for longer than a browser does.
fn outgoing_time(config: &Config) -> Option<Finding> {
    let outgoing = &config.outgoing;
    let right = !outgoing.connect_timeout.is_zero()
        && outgoing.connect_timeout <= outgoing.timeout
        && outgoing.timeout <= Period::seconds(60);
    if right {
        return None;
    }
    Some(error(
        "outgoing.timeout",
        "must be no shorter than outgoing.connect_timeout, which must be at least 1ms, and at most 60s",
    ))
}

/// Whether `outgoing.allow` opens one of these addresses.
fn opens(config: &Config, addresses: &[IpAddr]) -> bool {
    let allow = &config.outgoing.allow;
    allow.iter().any(|opening| addresses.iter().any(|address| opening.contains(*address)))
}

/// What listens on the loopback rarely asks who calls.
fn outgoing_to_itself(config: &Config) -> Option<Finding> {
    if !opens(config, &[Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]) {
        return None;
    }
    Some(warning("outgoing.allow", "opens this machine itself to requests of the server: only for tests"))
}

/// The addresses at which clouds hand a machine its credentials.
fn outgoing_to_metadata(config: &Config) -> Option<Finding> {
    if !opens(
        config,
        &[Ipv4Addr::new(169, 254, 169, 254).into(), Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254).into()],
    ) {
        return None;
    }
    Some(warning(
        "outgoing.allow",
        "opens the address where a cloud hands this machine its credentials: name smaller networks",
    ))
}

/// The guard's exception for the operator's own clients, for everybody.
fn outgoing_for_strangers(config: &Config) -> Option<Finding> {
    config.outgoing.allow_strangers.then(|| {
        warning(
            "outgoing.allow_strangers",
            "lets anybody who registers an application reach what outgoing.allow opens: only for tests",
        )
    })
}
