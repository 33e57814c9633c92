//! `tessera client`: applications.

mod options;

use clap::Subcommand;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::clients::{Chosen, Configuration, Issued, NewClient, Reach};
use crate::config::Period;
use crate::protocol::client_metadata::{ClientKind, ClientMetadata};
use crate::protocol::grant_type::GrantType;
use crate::protocol::token_endpoint_auth_method::TokenEndpointAuthMethod;
use crate::secret::Secret;
use crate::store::Db;
use crate::store::clients::{Client, Settings};

use super::context::Context;
use super::failure::Failure;
use super::input::Confirm;
use super::report::{Report, instant, yes};
use options::Options;

/// What to do with applications.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Register an application. A confidential one gets a secret, which is shown only now
    Create {
        #[command(flatten)]
        options: Box<Options>,
        /// It runs in the user's hands - a browser, a phone, a desktop - and has no secret
        #[arg(long, conflicts_with = "auth_method")]
        public: bool,
        /// Choose the client id; without it, one is made
        #[arg(long)]
        client_id: Option<String>,
        /// Read a secret of 32 random characters or more from a file; without it, one is made
        #[arg(long, value_name = "FILE", conflicts_with = "public")]
        secret_file: Option<std::path::PathBuf>,
        /// The user who owns it: identifier, subject or id
        #[arg(long, value_name = "USER")]
        owner: Option<String>,
    },
    /// List the applications, the newest first
    List {
        /// Those of this user only
        #[arg(long, value_name = "USER")]
        owner: Option<String>,
        /// How many
        #[arg(long, default_value_t = 100)]
        limit: u64,
        /// Go on after this `next`
        #[arg(long, value_name = "NEXT")]
        after: Option<Uuid>,
    },
    /// Show an application
    Show {
        /// Its client id
        client_id: String,
    },
    /// Change an application: what is named is replaced, the rest stays
    Update {
        /// Its client id
        client_id: String,
        #[command(flatten)]
        options: Box<Options>,
        /// Shut it out; all that it holds ends
        #[arg(long, conflicts_with = "enable")]
        disable: bool,
        /// Let it in again
        #[arg(long)]
        enable: bool,
    },
    /// Delete an application with all that it holds
    Delete {
        /// Its client id
        client_id: String,
        #[command(flatten)]
        confirm: Confirm,
    },
    /// Give an application a new secret, which is shown only now
    RotateSecret {
        /// Its client id
        client_id: String,
        /// How long the old secret goes on beside the new one, as in 1h or 7d
        #[arg(long, default_value = "0s")]
        grace: Period,
    },
}

/// Runs the command.
pub(super) async fn run(command: Command, context: &Context, db: &Db) -> Result<Report, Failure> {
    let realm = context.realm(db).await?.id;
    let clients = context.clients(db).await?;
    match command {
        Command::Create { options, public, client_id, secret_file, owner } => {
            let owner = owner_id(realm, owner.as_deref(), context, db).await?;
            let secret = secret_file.as_deref().map(super::input::secret_file).transpose()?;
            let new = new_client(realm, owner, &options, public, client_id, secret)?;
            Ok(shown_once(&clients.create(new, &context.by()).await?))
        }
        Command::List { owner, limit, after } => {
            let owner = owner_id(realm, owner.as_deref(), context, db).await?;
            let reach = owner.map_or(Reach::All, Reach::Owned);
            Ok(list(&clients.list(realm, reach, after, limit).await?, limit))
        }
        Command::Show { client_id } => Ok(show(&clients.find(realm, Reach::All, &client_id).await?)),
        Command::Update { client_id, options, disable, enable } => {
            let disabled = (disable || enable).then_some(disable);
            update(realm, &client_id, &options, disabled, context, db).await
        }
        Command::Delete { client_id, confirm } => {
            let client = clients.find(realm, Reach::All, &client_id).await?;
            let what = format!("The application {} and all that it holds are deleted.", client.name());
            confirm.ask(&what, &client_id)?;
            clients.delete(realm, Reach::All, &client_id, &context.by()).await?;
            Ok(Report::new(format!("{client_id} is deleted."), json!({ "client_id": client_id, "deleted": true })))
        }
        Command::RotateSecret { client_id, grace } => {
            let issued = clients.rotate_secret(realm, Reach::All, &client_id, grace.duration(), &context.by()).await?;
            Ok(shown_once(&issued))
        }
    }
}

fn new_client(
    realm: Uuid,
    owner: Option<Uuid>,
    options: &Options,
    public: bool,
    client_id: Option<String>,
    secret: Option<Secret>,
) -> Result<NewClient, Failure> {
    let mut metadata = ClientMetadata {
        grant_types: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
        ..ClientMetadata::default()
    };
    if public {
        metadata.token_endpoint_auth_method = TokenEndpointAuthMethod::None;
    }
    let mut settings = Settings::default();
    options.change_metadata(&mut metadata)?;
    options.change_settings(&mut settings);
    let chosen = match (client_id, secret) {
        (Some(client_id), secret) => Some(Chosen { client_id, secret }),
        (None, Some(_)) => {
            return Err(Failure::refused("--secret-file goes with --client-id: choose both or neither."));
        }
        (None, None) => None,
    };
    let first_party = options.first_party.unwrap_or(false);
    Ok(NewClient { first_party, settings, chosen, ..NewClient::new(realm, owner, metadata) })
}

async fn update(
    realm: Uuid,
    client_id: &str,
    options: &Options,
    disabled: Option<bool>,
    context: &Context,
    db: &Db,
) -> Result<Report, Failure> {
    let clients = context.clients(db).await?;
    let client = clients.find(realm, Reach::All, client_id).await?;
    let (mut metadata, mut settings) = (client.metadata.clone(), client.settings.clone());
    options.change_metadata(&mut metadata)?;
    options.change_settings(&mut settings);
    let first_party = options.first_party.unwrap_or(client.first_party);
    let mut secret = None;
    if first_party != client.first_party || settings != client.settings || metadata != client.metadata {
        let configuration = Configuration { metadata, first_party, settings };
        secret = clients.configure(realm, client_id, configuration, &context.by()).await?.secret;
    }
    if let Some(disabled) = disabled {
        clients.set_disabled(realm, Reach::All, client_id, disabled, &context.by()).await?;
    }
    let client = clients.find(realm, Reach::All, client_id).await?;
    Ok(shown_once(&Issued { client, secret }))
}

/// The row of the user who is named as the owner.
async fn owner_id(realm: Uuid, owner: Option<&str>, context: &Context, db: &Db) -> Result<Option<Uuid>, Failure> {
    let Some(owner) = owner else { return Ok(None) };
    Ok(Some(context.users(db)?.find(realm, owner).await?.id))
}

fn list(clients: &[Client], limit: u64) -> Report {
    let row = |client: &Client| {
        let state = if client.disabled { "disabled" } else { "active" };
        vec![client.client_id.clone(), client.name().to_owned(), client.kind().to_string(), state.to_owned()]
    };
    let rows: Vec<_> = clients.iter().map(row).collect();
    let full = u64::try_from(clients.len()).is_ok_and(|count| count == limit);
    let next = if full { clients.last().map(|client| client.id.to_string()) } else { None };
    let json = json!({ "clients": clients.iter().map(as_json).collect::<Vec<_>>(), "next": next });
    let report = Report::table(&["CLIENT ID", "NAME", "KIND", "STATE"], &rows, json);
    match next {
        Some(next) => report.followed_by(&format!("There may be more: --after {next}")),
        None => report,
    }
}

/// A client with the secret that is shown this once.
fn shown_once(issued: &Issued) -> Report {
    let Some(secret) = &issued.secret else { return show(&issued.client) };
    let mut json = as_json(&issued.client);
    json["client_secret"] = Value::from(secret.expose());
    let mut pairs = pairs(&issued.client);
    pairs.insert(1, ("client secret", secret.expose().to_owned()));
    Report::record(&pairs, json).followed_by("The secret is shown only this once.")
}

fn show(client: &Client) -> Report {
    Report::record(&pairs(client), as_json(client))
}

fn pairs(client: &Client) -> Vec<(&'static str, String)> {
    let metadata = &client.metadata;
    let names = |names: &mut dyn Iterator<Item = &str>| names.collect::<Vec<_>>().join(", ");
    let mut pairs = vec![
        ("client id", client.client_id.clone()),
        ("name", client.name().to_owned()),
        ("kind", client.kind().to_string()),
        ("authentication", metadata.token_endpoint_auth_method.to_string()),
        ("profile", client.settings.profile.to_string()),
        ("grants", names(&mut metadata.grant_types.iter().map(|grant| grant.as_str()))),
        ("response types", names(&mut metadata.response_types.iter().map(|response_type| response_type.as_str()))),
        ("redirect URIs", metadata.redirect_uris.join(", ")),
        ("after logout", metadata.post_logout_redirect_uris.join(", ")),
        ("scope", metadata.scope.as_ref().map(|scope| scope.as_str().to_owned()).unwrap_or_default()),
        ("first party", yes(client.first_party)),
        ("asks for consent", yes(!client.settings.skip_consent)),
        ("default resource", client.settings.default_resource.clone().unwrap_or_default()),
        ("disabled", yes(client.disabled)),
        ("owner", client.owner_id.map(|owner| owner.to_string()).unwrap_or_default()),
        ("registered", instant(client.created_at)),
        ("changed", instant(client.updated_at)),
    ];
    if client.kind() == ClientKind::Confidential {
        let end = |end: Option<_>| end.map_or_else(|| "no end".to_owned(), |end| format!("ends {}", instant(end)));
        let one = |secret: &crate::store::clients::ClientSecret| {
            format!("made {}, {}", instant(secret.created_at), end(secret.expires_at))
        };
        pairs.push(("secrets", client.secrets.iter().map(one).collect::<Vec<_>>().join("; ")));
    }
    pairs
}

fn as_json(client: &Client) -> Value {
    let secret = |secret: &crate::store::clients::ClientSecret| json!({ "created_at": secret.created_at, "expires_at": secret.expires_at });
    json!({
        "id": client.id.to_string(),
        "client_id": client.client_id,
        "owner_id": client.owner_id.map(|owner| owner.to_string()),
        "metadata": client.metadata,
        "first_party": client.first_party,
        "settings": client.settings,
        "disabled": client.disabled,
        "secrets": client.secrets.iter().map(secret).collect::<Vec<_>>(),
        "created_at": client.created_at,
        "updated_at": client.updated_at,
    })
}
