//! Making a user: by an administrator, by the command line, by signing up.

use uuid::Uuid;

use crate::protocol::FieldError;
use crate::protocol::claims::StandardClaims;
use crate::protocol::identifier::{Identifier, IdentifierKind};
use crate::secret::Secret;
use crate::store::events::{Actor, By, Event, EventType};
use crate::store::one_time::OneTime;
use crate::store::users::{Creation, NewUser, Status, User};

use super::fault::{self, Fault};
use super::{Error, Result, Users};

/// An account to make.
#[derive(Debug, Clone, Default)]
pub struct Account {
    /// What its owner signs in with, one at least; the first of each kind is the one put in tokens.
    pub identifiers: Vec<(IdentifierKind, String)>,
    /// Whether the identifiers count as proven: somebody who knows says so.
    pub verified: bool,
    /// The claims but for e-mail address and telephone number, which are identifiers.
    pub claims: StandardClaims,
    /// Whether its owner sees and changes every user and application of the realm.
    pub administrator: bool,
    /// The password; without one nobody can sign in yet.
    pub password: Option<NewPassword>,
}

/// A password for an account.
#[derive(Debug, Clone)]
pub struct NewPassword {
    /// The password.
    pub password: Secret,
    /// Whether it must be changed at the next sign-in.
    pub temporary: bool,
}

/// What a stranger fills in to make an account.
#[derive(Debug, Clone)]
pub struct SignUp {
    /// The e-mail address.
    pub email: String,
    /// The name that is shown.
    pub name: String,
    /// The password.
    pub password: Secret,
}

impl Users {
    /// Makes a user.
    ///
    /// # Errors
    /// [`Error::Invalid`] and [`Error::Claims`]; the password pool's; the database's.
    pub async fn create(&self, realm: Uuid, account: Account, by: &By) -> Result<User> {
        let new = self.prepare(realm, Uuid::nil(), Status::Active, account, by).await?;
        let event = self.event(by, realm, EventType::UserCreated, new.id);
        self.created(realm, new.id, self.insert(new, None, vec![event]).await?).await
    }

    /// Makes the account of a stranger. Whether sign-up is open is the caller's to know; an address that is taken costs the
    /// same work as a free one.
    ///
    /// # Errors
    /// As [`Users::create`].
    pub async fn sign_up(&self, realm: Uuid, form: SignUp, by: &By) -> Result<User> {
        let account = Account {
            identifiers: vec![(IdentifierKind::Email, form.email)],
            claims: StandardClaims { name: Some(form.name.trim().to_owned()), ..StandardClaims::default() },
            password: Some(NewPassword { password: form.password, temporary: false }),
            ..Account::default()
        };
        let id = self.random.id(by.at);
        let new = self.prepare(realm, id, Status::Active, account, by).await?;
        let by = By { actor: Actor::User(id), ..by.clone() };
        let event = self.event(&by, realm, EventType::UserCreated, id);
        self.created(realm, id, self.insert(new, None, vec![event]).await?).await
    }

    /// Checks an account and hashes its password. A nil `id` is replaced by a new one.
    pub(super) async fn prepare(
        &self,
        realm: Uuid,
        id: Uuid,
        status: Status,
        account: Account,
        by: &By,
    ) -> Result<NewUser> {
        let identifiers = self.check(&account)?;
        let password = match account.password {
            Some(new) => Some((self.passwords.hash(&new.password, &self.random).await?, new.temporary)),
            None => None,
        };
        let verified_at = account.verified.then_some(by.at);
        let identifiers = identifiers.into_iter().map(|one| (self.random.id(by.at), one, verified_at)).collect();
        Ok(NewUser {
            id: if id.is_nil() { self.random.id(by.at) } else { id },
            realm_id: realm,
            sub: self.new_sub(),
            status,
            administrator: account.administrator,
            claims: account.claims,
            identifiers,
            password,
            now: by.at,
        })
    }

    /// Stores a new user with their link and the events of it; nothing where an identifier is taken.
    pub(super) async fn insert(&self, new: NewUser, link: Option<OneTime>, events: Vec<Event>) -> Result<Creation> {
        let creation = self.db.write(async move |tx| {
            let creation = tx.create_user(&new).await?;
            if creation != Creation::Created {
                return Ok(creation);
            }
            if let Some(link) = &link {
                tx.create_one_time(link).await?;
            }
            for event in &events {
                tx.record(event).await?;
            }
            Ok(creation)
        });
        Ok(creation.await?)
    }

    /// The user that was made, or which identifier was in the way.
    pub(super) async fn created(&self, realm: Uuid, id: Uuid, creation: Creation) -> Result<User> {
        match creation {
            Creation::Created => self.user(realm, id).await,
            Creation::Taken(kind) => Err(fault::taken(kind)),
        }
    }

    fn check(&self, account: &Account) -> Result<Vec<Identifier>> {
        let mut faults = Vec::new();
        let mut identifiers = Vec::new();
        for (kind, text) in &account.identifiers {
            match fault::identifier(*kind, text) {
                Ok(identifier) => identifiers.push(identifier),
                Err(fault) => faults.push(fault),
            }
        }
        if account.identifiers.is_empty() {
            faults.extend(fault::identifier(IdentifierKind::Email, "").err());
        }
        faults.extend(account.claims.name.as_deref().and_then(fault::name));
        if let Some(new) = &account.password {
            faults.extend(self.password_fault("password", &new.password, &identifiers));
        }
        fault::all(faults)?;
        check_claims(&account.claims)?;
        Ok(identifiers)
    }

    pub(super) fn password_fault(
        &self,
        field: &'static str,
        password: &Secret,
        identifiers: &[Identifier],
    ) -> Option<Fault> {
        fault::password(field, password, self.passwords.policy())
            .or_else(|| fault::personal(field, password, identifiers))
    }
}

/// OpenID Connect Core §5.1; the address and the number come from the identifiers, `updated_at` from the row.
pub(super) fn check_claims(claims: &StandardClaims) -> Result<()> {
    let mut faults = claims.validate().err().unwrap_or_default();
    let elsewhere = [
        ("email", claims.email.is_some()),
        ("email_verified", claims.email_verified.is_some()),
        ("phone_number", claims.phone_number.is_some()),
        ("phone_number_verified", claims.phone_number_verified.is_some()),
        ("updated_at", claims.updated_at.is_some()),
    ];
    for (field, _) in elsewhere.into_iter().filter(|(_, present)| *present) {
        faults.push(FieldError::new(field, "must not be set: it follows from the identifiers and from changes"));
    }
    if faults.is_empty() { Ok(()) } else { Err(Error::Claims(faults)) }
}
