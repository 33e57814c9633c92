//! Software statements (RFC 7591 §2.3): metadata that somebody vouches for whom the operator trusts.

use serde_json::{Map, Value};

use crate::clock::Timestamp;
use crate::config::StatementIssuer;
use crate::keys::remote::RemoteJwks;
use crate::outgoing::OnBehalf;
use crate::protocol::claims::is_for;
use crate::protocol::jws::CompactJws;
use crate::protocol::jwt_times::JwtTimes;
use crate::protocol::{ErrorCode, OAuthError};

/// Claims of the JWT itself: they are no metadata.
const REGISTERED_CLAIMS: &[&str] = &["iss", "sub", "aud", "exp", "nbf", "iat", "jti"];

/// `typ` of its header, where it has one of its own: named as others are (RFC 8725 §3.11), registered nowhere.
const SOFTWARE_STATEMENT_TYPE: &str = "software-statement+jwt";

/// The members that a statement vouches for, once its signature is that of an issuer who is trusted, and it is for nobody else than `us`, the
/// realm's issuer. Fetches the keys of who made it.
///
/// # Errors
/// `unapproved_software_statement` where the issuer is not trusted; `invalid_software_statement` where the statement is not sound.
pub(super) async fn vouched_for(
    issuers: &[StatementIssuer],
    remote: &RemoteJwks,
    statement: &str,
    us: &str,
    now: Timestamp,
) -> Result<Map<String, Value>, OAuthError> {
    let jws = CompactJws::parse(statement).map_err(|fault| invalid(&fault.to_string()))?;
    if !jws.is_type_or_untyped(SOFTWARE_STATEMENT_TYPE) {
        return Err(invalid("its typ is that of another token"));
    }
    let claims = jws.claims().map_err(|fault| invalid(&fault.to_string()))?;
    if !is_for(&claims, us) {
        return Err(invalid(&format!("aud must be {us}, the issuer")));
    }
    let said = claims.get("iss").and_then(Value::as_str).ok_or_else(|| invalid("it must say iss"))?;
    let trusted = issuers.iter().find(|issuer| issuer.issuer == said);
    let trusted = trusted.ok_or_else(|| {
        let what = "who made the software statement is not trusted here";
        OAuthError::new(ErrorCode::UnapprovedSoftwareStatement, what)
    })?;
    let keys = remote.keys_for(&trusted.jwks_uri, OnBehalf::Operator, &jws, now).await.map_err(|error| {
        tracing::warn!(%error, issuer = trusted.issuer, "the keys of an issuer of software statements cannot be had");
        invalid("the keys of its issuer cannot be had")
    })?;
    keys.verify_signature(&jws).map_err(|error| invalid(&error.to_string()))?;
    JwtTimes::of(&claims).require(now).map_err(|fault| invalid(&fault.to_string()))?;
    Ok(claims.into_iter().filter(|(name, _)| !REGISTERED_CLAIMS.contains(&name.as_str())).collect())
}

fn invalid(what: &str) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidSoftwareStatement, format!("the software statement is not taken: {what}"))
}
