//! `tessera user`: the people who sign in.

mod output;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::json;
use uuid::Uuid;

use crate::protocol::claims::StandardClaims;
use crate::protocol::identifier::{Identifier, IdentifierKind};
use crate::store::Db;
use crate::store::users::{Status, User};
use crate::users::{Account, Error, Invitation, NewPassword, Users};

use super::context::Context;
use super::failure::Failure;
use super::input::PasswordFrom;
use super::report::{Report, instant};

/// What to do with users.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make a user with a password
    Create {
        #[command(flatten)]
        person: Box<Person>,
        #[command(flatten)]
        password: PasswordFrom,
        /// The password must be changed at the first sign-in
        #[arg(long)]
        temporary: bool,
    },
    /// List the users, the newest first
    List {
        /// Those with an identifier that begins so
        #[arg(long, value_name = "TEXT")]
        search: Option<String>,
        /// How many
        #[arg(long, default_value_t = 100)]
        limit: u32,
        /// Go on after this `next`
        #[arg(long, value_name = "NEXT")]
        after: Option<Uuid>,
    },
    /// Show a user
    Show {
        /// Identifier, subject or id
        user: String,
    },
    /// Shut a user out: sessions and tokens end at once
    Disable {
        /// Identifier, subject or id
        user: String,
    },
    /// Sign a user out everywhere: every session and token ends, and the applications that want to know are told
    SignOut {
        /// Identifier, subject or id
        user: String,
    },
    /// Let a user in again
    Enable {
        /// Identifier, subject or id
        user: String,
    },
    /// Set a user's password; wrong attempts are forgotten, sessions end
    SetPassword {
        /// Identifier, subject or id
        user: String,
        #[command(flatten)]
        password: PasswordFrom,
        /// The password must be changed at the next sign-in
        #[arg(long)]
        temporary: bool,
        /// Let the user's sessions go on
        #[arg(long)]
        keep_sessions: bool,
    },
    /// Print a link by which somebody chooses a password, once. Who was invited before gets a new link
    Invite {
        /// E-mail address, user name, or telephone number with +
        identifier: String,
        /// The name that is shown
        #[arg(long)]
        name: Option<String>,
        /// They see and change every user and application of the realm
        #[arg(long)]
        administrator: bool,
    },
}

/// Who somebody is.
#[derive(Debug, Args)]
pub(super) struct Person {
    /// A user name to sign in with
    #[arg(long, value_name = "NAME")]
    username: Option<String>,
    /// An e-mail address to sign in with
    #[arg(long)]
    email: Option<String>,
    /// A telephone number to sign in with, as in +4915112345678
    #[arg(long)]
    phone: Option<String>,
    /// The name that is shown
    #[arg(long)]
    name: Option<String>,
    /// Read further claims from a JSON file, by the names of OpenID Connect Core section 5.1
    #[arg(long, value_name = "FILE")]
    claims_file: Option<PathBuf>,
    /// E-mail address and telephone number count as proven
    #[arg(long)]
    verified: bool,
    /// They see and change every user and application of the realm
    #[arg(long)]
    administrator: bool,
}

/// Runs the command.
pub(super) async fn run(command: Command, context: &Context, db: &Db) -> Result<Report, Failure> {
    let realm = context.realm(db).await?;
    let users = context.users(db)?;
    match command {
        Command::Create { person, password, temporary } => {
            let account = person.account()?;
            let password = NewPassword { password: password.read()?, temporary };
            let account = Account { password: Some(password), ..account };
            let user = users.create(realm.id, account, &context.by()).await?;
            show(&users, &user).await
        }
        Command::List { search, limit, after } => {
            Ok(output::list(&users.list(realm.id, search.as_deref(), after, limit).await?))
        }
        Command::Show { user } => show(&users, &users.find(realm.id, &user).await?).await,
        Command::Disable { user } => {
            let user = users.find(realm.id, &user).await?;
            show(&users, &users.disable(realm.id, user.id, &context.by()).await?).await
        }
        Command::SignOut { user } => {
            let user = users.find(realm.id, &user).await?;
            let sessions = users.sign_out(realm.id, user.id, &context.by()).await?;
            let text = format!("Signed out. Sessions that ended: {sessions}.");
            Ok(Report::new(text, json!({ "user": user.id.to_string(), "sessions": sessions })))
        }
        Command::Enable { user } => {
            let user = users.find(realm.id, &user).await?;
            show(&users, &users.enable(realm.id, user.id, &context.by()).await?).await
        }
        Command::SetPassword { user, password, temporary, keep_sessions } => {
            let user = users.find(realm.id, &user).await?;
            let password = NewPassword { password: password.read()?, temporary };
            users.set_password(realm.id, user.id, password, !keep_sessions, &context.by()).await?;
            show(&users, &user).await
        }
        Command::Invite { identifier, name, administrator } => {
            let invitation = invite(realm.id, &identifier, name, administrator, &users, context).await?;
            let link = realm.url(&format!("/invitation?token={}", invitation.token.expose()));
            let json = json!({
                "user": invitation.user.id.to_string(), "link": link, "expires_at": invitation.expires_at,
            });
            let until = instant(invitation.expires_at);
            Ok(Report::new(format!("{link}\nThe link works once, until {until}."), json))
        }
    }
}

async fn invite(
    realm: Uuid,
    text: &str,
    name: Option<String>,
    administrator: bool,
    users: &Users,
    context: &Context,
) -> Result<Invitation, Failure> {
    let lifetime = context.config.lifetimes.invitation.duration();
    match users.find(realm, text).await {
        Ok(user) => Ok(users.invite_again(realm, user.id, lifetime, &context.by()).await?),
        Err(Error::NotFound) => {
            let identifier = Identifier::guess(text).map_err(|fault| {
                Failure::refused(format!("{text:?} {fault}: name an e-mail address or a user name."))
            })?;
            let account = Account {
                identifiers: vec![(identifier.kind(), text.to_owned())],
                claims: StandardClaims { name, ..StandardClaims::default() },
                administrator,
                ..Account::default()
            };
            Ok(users.invite(realm, account, lifetime, &context.by()).await?)
        }
        Err(error) => Err(error.into()),
    }
}

async fn show(users: &Users, user: &User) -> Result<Report, Failure> {
    let (user, identifiers) = users.show(user.realm_id, user.id).await?;
    Ok(output::show(&user, &identifiers))
}

impl Person {
    fn account(&self) -> Result<Account, Failure> {
        let named = [
            (IdentifierKind::UserName, &self.username),
            (IdentifierKind::Email, &self.email),
            (IdentifierKind::Phone, &self.phone),
        ];
        let identifiers: Vec<_> = named.into_iter().filter_map(|(kind, text)| Some((kind, text.clone()?))).collect();
        if identifiers.is_empty() {
            return Err(Failure::refused("Name a way to sign in: --username, --email or --phone."));
        }
        let mut claims = self.claims_file.as_deref().map(read_claims).transpose()?.unwrap_or_default();
        claims.name = self.name.clone().or(claims.name);
        Ok(Account { identifiers, verified: self.verified, claims, administrator: self.administrator, password: None })
    }
}

fn read_claims(path: &std::path::Path) -> Result<StandardClaims, Failure> {
    let shown = path.display();
    let text =
        std::fs::read_to_string(path).map_err(|error| Failure::failed(format!("{shown} cannot be read: {error}.")))?;
    serde_json::from_str(&text)
        .map_err(|error| Failure::refused(format!("{shown} is not an object of claims: {error}.")))
}

const fn status_word(status: Status) -> &'static str {
    match status {
        Status::Active => "active",
        Status::Invited => "invited",
        Status::Disabled => "disabled",
    }
}
