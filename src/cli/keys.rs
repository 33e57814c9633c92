//! `tessera keys`: the keys that sign a realm's tokens.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde_json::json;

use crate::clock::Timestamp;
use crate::keys::file::KeyFile;
use crate::keys::rotate::Start;
use crate::protocol::algorithm::SigningAlgorithm;
use crate::store::Db;
use crate::store::keys::SigningKeyRow;

use super::context::Context;
use super::failure::Failure;
use super::input::{Confirm, key_file};
use super::report::{Report, instant, instant_or};

mod files;

/// What to do with keys.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List the published keys: which sign, which wait, which are only kept for tokens that live
    List,
    /// Make new signing keys. They are published first and sign once applications have fetched them
    Rotate {
        /// Sign with the new keys in two seconds, when every node knows them; the old ones stay published
        #[arg(long)]
        now: bool,
        /// Rotate this algorithm's key only (RS256, ES256, PS256, EdDSA); several times for several
        #[arg(long = "alg", value_name = "ALG")]
        algorithms: Vec<SigningAlgorithm>,
        /// Also make a new key for the tags of refresh tokens; older ones go on for their families
        #[arg(long)]
        refresh: bool,
    },
    /// Make a key pair in files or on standard output. No realm is touched: `keys import-pem` gives it to one
    Generate(files::Generate),
    /// Turn a key from PEM into a JWK or back, or take its public half. No realm is touched
    Convert(files::Convert),
    /// Give the realm a signing key that was made elsewhere. It is published first and signs once applications have fetched it; the
    /// old one stays published
    ImportPem {
        /// The private key: PKCS#8, PKCS#1 or SEC 1 in PEM, without a passphrase; `-` is standard input
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// What it is to sign with (RS256, ES256, PS256, EdDSA); without it RS256 for an RSA key
        #[arg(long = "alg", value_name = "ALG")]
        algorithm: Option<SigningAlgorithm>,
        /// Sign with it in two seconds, when every node knows it
        #[arg(long)]
        now: bool,
    },
    /// Print the public keys as a JWKS document (RFC 7517)
    ExportJwks,
    /// End everything that was issued before now: after a restored backup, consumed tokens would come back to life
    Epoch {
        /// In every realm
        #[arg(long)]
        all: bool,
        #[command(flatten)]
        confirm: Confirm,
    },
}

impl Command {
    /// Runs a command that needs neither configuration nor database; `None` for any other.
    pub(super) fn run_alone(&self) -> Option<Result<Report, Failure>> {
        match self {
            Self::Generate(command) => Some(command.run()),
            Self::Convert(command) => Some(command.run()),
            _ => None,
        }
    }
}

/// Runs the command.
pub(super) async fn run(command: &Command, context: &Context, db: &Db) -> Result<Report, Failure> {
    let realm = context.realm(db).await?;
    match command {
        Command::Generate(_) | Command::Convert(_) => unreachable!("they were run without the database"),
        Command::ImportPem { file, algorithm, now } => {
            import(realm.id, file, *algorithm, start(*now), context, db).await
        }
        Command::List => Ok(list(&db.signing_keys(realm.id, context.now()).await?, context.now())),
        Command::Rotate { now, algorithms, refresh } => {
            rotate(realm.id, start(*now), algorithms, *refresh, context, db).await
        }
        Command::ExportJwks => {
            let keys = context.keys(db).await?.realm(realm.id, context.now()).await?;
            let jwks: serde_json::Value =
                serde_json::from_slice(&keys.jwks().bytes).map_err(|error| Failure::failed(error.to_string()))?;
            Ok(Report::new(format!("{jwks:#}"), jwks))
        }
        Command::Epoch { all, confirm } => {
            confirm.ask("Everybody is signed out, and every token ends.", "epoch")?;
            let realms = if *all { db.realms().await?.iter().map(|realm| realm.id).collect() } else { vec![realm.id] };
            let now = context.now();
            context.keys(db).await?.raise_epoch(&realms, now).await?;
            let text = format!("Nothing that was issued before {} is accepted any more.", instant(now));
            Ok(Report::new(text, json!({ "realms": realms.len(), "not_before": now.millis() })))
        }
    }
}

const fn start(now: bool) -> Start {
    if now { Start::Now } else { Start::Published }
}

async fn import(
    realm: uuid::Uuid,
    file: &Path,
    algorithm: Option<SigningAlgorithm>,
    start: Start,
    context: &Context,
    db: &Db,
) -> Result<Report, Failure> {
    let (bytes, name) = key_file(file)?;
    let key = KeyFile::read_pem(&bytes, algorithm).map_err(|error| files::refused(&name, &error))?;
    let private = key.private().ok_or_else(|| {
        Failure::refused(format!(
            "{name} holds a public key only: a realm needs the private key to sign; nothing was changed."
        ))
    })?;
    let imported = context.keys(db).await?.import(realm, private, start, context.now()).await?;
    let imported = imported.ok_or_else(|| {
        Failure::refused(
            "The realm has this key already, or had it: `tessera keys list` shows those that are published.",
        )
    })?;
    let text = format!(
        "The key {} signs with {} from {}; the old one stays published.",
        imported.kid,
        imported.algorithm,
        instant(imported.signs_from)
    );
    Ok(Report::new(text, json!({ "signing_keys": [imported] })))
}

async fn rotate(
    realm: uuid::Uuid,
    start: Start,
    algorithms: &[SigningAlgorithm],
    refresh: bool,
    context: &Context,
    db: &Db,
) -> Result<Report, Failure> {
    let keys = context.keys(db).await?;
    let now = context.now();
    let all: Vec<_> = match algorithms {
        [] => keys.realm(realm, now).await?.algorithms().collect(),
        named => named.to_vec(),
    };
    let rotated = keys.rotate(realm, &all, start, now).await?;
    let refresh_key = if refresh { Some(keys.rotate_refresh_key(realm, now).await?) } else { None };
    let rows: Vec<_> =
        rotated.iter().map(|one| vec![one.algorithm.to_string(), one.kid.clone(), instant(one.signs_from)]).collect();
    let json = json!({ "signing_keys": rotated, "refresh_key": refresh_key });
    let report = Report::table(&["ALG", "KID", "SIGNS FROM"], &rows, json);
    Ok(match refresh_key {
        Some(number) => report.followed_by(&format!("Refresh tokens of new sign-ins are tagged with key {number}.")),
        None => report,
    })
}

fn list(rows: &[SigningKeyRow], now: Timestamp) -> Report {
    let cells = |row: &SigningKeyRow| {
        vec![
            row.alg.clone(),
            row.kid.clone(),
            state(row, rows, now).to_owned(),
            instant(row.signs_from),
            instant_or(row.signs_until, "-"),
            instant_or(row.published_until, "-"),
        ]
    };
    let as_json = |row: &SigningKeyRow| {
        json!({
            "alg": row.alg, "kid": row.kid, "state": state(row, rows, now), "signs_from": row.signs_from,
            "signs_until": row.signs_until, "published_until": row.published_until, "created_at": row.created_at,
        })
    };
    let table: Vec<_> = rows.iter().map(cells).collect();
    let headers = ["ALG", "KID", "STATE", "SIGNS FROM", "SIGNS UNTIL", "PUBLISHED UNTIL"];
    Report::table(&headers, &table, rows.iter().map(as_json).collect())
}

/// The newest key whose time has come signs; `rows` are the newest first.
fn state(row: &SigningKeyRow, rows: &[SigningKeyRow], now: Timestamp) -> &'static str {
    let can_sign = |row: &&SigningKeyRow| row.signs_from <= now && row.signs_until.is_none_or(|until| until > now);
    let signer = rows.iter().filter(|other| other.alg == row.alg).find(can_sign);
    if row.signs_from > now {
        "waits"
    } else if signer.is_some_and(|signer| signer.id == row.id) {
        "signs"
    } else {
        "retired"
    }
}
