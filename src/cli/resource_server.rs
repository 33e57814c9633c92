//! `tessera resource-server`: the APIs that access tokens are for.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::clients::NewResourceServer;
use crate::protocol::algorithm::SigningAlgorithm;
use crate::store::Db;
use crate::store::resource_servers::{ResourceServer, ScopeDescription};

use super::context::Context;
use super::failure::Failure;
use super::report::Report;

/// What to do with resource servers.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Register a resource server
    Create(NewOptions),
    /// List the resource servers
    List,
}

/// A resource server to register.
#[derive(Debug, Args)]
pub(super) struct NewOptions {
    /// The audience of its tokens: an absolute URI, or a plain name for APIs that expect one
    identifier: String,
    /// What people read; without it, the identifier
    #[arg(long)]
    name: Option<String>,
    /// The issuer in its tokens, where it is not the realm's
    #[arg(long)]
    issuer: Option<String>,
    /// How its tokens are signed: ES256, RS256, PS256, EdDSA
    #[arg(long, value_name = "ALG", default_value_t = SigningAlgorithm::Es256)]
    alg: SigningAlgorithm,
    /// Lifetime of its tokens; without it, the realm's
    #[arg(long, value_name = "SECONDS")]
    access_token_seconds: Option<u64>,
    /// A scope that it knows, with what it allows in plain words, as in "read:orders=See your orders"; several times for several
    #[arg(long = "scope", value_name = "SCOPE=DESCRIPTION")]
    scopes: Vec<String>,
    /// The confidential client by which it introspects tokens
    #[arg(long, value_name = "CLIENT_ID")]
    client_id: Option<String>,
}

/// Runs the command.
pub(super) async fn run(command: Command, context: &Context, db: &Db) -> Result<Report, Failure> {
    let realm = context.realm(db).await?.id;
    let clients = context.clients(db).await?;
    match command {
        Command::Create(options) => {
            let scopes = options.scopes.iter().map(|text| read_scope(text)).collect::<Result<_, _>>()?;
            let new = NewResourceServer {
                realm,
                name: options.name.unwrap_or_else(|| options.identifier.clone()),
                identifier: options.identifier,
                issuer: options.issuer,
                signing_alg: options.alg,
                access_token_seconds: options.access_token_seconds,
                scopes,
                client_id: options.client_id,
            };
            Ok(show(&clients.create_resource_server(new, &context.by()).await?))
        }
        Command::List => {
            let servers = clients.resource_servers(realm).await?;
            let row = |server: &ResourceServer| {
                vec![server.identifier.clone(), server.name.clone(), server.signing_alg.to_string(), scopes(server)]
            };
            let rows: Vec<_> = servers.iter().map(row).collect();
            let json = servers.iter().map(as_json).collect();
            Ok(Report::table(&["IDENTIFIER", "NAME", "ALG", "SCOPES"], &rows, json))
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
        ("algorithm", server.signing_alg.to_string()),
        ("token lifetime", server.access_token_seconds.map(|seconds| format!("{seconds} s")).unwrap_or_default()),
        ("scopes", scopes(server)),
    ];
    Report::record(&pairs, as_json(server))
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
        "signing_alg": server.signing_alg,
        "access_token_seconds": server.access_token_seconds,
        "scopes": server.scopes,
        "client_row": server.client_id.map(|client| client.to_string()),
        "created_at": server.created_at,
    })
}
