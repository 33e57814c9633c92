//! `tessera keys`: the keys that sign a realm's tokens.

use clap::Subcommand;
use serde_json::json;

use crate::clock::Timestamp;
use crate::keys::rotate::Start;
use crate::protocol::algorithm::SigningAlgorithm;
use crate::store::Db;
use crate::store::keys::SigningKeyRow;

use super::context::Context;
use super::failure::Failure;
use super::input::Confirm;
use super::report::{Report, instant, instant_or};

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

/// Runs the command.
pub(super) async fn run(command: &Command, context: &Context, db: &Db) -> Result<Report, Failure> {
    let realm = context.realm(db).await?;
    match command {
        Command::List => Ok(list(&db.signing_keys(realm.id, context.now()).await?, context.now())),
        Command::Rotate { now, algorithms, refresh } => {
            let start = if *now { Start::Now } else { Start::Published };
            rotate(realm.id, start, algorithms, *refresh, context, db).await
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
