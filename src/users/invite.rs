//! Inviting a user: an account without a password, and a link that sets one, once.

use std::time::Duration;

use uuid::Uuid;

use crate::clock::Timestamp;
use crate::protocol::identifier::Identifier;
use crate::secret::Secret;
use crate::store::events::{By, EventType, Origin};
use crate::store::one_time::{Kind, OneTime};
use crate::store::users::{Status, User, UserIdentifier};

use super::fault;
use super::{Account, Error, Result, Users};

/// An invitation, with the token that is shown this once.
#[derive(Debug, Clone)]
pub struct Invitation {
    /// The user.
    pub user: User,
    /// The token of the link.
    pub token: Secret,
    /// When the link ends.
    pub expires_at: Timestamp,
}

/// What an invited user fills in.
#[derive(Debug, Clone)]
pub struct Acceptance {
    /// The name that is shown.
    pub name: String,
    /// The password.
    pub password: Secret,
}

impl Users {
    /// Makes a user who chooses their password by a link.
    ///
    /// # Errors
    /// [`Error::Invalid`] and [`Error::Claims`]; the database's.
    pub async fn invite(&self, realm: Uuid, account: Account, lifetime: Duration, by: &By) -> Result<Invitation> {
        let account = Account { password: None, ..account };
        let new = self.prepare(realm, Uuid::nil(), Status::Invited, account, by).await?;
        let id = new.id;
        let (token, link) = self.link(realm, id, lifetime, by.at);
        let expires_at = link.expires_at;
        let events =
            [EventType::UserCreated, EventType::UserInvited].map(|event_type| self.event(by, realm, event_type, id));
        let creation = self.insert(new, Some(link), events.to_vec()).await?;
        Ok(Invitation { user: self.created(realm, id, creation).await?, token, expires_at })
    }

    /// A new link for a user who has not accepted yet; the earlier one is void.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::NotInvited`]; the database's.
    pub async fn invite_again(&self, realm: Uuid, user: Uuid, lifetime: Duration, by: &By) -> Result<Invitation> {
        let user = self.user(realm, user).await?;
        if user.status != Status::Invited {
            return Err(Error::NotInvited);
        }
        let (token, link) = self.link(realm, user.id, lifetime, by.at);
        let expires_at = link.expires_at;
        let event = self.event(by, realm, EventType::UserInvited, user.id);
        self.db
            .write(async move |tx| {
                tx.create_one_time(&link).await?;
                tx.record(&event).await
            })
            .await?;
        Ok(Invitation { user, token, expires_at })
    }

    /// Whom a live link invites, with their identifiers: to show its page.
    ///
    /// # Errors
    /// [`Error::DeadLink`]; the database's.
    pub async fn invited(&self, realm: Uuid, token: &Secret, now: Timestamp) -> Result<(User, Vec<UserIdentifier>)> {
        let link = self.db.one_time(realm, Kind::Invitation, token.sha256(), now).await?;
        let Some((Some(user), _)) = link else { return Err(Error::DeadLink) };
        let (user, identifiers) = self.show(realm, user).await?;
        if user.status == Status::Invited { Ok((user, identifiers)) } else { Err(Error::DeadLink) }
    }

    /// Uses the link up, sets name and password and lets the user in: all of it or nothing.
    ///
    /// # Errors
    /// [`Error::DeadLink`]; [`Error::Invalid`]; the password pool's; the database's.
    pub async fn accept_invitation(
        &self,
        realm: Uuid,
        token: &Secret,
        acceptance: Acceptance,
        origin: &Origin,
        now: Timestamp,
    ) -> Result<User> {
        let (user, identifiers) = self.invited(realm, token, now).await?;
        let own = identifiers.iter().filter_map(|one| Identifier::parse(one.kind, &one.display).ok());
        let name = acceptance.name.trim();
        let faults = fault::name(name).into_iter();
        fault::all(faults.chain(self.password_fault("password", &acceptance.password, &own.collect::<Vec<_>>())))?;
        let phc = self.passwords.hash(&acceptance.password, &self.random).await?;
        let by = By::user(user.id, origin, now);
        let events = [EventType::UserEnabled, EventType::PasswordChanged]
            .map(|event_type| self.event(&by, realm, event_type, user.id))
            .map(|event| event.with_data(serde_json::json!({ "by": "invitation" })));
        let (id, hash, name) = (user.id, token.sha256(), name.to_owned());
        let accepted = self
            .db
            .write(async move |tx| {
                // The user first: one who was shut out meanwhile stays shut out, and the link stays as it was.
                if !tx.activate_invited(realm, id, now).await? {
                    return Ok(false);
                }
                if !tx.use_one_time(realm, Kind::Invitation, hash, now).await? {
                    tx.set_user_status(realm, id, Status::Invited, now).await?;
                    return Ok(false);
                }
                tx.set_user_name(realm, id, &name, now).await?;
                tx.set_password(realm, id, &phc, false, now).await?;
                for event in &events {
                    tx.record(event).await?;
                }
                Ok(true)
            })
            .await?;
        if accepted { self.user(realm, id).await } else { Err(Error::DeadLink) }
    }

    fn link(&self, realm: Uuid, user: Uuid, lifetime: Duration, now: Timestamp) -> (Secret, OneTime) {
        let token = self.new_token();
        let link = OneTime {
            id: self.random.id(now),
            realm_id: realm,
            kind: Kind::Invitation,
            token_hash: token.sha256(),
            user_id: Some(user),
            data: serde_json::json!({}),
            expires_at: now + lifetime,
            created_at: now,
        };
        (token, link)
    }
}
