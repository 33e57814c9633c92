//! What is known of a user, as claims.

use crate::protocol::claims::StandardClaims;
use crate::protocol::identifier::{Identifier, IdentifierKind};
use crate::store::users::{User, UserIdentifier};

/// What is known of a user: what the profile holds, and the identifiers that tokens show (OpenID Connect Core §5.1).
pub fn claims_of(user: &User, identifiers: &[UserIdentifier]) -> StandardClaims {
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
