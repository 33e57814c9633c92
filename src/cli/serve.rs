//! `tessera serve`: the server, and what its first start makes.

use std::io::Write as _;

use actix_web::web::Data;
use serde_json::json;

use crate::app::App;
use crate::clock::{Clock, Timestamp};
use crate::config::{Config, Severity};
use crate::developer::playground;
use crate::random::Random;
use crate::secret::Secret;
use crate::server::tls::{Pair, Tls};
use crate::server::{self, Stop};
use crate::store::realms::Realm;
use crate::telemetry;
use crate::users::Users;

use super::context::{Context, Globals};
use super::failure::Failure;
use super::report::instant;

/// Runs the server until it is told to stop.
pub(super) fn run(globals: &Globals) -> Result<(), Failure> {
    let config = Context::load(globals)?.config;
    // A second log would be a second process's: there is none.
    telemetry::init(&config.log).map_err(|error| Failure::failed(error.to_string()))?;
    warn(&config);
    actix_web::rt::System::new().block_on(serve(config, globals.json))
}

async fn serve(config: Config, as_json: bool) -> Result<(), Failure> {
    // First of all: a server that is told to stop while it starts stops as one that runs.
    let mut stop = Stop::listen().map_err(|error| Failure::failed(format!("Signals cannot be heard: {error}.")))?;
    let listen = config.server.listen;
    // Before the database: what is wrong with a file is told at once.
    let tls = certificate(&config)?;
    let app = tokio::select! {
        app = open(config, tls.as_ref(), as_json) => app?,
        () = stop.told() => {
            tracing::info!("told to stop before the start was done");
            return Ok(());
        }
    };
    let stopped = server::run(Data::new(app), tls, stop).await;
    stopped.map_err(|error| {
        Failure::failed(format!(
            "The server cannot listen on {listen}: {error}. Choose another address with server.listen."
        ))
    })
}

fn certificate(config: &Config) -> Result<Option<Tls>, Failure> {
    let now = Clock::system().now();
    let tls = Tls::open(config, now).map_err(|finding| Failure::findings(&[finding]))?;
    if let Some(tls) = &tls {
        for finding in tls.pair().doubts(config, now) {
            tracing::warn!(key = finding.key, "{}", finding.message);
        }
    }
    Ok(tls)
}

/// Opens everything, makes what a first start makes, and tells it.
async fn open(config: Config, tls: Option<&Tls>, as_json: bool) -> Result<App, Failure> {
    let clock = Clock::system();
    let started = clock.now();
    let app = App::open(config, clock, Random::system()).await?;
    let realm = app.db.default_realm().await?.ok_or_else(|| Failure::failed("The default realm is missing."))?;
    let link = bootstrap(&app, &realm, started).await?;
    announce(&app, &realm, link.as_ref(), tls, as_json);
    Ok(app)
}

fn warn(config: &Config) {
    for finding in config.check().into_iter().filter(|finding| finding.severity == Severity::Warning) {
        tracing::warn!(key = finding.key, "{}", finding.message);
    }
}

/// The administrator and the application of an unattended start, else a link for the first administrator.
async fn bootstrap(app: &App, realm: &Realm, started: Timestamp) -> Result<Option<(Secret, Timestamp)>, Failure> {
    let users = Users::new(app.db.clone(), app.passwords.clone(), app.random.clone(), app.config.sign_in.clone());
    let now = app.clock.now();
    if users.ensure_administrator(realm.id, &app.config.administrator, now).await? {
        tracing::info!("the administrator of the configuration is made");
    }
    if app.clients.ensure_first(realm.id, &app.config.bootstrap.client, now).await? {
        tracing::info!("the application of the configuration is registered");
    }
    for realm in app.db.realms().await? {
        if let Err(error) = playground::ensure_client(&app.clients, &realm, now).await {
            tracing::warn!(%error, realm = realm.slug, "the realm has no playground");
        }
    }
    let lifetime = app.config.lifetimes.administrator_link.duration();
    let token = users.administrator_link(realm.id, started, lifetime, now).await?;
    Ok(token.map(|token| (token, now + lifetime)))
}

/// For the person at the terminal, on standard output: the link is theirs, and belongs into no log.
fn announce(app: &App, realm: &Realm, link: Option<&(Secret, Timestamp)>, tls: Option<&Tls>, as_json: bool) {
    let setup = link.map(|(token, _)| realm.url(&format!("/setup?token={}", token.expose())));
    let until = link.map(|(_, until)| instant(*until));
    let playground = realm.url("/playground");
    let mut stdout = std::io::stdout().lock();
    let version = env!("CARGO_PKG_VERSION");
    let address = &app.config.server.public_url;
    // Where standard output is gone there is nobody to tell.
    let _ = if as_json {
        let json = json!({
            "version": version, "url": address.as_str(), "listen": app.config.server.listen.to_string(),
            "administrator_link": setup, "administrator_link_until": until, "playground": playground,
            "certificate": tls.map(|tls| json!({
                "file": tls.pair().file(), "sha256": tls.pair().fingerprint(), "until": instant(tls.pair().not_after()),
            })),
        });
        writeln!(stdout, "{json}")
    } else {
        let link = setup.zip(until).map(|(setup, until)| {
            format!("\n  Make the first administrator (works once, until {until}):\n    {setup}")
        });
        let playground = format!("\n  Try a sign-in as an application sees it:\n    {playground}");
        let certificate = tls.filter(|tls| tls.is_made_here()).map(|tls| how_to_trust(tls.pair())).unwrap_or_default();
        let link = link.unwrap_or_default();
        writeln!(stdout, "Tessera {version} at {address}{link}{playground}{certificate}")
    };
    let _ = stdout.flush();
}

/// A browser shows the fingerprint where it asks whether to go on.
fn how_to_trust(pair: &Pair) -> String {
    let (file, fingerprint) = (pair.file().display(), pair.fingerprint());
    let until = instant(pair.not_after());
    format!(
        "\n  Its certificate is for this machine alone, made by itself, until {until}. SHA-256:\n    {fingerprint}\
         \n  Trust it where it is asked for, with `curl --cacert {file}` or NODE_EXTRA_CA_CERTS={file},\
         \n  or by importing that file as trusted in your browser."
    )
}
