//! Changing a user: the claims, and whether they may sign in.

use uuid::Uuid;

use crate::clock::Timestamp;
use crate::protocol::claims::StandardClaims;
use crate::store::events::{Actor, By, EventType};
use crate::store::users::{Status, User};
use crate::store::{self, Tx};

use super::create::check_claims;
use super::fault;
use super::{Error, Result, Users};

impl Users {
    /// Replaces a user's claims.
    ///
    /// # Errors
    /// [`Error::Invalid`] and [`Error::Claims`]; [`Error::NotFound`]; the database's.
    pub async fn set_claims(&self, realm: Uuid, user: Uuid, claims: StandardClaims, by: &By) -> Result<User> {
        fault::all(claims.name.as_deref().and_then(fault::name))?;
        check_claims(&claims)?;
        self.update(realm, user, by, async move |tx, now| tx.set_user_claims(realm, user, &claims, now).await).await
    }

    /// Sets the name that is shown, and nothing else: other claims may be somebody else's to change meanwhile.
    ///
    /// # Errors
    /// [`Error::Invalid`]; [`Error::NotFound`]; the database's.
    pub async fn set_name(&self, realm: Uuid, user: Uuid, name: &str, by: &By) -> Result<User> {
        let name = name.trim().to_owned();
        fault::all(fault::name(&name))?;
        self.update(realm, user, by, async move |tx, now| tx.set_user_name(realm, user, &name, now).await).await
    }

    /// Makes a change that says whether there was such a user, and records it.
    async fn update<F>(&self, realm: Uuid, user: Uuid, by: &By, change: F) -> Result<User>
    where
        F: AsyncFn(&Tx, Timestamp) -> store::Result<bool> + Send + 'static,
    {
        let (event, now) = (self.event(by, realm, EventType::UserUpdated, user), by.at);
        let changed = self.db.write(async move |tx| {
            let changed = change(tx, now).await?;
            if changed {
                tx.record(&event).await?;
            }
            Ok(changed)
        });
        if changed.await? { self.user(realm, user).await } else { Err(Error::NotFound) }
    }

    /// Shuts a user out: their sessions and all that was issued to them end with it.
    ///
    /// # Errors
    /// [`Error::Oneself`]; [`Error::NotFound`]; the database's.
    pub async fn disable(&self, realm: Uuid, user: Uuid, by: &By) -> Result<User> {
        if by.actor == Actor::User(user) {
            return Err(Error::Oneself);
        }
        self.set_status(realm, user, Status::Disabled, EventType::UserDisabled, by).await
    }

    /// Signs a user out everywhere, and ends all that was issued to them, for offline access too; says how many sessions there were.
    ///
    /// # Errors
    /// [`Error::NotFound`]; the database's.
    pub async fn sign_out(&self, realm: Uuid, user: Uuid, by: &By) -> Result<u64> {
        let event = self.event(by, realm, EventType::UserSignedOut, user);
        let now = by.at;
        let ended = self.db.write(async move |tx| {
            let ended = tx.sign_out_user(realm, user, now).await?;
            if let Some(count) = ended {
                tx.record(&event.clone().with_data(serde_json::json!({ "count": count }))).await?;
            }
            Ok(ended)
        });
        ended.await?.ok_or(Error::NotFound)
    }

    /// Lets a user in again; one who has no password yet waits for their invitation to be accepted again.
    ///
    /// # Errors
    /// [`Error::NotFound`]; the database's.
    pub async fn enable(&self, realm: Uuid, user: Uuid, by: &By) -> Result<User> {
        let account = self.db.password_account_of(realm, user).await?.ok_or(Error::NotFound)?;
        let status = if account.phc.is_some() { Status::Active } else { Status::Invited };
        self.set_status(realm, user, status, EventType::UserEnabled, by).await
    }

    async fn set_status(
        &self,
        realm: Uuid,
        user: Uuid,
        status: Status,
        event_type: EventType,
        by: &By,
    ) -> Result<User> {
        let user = self.user(realm, user).await?;
        if user.status == status {
            return Ok(user);
        }
        let event = self.event(by, realm, event_type, user.id);
        let (id, now) = (user.id, by.at);
        let changed = self
            .db
            .write(async move |tx| {
                let changed = tx.set_user_status(realm, id, status, now).await?;
                if changed {
                    tx.record(&event).await?;
                }
                Ok(changed)
            })
            .await?;
        if changed { self.user(realm, id).await } else { Err(Error::NotFound) }
    }
}
