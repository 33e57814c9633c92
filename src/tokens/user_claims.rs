//! What is known of a user, as claims.

use serde_json::{Map, Value};
use uuid::Uuid;

use crate::protocol::Scope;
use crate::protocol::claims::StandardClaims;
use crate::protocol::identifier::{Identifier, IdentifierKind};
use crate::store::users::{User, UserIdentifier};

use super::{Result, Tokens};

impl Tokens {
    /// What `scope`, and those who asked by name, are told of a user: none if the user is gone. One read.
    ///
    /// # Errors
    /// [`super::Error::Store`].
    pub async fn user_claims(
        &self,
        realm: Uuid,
        user: Uuid,
        scope: &Scope,
        asked_for: &[String],
    ) -> Result<Option<Map<String, Value>>> {
        let profile = self.0.db.profile(realm, user).await?;
        Ok(profile.map(|(user, identifiers)| claims_of(&user, &identifiers).released(scope, asked_for)))
    }

    /// The claims in an ID token that were asked for by name: a read only where there are any.
    pub(super) async fn claims_by_name(
        &self,
        realm: Uuid,
        user: Uuid,
        asked_for: &[String],
    ) -> Result<Option<Map<String, Value>>> {
        if asked_for.is_empty() {
            return Ok(None);
        }
        self.user_claims(realm, user, &Scope::default(), asked_for).await
    }
}

/// What is known of a user: what the profile holds, and the identifiers that tokens show (OpenID Connect Core §5.1).
fn claims_of(user: &User, identifiers: &[UserIdentifier]) -> StandardClaims {
    let primary = |kind| identifiers.iter().find(|one| one.kind == kind && one.is_primary);
    let (email, phone) = (primary(IdentifierKind::Email), primary(IdentifierKind::Phone));
    let user_name = primary(IdentifierKind::UserName).map(|name| name.display.clone());
    StandardClaims {
        preferred_username: user.claims.preferred_username.clone().or(user_name),
        email: email.map(|email| email.display.clone()),
        email_verified: email.map(|email| email.verified_at.is_some()),
        phone_number: phone.map(e164),
        phone_number_verified: phone.map(|phone| phone.verified_at.is_some()),
        updated_at: Some(user.updated_at.seconds()),
        ..user.claims.clone()
    }
}

/// OpenID Connect Core §5.1: E.164, however the number was typed.
fn e164(phone: &UserIdentifier) -> String {
    let parsed = Identifier::parse(IdentifierKind::Phone, &phone.display);
    parsed.map_or_else(|_| phone.display.clone(), |number| number.canonical().to_owned())
}
