//! The checks, one each.

use std::io;
use std::time::Duration;

use tokio::net::TcpStream;

use crate::app;
use crate::cli::context::Context;
use crate::cli::{healthcheck, https};
use crate::clock::Timestamp;
use crate::config::{Config, Finding, Severity};
use crate::ephemeral::{Home as _, redis::Redis};
use crate::keys::Keys;
use crate::outgoing::{Outgoing, Resolver};
use crate::server::tls;
use crate::store::realms::Realm;
use crate::store::{Db, database as store_database, schema};

use super::{Check, State};

/// How far apart two clocks may be: what tokens of other servers are forgiven too.
const TOLERANCE: Duration = Duration::from_secs(30);
/// How long a host may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Warnings only: with an error no command runs.
pub(super) fn configuration(config: &Config) -> Vec<Check> {
    let warnings = config.check().into_iter().filter(|finding| finding.severity == Severity::Warning);
    let mut checks: Vec<_> = warnings
        .map(|finding| Check::new("configuration", State::Warning, format!("{}: {}", finding.key, finding.message)))
        .collect();
    if checks.is_empty() {
        checks.push(Check::new("configuration", State::Ok, "right"));
    }
    checks
}

/// The certificate of https, where the server speaks it.
pub(super) fn certificate(context: &Context) -> Vec<Check> {
    let named = |state, message: String| Check::new("certificate", state, message);
    if !context.config.tls.is_on() {
        return vec![named(State::Skipped, "not configured: a proxy speaks https, or nobody".to_owned())];
    }
    if context.config.tls.development && !tls::certificate_file(&context.config).exists() {
        return vec![named(State::Skipped, "made at the server's start".to_owned())];
    }
    let findings = tls::findings(&context.config, context.now());
    if findings.is_empty() {
        return vec![named(State::Ok, "right".to_owned())];
    }
    let check = |finding: Finding| match finding.severity {
        Severity::Error => named(State::Failed, format!("{}: {}", finding.key, finding.message)),
        Severity::Warning => named(State::Warning, format!("{}: {}", finding.key, finding.message)),
    };
    findings.into_iter().map(check).collect()
}

/// The authorities that are believed when the server asks others.
pub(super) fn outgoing(config: &Config) -> Check {
    let check = |state, message: String| Check::new("requests to others", state, message);
    match (Outgoing::new(&config.outgoing, Resolver::system()), &config.outgoing.ca_file) {
        (Err(error), _) => check(State::Failed, error.to_string()),
        (Ok(_), Some(file)) => check(State::Ok, format!("also believes the authorities in {}", file.display())),
        (Ok(_), None) => check(State::Ok, "believes the system's authorities".to_owned()),
    }
}

pub(super) async fn database(context: &Context, db: &Db) -> Check {
    let failed = |message: String| Check::new("database", State::Failed, message);
    if let Err(error) = db.ping().await {
        return failed(format!("{error}: check that it runs, and database.url"));
    }
    let options = context.options();
    match schema::status(&options).await {
        Err(error) => failed(error.to_string()),
        Ok(status) if !status.pending.is_empty() => {
            failed(format!("{} migration(s) are pending: run `tessera migrate up`", status.pending.len()))
        }
        Ok(_) => Check::new("database", State::Ok, format!("{}, schema up to date", store_database::name(&options))),
    }
}

pub(super) async fn keys(context: &Context, db: &Db) -> Vec<Check> {
    let keys = match context.keys(db).await {
        Ok(keys) => keys,
        Err(failure) => return vec![Check::new("keys", State::Failed, failure.message())],
    };
    let realms = match db.realms().await {
        Ok(realms) => realms,
        Err(error) => return vec![Check::new("keys", State::Failed, error.to_string())],
    };
    if realms.is_empty() {
        return vec![Check::new("keys", State::Failed, "there is no realm: run `tessera db create`")];
    }
    let mut checks = Vec::with_capacity(realms.len());
    for realm in &realms {
        checks.push(realm_keys(context, &keys, realm).await);
    }
    checks
}

async fn realm_keys(context: &Context, keys: &Keys, realm: &Realm) -> Check {
    let (name, flag) = match realm.slug.as_str() {
        "" => ("default".to_owned(), String::new()),
        slug => (slug.to_owned(), format!(" --realm {slug}")),
    };
    let opened = match keys.realm(realm.id, context.now()).await {
        Ok(opened) => opened,
        Err(error) => return Check::new("keys", State::Failed, format!("realm {name}: {error}")),
    };
    let missing: Vec<_> = context.config.keys.algorithms.iter().filter(|alg| opened.signer(**alg).is_err()).collect();
    if let Some(alg) = missing.first() {
        let advice = format!("realm {name} has no key for {alg}: run `tessera keys rotate --now --alg {alg}{flag}`");
        return Check::new("keys", State::Failed, advice);
    }
    let algorithms: Vec<_> = opened.algorithms().map(|algorithm| algorithm.to_string()).collect();
    Check::new("keys", State::Ok, format!("realm {name} signs with {}", algorithms.join(", ")))
}

pub(super) async fn clock(context: &Context, db: &Db) -> Check {
    let times = match (db.server_time().await, db.newest_event().await) {
        (Ok(server), Ok(newest)) => (server, newest),
        (Err(error), _) | (_, Err(error)) => return Check::new("clock", State::Failed, error.to_string()),
    };
    match (times, context.now()) {
        ((Some(server), _), now) if apart(server, now) > TOLERANCE => {
            let apart = apart(server, now);
            let advice = format!("{apart:?} apart from the database's: let both follow a time server (NTP)");
            Check::new("clock", State::Failed, advice)
        }
        ((_, Some(newest)), now) if newest.since(now) > TOLERANCE => {
            let ahead = newest.since(now);
            let advice =
                format!("the newest event is {ahead:?} in the future: this clock, or another node's, is wrong");
            Check::new("clock", State::Failed, advice)
        }
        ((Some(_), _), _) => Check::new("clock", State::Ok, "agrees with the database's"),
        ((None, _), _) => Check::new("clock", State::Ok, "nothing happened in its future"),
    }
}

fn apart(one: Timestamp, other: Timestamp) -> Duration {
    one.since(other).max(other.since(one))
}

pub(super) async fn redis(config: &Config) -> Check {
    let options = match app::redis_options(config) {
        Ok(None) => return Check::new("redis", State::Skipped, "not configured: the database does its work"),
        Ok(Some(options)) => options,
        Err(error) => return Check::new("redis", State::Failed, error.to_string()),
    };
    let answer = match Redis::new(&options) {
        Ok(redis) => redis.ping().await,
        Err(error) => Err(error),
    };
    match answer {
        Ok(()) => Check::new("redis", State::Ok, "answers"),
        Err(error) => Check::new("redis", State::Failed, format!("{error}: check that it runs, and redis.url")),
    }
}

/// The name resolves, something listens, and it is this server that answers; over https with a certificate that is trusted here.
pub(super) async fn public_url(config: &Config) -> Check {
    let check = |state, message: String| Check::new("public URL", state, message);
    let public = &config.server.public_url;
    let url = public.url();
    let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else {
        return check(State::Failed, format!("{public} has no host"));
    };
    let bare = host.trim_matches(['[', ']']);
    let addresses = tokio::time::timeout(PATIENCE, tokio::net::lookup_host((bare, port))).await;
    let addresses: Vec<_> = match addresses {
        Ok(Ok(addresses)) => addresses.collect(),
        _ => return check(State::Failed, format!("{host} has no address: check its DNS, and server.public_url")),
    };
    for address in &addresses {
        let connected = tokio::time::timeout(PATIENCE, TcpStream::connect(address)).await;
        let Ok(Ok(stream)) = connected else { continue };
        return match tokio::time::timeout(PATIENCE, healthy(stream, config)).await {
            Ok(Ok(200)) => check(State::Ok, format!("{public} answers")),
            Ok(Err(error)) if public.is_https() => {
                check(State::Warning, format!("{public} is not trusted, or not well: {error}"))
            }
            _ => check(State::Warning, format!("something else than this server answers at {public}")),
        };
    }
    check(State::Warning, format!("nothing answers at {public}: is the server, or the proxy before it, running?"))
}

async fn healthy(stream: TcpStream, config: &Config) -> io::Result<u16> {
    let (host, public) = (healthcheck::host(config), &config.server.public_url);
    let path = format!("{}/healthz", public.base_path());
    if public.is_https() {
        healthcheck::get(https::to_public(stream, config).await?, &host, &path).await
    } else {
        healthcheck::get(stream, &host, &path).await
    }
}
