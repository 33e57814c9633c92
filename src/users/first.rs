//! The first administrator of a realm: by a one-time link, or from the configuration.

use std::time::Duration;

use uuid::Uuid;

use crate::clock::Timestamp;
use crate::config;
use crate::locale::Message;
use crate::protocol::claims::StandardClaims;
use crate::protocol::identifier::{Identifier, IdentifierKind};
use crate::secret::Secret;
use crate::store::events::{Actor, By, EventType, Origin};
use crate::store::one_time::{Kind, OneTime};
use crate::store::users::{Creation, Status, User};

use super::fault::{self, Fault};
use super::{Account, Error, NewPassword, Result, Users};

/// How far apart the clocks of two nodes may be.
const CLOCKS_APART: Duration = Duration::from_secs(30);

/// What the page behind the one-time link asks for.
#[derive(Debug, Clone)]
pub struct FirstAdministrator {
    /// An e-mail address or user name.
    pub identifier: String,
    /// The name that is shown.
    pub name: String,
    /// The password.
    pub password: Secret,
}

impl Users {
    /// A new link for the first administrator, printed by a process that began at `started`; every earlier link is void. None
    /// where the realm has an administrator, or where another node that starts at the same time was faster: it prints its own.
    ///
    /// # Errors
    /// The database's.
    pub async fn administrator_link(
        &self,
        realm: Uuid,
        started: Timestamp,
        lifetime: Duration,
        now: Timestamp,
    ) -> Result<Option<Secret>> {
        let before = self.db.administrator_link(realm).await?;
        // One from the future is a wrong clock's, and must not keep everybody out.
        let is_rival = before.as_ref().is_some_and(|(_, made)| (started..=now + CLOCKS_APART).contains(made));
        if is_rival || self.db.has_administrator(realm).await? {
            return Ok(None);
        }
        let before = before.map(|(hash, _)| hash);
        let token = self.new_token();
        let link = OneTime {
            id: self.random.id(now),
            realm_id: realm,
            kind: Kind::Administrator,
            token_hash: token.sha256(),
            user_id: None,
            data: serde_json::json!({}),
            expires_at: now + lifetime,
            created_at: now,
        };
        let won = self.db.write(async move |tx| tx.replace_administrator_link(&link, before.as_deref()).await).await?;
        Ok(won.then_some(token))
    }

    /// Whether the page behind such a link may be shown.
    ///
    /// # Errors
    /// The database's.
    pub async fn is_administrator_link(&self, realm: Uuid, token: &Secret, now: Timestamp) -> Result<bool> {
        let link = self.db.one_time(realm, Kind::Administrator, token.sha256(), now).await?;
        Ok(link.is_some() && !self.db.has_administrator(realm).await?)
    }

    /// Uses the link up and makes the first administrator, both or neither.
    ///
    /// # Errors
    /// [`Error::DeadLink`]; as [`Users::create`].
    pub async fn create_first_administrator(
        &self,
        realm: Uuid,
        token: &Secret,
        form: FirstAdministrator,
        origin: &Origin,
        now: Timestamp,
    ) -> Result<User> {
        // Before the hash: whoever guesses at links gets no work done.
        if !self.is_administrator_link(realm, token, now).await? {
            return Err(Error::DeadLink);
        }
        let (account, id) = (account(form)?, self.random.id(now));
        let by = By { actor: Actor::User(id), origin: origin.clone(), at: now };
        let new = self.prepare(realm, id, Status::Active, account, &by).await.map_err(of_one_field)?;
        let event = self.event(&by, realm, EventType::UserCreated, id);
        let hash = token.sha256();
        let outcome = self
            .db
            .write(async move |tx| {
                if !tx.use_one_time(realm, Kind::Administrator, hash, now).await? {
                    return Ok(None);
                }
                let creation = tx.create_user(&new).await?;
                match creation {
                    Creation::Created => tx.record(&event).await?,
                    Creation::Taken(_) => tx.give_back_one_time(realm, Kind::Administrator, hash).await?,
                }
                Ok(Some(creation))
            })
            .await?;
        self.created(realm, id, outcome.ok_or(Error::DeadLink)?).await.map_err(of_one_field)
    }

    /// Makes the administrator of an unattended start; says whether it did. Where one of the names has an account already,
    /// nothing is changed, its password least of all.
    ///
    /// # Errors
    /// As [`Users::create`].
    pub async fn ensure_administrator(
        &self,
        realm: Uuid,
        configured: &config::Administrator,
        now: Timestamp,
    ) -> Result<bool> {
        let Some(password) = &configured.password else { return Ok(false) };
        let names = [(IdentifierKind::UserName, &configured.username), (IdentifierKind::Email, &configured.email)];
        let mut identifiers = Vec::new();
        for (kind, text) in names {
            let Some(text) = text else { continue };
            let identifier = fault::identifier(kind, text).map_err(|fault| Error::Invalid(vec![fault]))?;
            if self.db.user_by_identifier(realm, &identifier).await?.is_some() {
                return Ok(false);
            }
            identifiers.push((kind, text.clone()));
        }
        if identifiers.is_empty() {
            return Ok(false);
        }
        let account = Account {
            identifiers,
            verified: true,
            administrator: true,
            password: Some(NewPassword { password: password.clone(), temporary: false }),
            ..Account::default()
        };
        let by = By::operator(now);
        let new = self.prepare(realm, Uuid::nil(), Status::Active, account, &by).await?;
        let event = self.event(&by, realm, EventType::UserCreated, new.id);
        // Another node that starts at the same time may be faster: then there is nothing left to do.
        Ok(self.insert(new, None, vec![event]).await? == Creation::Created)
    }
}

/// The page has one field for an address or a user name.
fn account(form: FirstAdministrator) -> Result<Account> {
    let text = form.identifier.trim();
    let wrong = if text.is_empty() { "error-identifier-missing" } else { "error-email-wrong" };
    let fault = |_| Error::Invalid(vec![Fault::new("email", Message::new(wrong))]);
    let identifier = Identifier::guess(text).map_err(fault)?;
    Ok(Account {
        identifiers: vec![(identifier.kind(), text.to_owned())],
        claims: StandardClaims { name: Some(form.name.trim().to_owned()), ..StandardClaims::default() },
        administrator: true,
        password: Some(NewPassword { password: form.password, temporary: false }),
        ..Account::default()
    })
}

/// Whatever was typed into it, the field is called `email`.
fn of_one_field(error: Error) -> Error {
    let Error::Invalid(faults) = error else { return error };
    let renamed = faults.into_iter().map(|fault| match fault.field {
        "user_name" | "phone" => Fault { field: "email", ..fault },
        _ => fault,
    });
    Error::Invalid(renamed.collect())
}
