//! The resource servers that one access token is for (RFC 8707 §2).

use std::borrow::Cow;
use std::sync::Arc;

use crate::protocol::access_token::ClaimSet;
use crate::protocol::claims::Audience;
use crate::protocol::resource;
use crate::protocol::scope::STANDARD;
use crate::protocol::{OAuthError, Scope};
use crate::store::resource_servers::{ResourceServer, TokenForm};

/// The most bytes that scope, resources and client id take in an access token's claims: with the rest of them, and the longest signature, the
/// token stays below [`crate::protocol::jws::MAX_BYTES`].
const MAX_NAMED: usize = 4608;

/// The resource servers of one access token: none for the realm's own endpoints, or some that expect tokens alike.
#[derive(Debug, Clone, Copy, Default)]
pub struct Resources<'a>(&'a [Arc<ResourceServer>]);

impl<'a> Resources<'a> {
    /// Takes servers that one token can serve: it has one form, one issuer, one signature.
    ///
    /// # Errors
    /// `invalid_target` where they differ in that.
    pub fn of(servers: &'a [Arc<ResourceServer>]) -> Result<Self, OAuthError> {
        match servers {
            [first, others @ ..] if !others.iter().all(|other| are_served_alike(first, other)) => {
                let description = "one access token cannot be for all of these resources, as they expect different ones: ask for each apart";
                Err(OAuthError::invalid_target(description))
            }
            _ => Ok(Self(servers)),
        }
    }

    /// Whose tokens these are like: any of them.
    pub(super) fn first(self) -> Option<&'a ResourceServer> {
        self.0.first().map(AsRef::as_ref)
    }

    /// The servers.
    pub fn iter(self) -> impl Iterator<Item = &'a ResourceServer> {
        self.0.iter().map(AsRef::as_ref)
    }

    /// What their tokens say.
    pub(super) fn claim_set(self) -> ClaimSet {
        self.first().map_or(ClaimSet::Rfc9068, |server| server.claim_set)
    }

    /// `aud`: the servers, else the realm itself: a default resource indicator (RFC 9068 §3).
    pub(super) fn audience(self, realm_issuer: &'a str) -> Audience<'a> {
        match self.0 {
            [] => Audience::One(Cow::Borrowed(realm_issuer)),
            [only] => Audience::One(Cow::Borrowed(&only.identifier)),
            several => Audience::Many(several.iter().map(|server| Cow::Borrowed(server.identifier.as_str())).collect()),
        }
    }

    /// Says before anything is granted what no token could say: ours are read again up to [`crate::protocol::jws::MAX_BYTES`], and few servers take a longer header.
    ///
    /// # Errors
    /// `invalid_scope`.
    pub fn require_room(self, client_id: &str, scope: &Scope) -> Result<(), OAuthError> {
        let scopes = match self.claim_set() {
            ClaimSet::Rfc9068 => scope.as_str().len(),
            // A list besides the text: each with its quotes and comma.
            ClaimSet::Tekcify => scope.as_str().len() + scope.iter().map(|token| token.len() + 3).sum::<usize>(),
        };
        let resources: usize = self.iter().map(|server| server.identifier.len() + 3).sum();
        if client_id.len() + resources + scopes > MAX_NAMED { Err(too_long()) } else { Ok(()) }
    }

    /// What of `scope` means something at these servers (RFC 8707 §2.2: a token that is for less should allow less).
    ///
    /// # Errors
    /// `invalid_scope` where that is nothing: an answer cannot say so (RFC 6749 §3.3, §5.1).
    pub fn downscoped(self, scope: &Scope) -> Result<Scope, OAuthError> {
        let known =
            scope.filtered(|token| STANDARD.contains(&token) || self.0.iter().any(|server| server.knows(token)));
        if known.is_empty() && !scope.is_empty() {
            return Err(OAuthError::invalid_scope("none of the scopes means anything at these resources"));
        }
        Ok(known)
    }
}

/// An access token that could not be read again.
pub(super) fn too_long() -> OAuthError {
    OAuthError::invalid_scope("the access token would be longer than 8 KiB: ask for fewer scopes or resources")
}

/// Whether two servers take the same token: of the same issuer, with the same claims, under the same key. No two have one secret.
fn are_served_alike(one: &ResourceServer, other: &ResourceServer) -> bool {
    let same_key = match (&one.form, &other.form) {
        (TokenForm::Signed(one), TokenForm::Signed(other)) => one == other,
        (TokenForm::Opaque, TokenForm::Opaque) => true,
        _ => false,
    };
    same_key && one.issuer == other.issuer && one.claim_set == other.claim_set
}

/// The resources that an access token is for, by the identifiers that were granted: those asked for, in any of their spellings, where all were
/// granted; without any, all that were.
///
/// # Errors
/// `invalid_target` (RFC 8707 §2.2).
pub fn narrowed<'a>(asked: &[String], granted: &'a [String]) -> Result<Vec<&'a str>, OAuthError> {
    if asked.is_empty() {
        return Ok(granted.iter().map(String::as_str).collect());
    }
    let mut narrowed = Vec::with_capacity(asked.len());
    for asked in asked {
        let spellings = resource::spellings(asked);
        let found = granted.iter().find(|granted| spellings.contains(granted));
        let refused =
            || OAuthError::invalid_target("the resource was not part of what was granted (RFC 8707 section 2.2)");
        let found = found.ok_or_else(refused)?.as_str();
        if !narrowed.contains(&found) {
            narrowed.push(found);
        }
    }
    Ok(narrowed)
}
