//! `tessera registration-token`: initial access tokens (RFC 7591 §3).

use clap::Subcommand;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::config::Period;
use crate::store::Db;
use crate::store::registrations::InitialAccessToken;

use super::context::Context;
use super::failure::Failure;
use super::report::{Report, instant};

/// What to do with tokens that let their holder register applications.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make a token that lets its holder register applications. It is shown only now
    Create {
        /// Whom it is for
        #[arg(long, default_value = "")]
        note: String,
        /// How many registrations it allows
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
        uses: u32,
        /// How long it lasts, as in 1h or 7d
        #[arg(long, default_value = "7d")]
        lifetime: Period,
    },
    /// List the tokens that are not over
    List,
    /// End a token
    Delete {
        /// Its id
        id: Uuid,
    },
}

/// Runs the command.
pub(super) async fn run(command: &Command, context: &Context, db: &Db) -> Result<Report, Failure> {
    let (realm, now) = (context.realm(db).await?.id, context.now());
    let clients = context.clients(db).await?;
    match command {
        Command::Create { note, uses, lifetime } => {
            let token = InitialAccessToken {
                id: context.random.id(now),
                note: note.clone(),
                uses_left: i64::from(*uses),
                expires_at: (now + lifetime.duration()).millis(),
                created_at: now.millis(),
            };
            let (token, secret) = clients.create_initial_access_token(realm, token).await?;
            let mut json = as_json(&token);
            json["initial_access_token"] = Value::from(secret.expose());
            let pairs = [
                ("id", token.id.to_string()),
                ("token", secret.expose().to_owned()),
                ("registrations", token.uses_left.to_string()),
                ("ends", instant(Timestamp::from_millis(token.expires_at))),
            ];
            Ok(Report::record(&pairs, json).followed_by("The token is shown only this once."))
        }
        Command::List => {
            let tokens = db.initial_access_tokens(realm, now).await?;
            let row = |token: &InitialAccessToken| {
                let ends = instant(Timestamp::from_millis(token.expires_at));
                vec![token.id.to_string(), token.note.clone(), token.uses_left.to_string(), ends]
            };
            let rows: Vec<_> = tokens.iter().map(row).collect();
            Ok(Report::table(
                &["ID", "NOTE", "REGISTRATIONS LEFT", "ENDS"],
                &rows,
                tokens.iter().map(as_json).collect(),
            ))
        }
        Command::Delete { id } => {
            clients.delete_initial_access_token(realm, *id).await?;
            Ok(Report::new(format!("{id} is over."), json!({ "id": id, "deleted": true })))
        }
    }
}

fn as_json(token: &InitialAccessToken) -> Value {
    json!({
        "id": token.id,
        "note": token.note,
        "uses_left": token.uses_left,
        "expires_at": Timestamp::from_millis(token.expires_at),
        "created_at": Timestamp::from_millis(token.created_at),
    })
}
