//! `tessera resource-server`: the APIs that access tokens are for.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::clients::{self, NewResourceServer, NewTokenForm, ResourceServerChange};
use crate::protocol::access_token::{ClaimSet, TokenFormat};
use crate::protocol::algorithm::{JwsAlgorithm, SigningAlgorithm};
use crate::store::Db;
use crate::store::resource_servers::{ResourceServer, ScopeDescription};

use super::context::Context;
use super::failure::Failure;
use super::input::secret_file;
use super::report::Report;

/// What to do with resource servers.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Register a resource server
    Create {
        /// The audience of its tokens: an absolute URI, or a plain name for APIs that expect one
        identifier: String,
        #[command(flatten)]
        options: Options,
    },
    /// Change a resource server: what is not named stays
    Update {
        /// The audience of its tokens
        identifier: String,
        #[command(flatten)]
        options: Options,
    },
    /// List the resource servers
    List,
}

/// What a resource server is like.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// What people read; without it, the identifier
    #[arg(long)]
    name: Option<String>,
    /// The issuer in its tokens, where it is not the realm's; "" makes it the realm's again
    #[arg(long)]
    issuer: Option<String>,
    /// How its tokens are signed: ES256 (as they are by default), RS256, PS256, EdDSA; or HS256, with --secret-file
    #[arg(long, value_name = "ALG")]
    alg: Option<JwsAlgorithm>,
    /// The secret of HS256, 32 bytes or more, in the first line of a file; `-` is standard input
    #[arg(long, value_name = "FILE")]
    secret_file: Option<PathBuf>,
    /// Whether it can read its tokens: jwt (as by default), or opaque: then it introspects them
    #[arg(long, value_name = "FORMAT", conflicts_with_all = ["alg", "secret_file"])]
    format: Option<TokenFormat>,
    /// What its tokens say: rfc9068 (as by default), or tekcify: type, scopes, clientId and email besides
    #[arg(long, value_name = "SET")]
    claims: Option<ClaimSet>,
    /// Lifetime of its tokens; without it, or with 0, the realm's
    #[arg(long, value_name = "SECONDS")]
    access_token_seconds: Option<u64>,
    /// A scope that it knows, with what it allows in plain words, as in "read:orders=See your orders"; several times for several
    #[arg(long = "scope", value_name = "SCOPE=DESCRIPTION")]
    scopes: Vec<String>,
    /// The confidential client by which it introspects tokens; "" for none
    #[arg(long, value_name = "CLIENT_ID")]
    client_id: Option<String>,
}

/// Runs the command.
pub(super) async fn run(command: Command, context: &Context, db: &Db) -> Result<Report, Failure> {
    let realm = context.realm(db).await?.id;
    let clients = context.clients(db).await?;
    match command {
        Command::Create { identifier, options } => {
            let new = NewResourceServer {
                realm,
                form: options.form()?.unwrap_or(NewTokenForm::Signed(SigningAlgorithm::Es256)),
                scopes: options.scopes()?,
                name: options.name.unwrap_or_else(|| identifier.clone()),
                identifier,
                issuer: options.issuer.filter(|text| !text.is_empty()),
                claim_set: options.claims.unwrap_or(ClaimSet::Rfc9068),
                access_token_seconds: options.access_token_seconds.filter(|seconds| *seconds > 0),
                client_id: options.client_id.filter(|text| !text.is_empty()),
            };
            Ok(show(&clients.create_resource_server(new, &context.by()).await?))
        }
        Command::Update { identifier, options } => {
            let change = ResourceServerChange {
                form: options.form()?,
                scopes: if options.scopes.is_empty() { None } else { Some(options.scopes()?) },
                name: options.name,
                issuer: options.issuer.map(|text| Some(text).filter(|text| !text.is_empty())),
                claim_set: options.claims,
                access_token_seconds: options
                    .access_token_seconds
                    .map(|seconds| Some(seconds).filter(|seconds| *seconds > 0)),
                client_id: options.client_id.map(|text| Some(text).filter(|text| !text.is_empty())),
            };
            let changed = clients.update_resource_server(realm, &identifier, change, &context.by()).await;
            match changed {
                Err(clients::Error::NotFound) => Err(Failure::not_found(format!(
                    "There is no resource server {identifier:?}: `tessera resource-server list` shows them."
                ))),
                changed => Ok(show(&changed?)),
            }
        }
        Command::List => {
            let servers = clients.resource_servers(realm).await?;
            let row = |server: &ResourceServer| {
                vec![server.identifier.clone(), server.name.clone(), form(server), scopes(server)]
            };
            let rows: Vec<_> = servers.iter().map(row).collect();
            let json = servers.iter().map(as_json).collect();
            Ok(Report::table(&["IDENTIFIER", "NAME", "TOKENS", "SCOPES"], &rows, json))
        }
    }
}

impl Options {
    fn scopes(&self) -> Result<Vec<ScopeDescription>, Failure> {
        self.scopes.iter().map(|text| read_scope(text)).collect()
    }

    /// The form that is asked for, if any is. A secret alone is HS256's.
    fn form(&self) -> Result<Option<NewTokenForm>, Failure> {
        let secret = self.secret_file.as_deref().map(secret_file).transpose()?;
        match (self.format, self.alg.map(JwsAlgorithm::signing), secret) {
            (Some(TokenFormat::Opaque), ..) => Ok(Some(NewTokenForm::Opaque)),
            (_, None | Some(None), Some(secret)) => Ok(Some(NewTokenForm::SharedSecret(secret))),
            (_, Some(None), None) => {
                Err(Failure::refused("HS256 needs the secret that the API checks with: --secret-file."))
            }
            (_, Some(Some(_)), Some(_)) => Err(Failure::refused("--secret-file is for HS256 alone.")),
            (_, Some(Some(algorithm)), None) => Ok(Some(NewTokenForm::Signed(algorithm))),
            (Some(TokenFormat::Jwt), None, None) => Ok(Some(NewTokenForm::Signed(SigningAlgorithm::Es256))),
            (None, None, None) => Ok(None),
        }
    }
}

fn read_scope(text: &str) -> Result<ScopeDescription, Failure> {
    let (scope, description) = text
        .split_once('=')
        .ok_or_else(|| Failure::refused(format!("--scope {text:?} has no description: write SCOPE=DESCRIPTION.")))?;
    Ok(ScopeDescription { scope: scope.to_owned(), description: description.to_owned() })
}

fn show(server: &ResourceServer) -> Report {
    let pairs = [
        ("identifier", server.identifier.clone()),
        ("name", server.name.clone()),
        ("issuer", server.issuer.clone().unwrap_or_default()),
        ("tokens", form(server)),
        ("claims", server.claim_set.to_string()),
        ("token lifetime", server.access_token_seconds.map(|seconds| format!("{seconds} s")).unwrap_or_default()),
        ("scopes", scopes(server)),
    ];
    Report::record(&pairs, as_json(server))
}

/// The algorithm of its tokens, or that they are opaque.
fn form(server: &ResourceServer) -> String {
    server.form.algorithm().map_or_else(|| server.form.format().to_string(), |algorithm| algorithm.to_string())
}

fn scopes(server: &ResourceServer) -> String {
    server.scopes.iter().map(|one| one.scope.as_str()).collect::<Vec<_>>().join(" ")
}

fn as_json(server: &ResourceServer) -> Value {
    json!({
        "id": server.id.to_string(),
        "identifier": server.identifier,
        "name": server.name,
        "issuer": server.issuer,
        "token_format": server.form.format(),
        "signing_alg": server.form.algorithm(),
        "claim_set": server.claim_set,
        "access_token_seconds": server.access_token_seconds,
        "scopes": server.scopes,
        "client_row": server.client_id.map(|client| client.to_string()),
        "created_at": server.created_at,
    })
}
