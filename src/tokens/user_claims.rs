//! What is known of a user, as claims.

use std::sync::Arc;

use serde_json::{Map, Value};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::protocol::Scope;
use crate::protocol::claims::StandardClaims;
use crate::protocol::identifier::{Identifier, IdentifierKind};
use crate::store::users::{User, UserIdentifier};

use super::inspect::Remembrance;
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

    /// The same for userinfo, where `tokens.introspection_cache` may allow what was read before; what this process has changed of the
    /// user since shows at once.
    ///
    /// # Errors
    /// [`super::Error::Store`].
    pub async fn userinfo_claims(
        &self,
        realm: Uuid,
        user: Uuid,
        scope: &Scope,
        asked_for: &[String],
        now: Timestamp,
    ) -> Result<Option<Map<String, Value>>> {
        let patience = self.0.settings.introspection_cache.duration();
        if patience.is_zero() {
            return self.user_claims(realm, user, scope, asked_for).await;
        }
        let known = self.0.remembered.users.get(&user).filter(|known| known.holds(&self.0.db, patience, now, [user]));
        if let Some(known) = known {
            return Ok(Some(known.value.released(scope, asked_for)));
        }
        let moment = self.0.db.moment();
        let Some((found, identifiers)) = self.0.db.profile(realm, user).await? else { return Ok(None) };
        let value = Arc::new(claims_of(&found, &identifiers));
        self.0.remembered.users.insert(user, Remembrance { at: now, moment, value: Arc::clone(&value) });
        Ok(Some(value.released(scope, asked_for)))
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
