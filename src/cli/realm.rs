//! `tessera realm`: issuers with users, applications and keys of their own.

use std::str::FromStr;

use clap::Subcommand;
use serde_json::{Value, json};

use crate::clients;
use crate::developer::playground;
use crate::protocol::client_registration::RegistrationMode;
use crate::protocol::profile::Profile;
use crate::store::Db;
use crate::store::epochs::Cached;
use crate::store::realms::{MAX_HOST, MAX_SLUG, NewRealm, Realm};

use super::context::Context;
use super::failure::Failure;
use super::report::{Report, instant, yes};

/// What to do with realms.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make a realm with keys of its own; its issuer is PUBLIC_URL/r/SLUG, or its host name
    Create {
        /// The last part of its path: small letters, digits and hyphens
        slug: String,
        /// What people read; without it, the slug
        #[arg(long)]
        name: Option<String>,
        /// A host name of its own, whose DNS and certificate lead here
        #[arg(long)]
        host: Option<String>,
    },
    /// List all realms
    List,
    /// Show the realm that --realm names, else the default one
    Show,
    /// Set for that realm what is to be otherwise than in the configuration; "default" takes a setting back
    Set {
        /// Whether strangers may make an account: true, false, or default
        #[arg(long, value_name = "BOOL", value_parser = setting::<bool>)]
        sign_up: Option<Setting<bool>>,
        /// Whether users may register applications: true, false, or default
        #[arg(long, value_name = "BOOL", value_parser = setting::<bool>)]
        self_service: Option<Setting<bool>>,
        /// Who may register applications at the registration endpoint: open, token, off, or default
        #[arg(long, value_name = "MODE", value_parser = setting::<RegistrationMode>)]
        registration: Option<Setting<RegistrationMode>>,
        /// The rules that those keep: oauth2.1, legacy-oidc, or default
        #[arg(long, value_name = "PROFILE", value_parser = setting::<Profile>)]
        default_profile: Option<Setting<Profile>>,
    },
}

/// Runs the command.
pub(super) async fn run(command: &Command, context: &Context, db: &Db) -> Result<Report, Failure> {
    match command {
        Command::Create { slug, name, host } => {
            let name = name.clone().unwrap_or_else(|| slug.clone());
            create(slug, name, host.as_deref(), context, db).await
        }
        Command::List => {
            let realms = db.realms().await?;
            let rows: Vec<_> =
                realms.iter().map(|realm| vec![shown_slug(realm), realm.name.clone(), realm.issuer.clone()]).collect();
            Ok(Report::table(&["SLUG", "NAME", "ISSUER"], &rows, realms.iter().map(as_json).collect()))
        }
        Command::Show => Ok(show(&*context.realm(db).await?)),
        Command::Set { sign_up, self_service, registration, default_profile } => {
            let realm = context.realm(db).await?;
            let mut settings = realm.settings.clone();
            replace(&mut settings.sign_up, *sign_up);
            replace(&mut settings.self_service, *self_service);
            replace(&mut settings.registration, *registration);
            replace(&mut settings.default_profile, *default_profile);
            let (id, now) = (realm.id, context.now());
            db.write(async move |tx| tx.set_realm_settings(id, &settings, now).await).await?;
            db.forget(Cached::Realms);
            Ok(show(&*context.realm(db).await?))
        }
    }
}

/// A setting's value; none takes it back.
#[derive(Debug, Clone, Copy)]
pub(super) struct Setting<T>(Option<T>);

fn setting<T: FromStr<Err: std::fmt::Display>>(text: &str) -> Result<Setting<T>, String> {
    if text == "default" {
        return Ok(Setting(None));
    }
    text.parse().map(|value| Setting(Some(value))).map_err(|error: T::Err| error.to_string())
}

fn replace<T>(kept: &mut Option<T>, said: Option<Setting<T>>) {
    if let Some(Setting(value)) = said {
        *kept = value;
    }
}

async fn create(slug: &str, name: String, host: Option<&str>, context: &Context, db: &Db) -> Result<Report, Failure> {
    require_slug(slug)?;
    let host = host.map(|host| read_host(host, context)).transpose()?;
    let now = context.now();
    let new = NewRealm { id: context.random.id(now), slug: slug.to_owned(), host, name, now };
    let keys = context.keys(db).await?;
    let made = crate::app::create_realm(db, &keys, &context.random, &context.config.keys.algorithms, new).await?;
    if !made {
        return Err(Failure::refused("Another realm has this slug or host name: `tessera realm list` shows them."));
    }
    let realm = db.realm_by_slug(slug).await?.ok_or_else(|| Failure::failed("The realm was made and is gone."))?;
    let all = context.clients(db).await?;
    match playground::ensure_client(&all, &realm, now).await {
        // On plain http a host name of its own can have no redirect URI: the realm does without.
        Ok(()) | Err(clients::Error::Invalid(_)) => {}
        Err(error) => return Err(error.into()),
    }
    Ok(show(&realm))
}

fn require_slug(slug: &str) -> Result<(), Failure> {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let sound = (1..=MAX_SLUG).contains(&slug.len()) && slug.bytes().all(allowed);
    if sound && !slug.starts_with('-') && !slug.ends_with('-') {
        return Ok(());
    }
    Err(Failure::refused("A slug is 1 to 63 small letters, digits and hyphens, with no hyphen at its ends."))
}

/// A DNS name in its ASCII form, and not the public URL's own.
fn read_host(host: &str, context: &Context) -> Result<String, Failure> {
    let public = context.config.server.public_url.url().host_str();
    match url::Host::parse(host) {
        Ok(url::Host::Domain(name)) if Some(name.as_str()) == public => {
            Err(Failure::refused("That is the default realm's own host name."))
        }
        Ok(url::Host::Domain(name)) if !name.ends_with('.') && (1..=MAX_HOST).contains(&name.len()) => Ok(name),
        _ => Err(Failure::refused("A host is a DNS name, as in login.example.com, without scheme, port or path.")),
    }
}

fn show(realm: &Realm) -> Report {
    let settings = &realm.settings;
    let or_default = |said: Option<String>| said.unwrap_or_else(|| "(default)".to_owned());
    let pairs = [
        ("slug", shown_slug(realm)),
        ("name", realm.name.clone()),
        ("issuer", realm.issuer.clone()),
        ("host", realm.host.clone().unwrap_or_default()),
        ("id", realm.id.to_string()),
        ("sign-up", or_default(settings.sign_up.map(yes))),
        ("self-service", or_default(settings.self_service.map(yes))),
        ("registration", or_default(settings.registration.map(|mode| mode.to_string()))),
        ("default profile", or_default(settings.default_profile.map(|profile| profile.to_string()))),
        (
            "nothing issued before",
            if realm.not_before.millis() == 0 { String::new() } else { instant(realm.not_before) },
        ),
    ];
    Report::record(&pairs, as_json(realm))
}

fn shown_slug(realm: &Realm) -> String {
    if realm.slug.is_empty() { "(default)".to_owned() } else { realm.slug.clone() }
}

fn as_json(realm: &Realm) -> Value {
    json!({
        "id": realm.id.to_string(),
        "slug": realm.slug,
        "name": realm.name,
        "issuer": realm.issuer,
        "host": realm.host,
        "settings": realm.settings,
        "not_before": realm.not_before.millis(),
    })
}
