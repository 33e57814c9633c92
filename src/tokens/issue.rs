//! The token response: everything that one grant brings, signed.

use crate::clock::Timestamp;
use crate::protocol::Scope;
use crate::protocol::scope::OPENID;
use crate::protocol::token_response::{TokenResponse, TokenType};
use crate::store::families::Family;

use super::id_token::Beside;
use super::{Recipient, Result, Tokens};

/// What is granted.
#[derive(Debug, Clone, Copy)]
pub enum Grant<'a> {
    /// A user's authorization.
    User {
        /// The family that the tokens belong to.
        family: &'a Family,
        /// The scope of this access token: the family's, or less.
        scope: &'a Scope,
        /// The refresh token to hand out.
        refresh_token: Option<&'a str>,
        /// The `nonce` of the authorization request, which comes back in the ID token; none for a refresh.
        nonce: Option<&'a str>,
    },
    /// The client's own (RFC 6749 §4.4): no user, no family.
    Client {
        /// The scope of the access token.
        scope: &'a Scope,
    },
}

impl Tokens {
    /// Issues the tokens of a grant: an access token, and with scope `openid` an ID token. Nothing is written.
    ///
    /// # Errors
    /// [`super::Error::Key`] and [`super::Error::Store`], where the realm's keys cannot be had.
    pub async fn issue(&self, to: Recipient<'_>, grant: Grant<'_>, now: Timestamp) -> Result<TokenResponse> {
        let keys = self.0.keys.realm(to.realm.id, now).await?;
        let (family, scope) = match grant {
            Grant::User { family, scope, .. } => (Some(family), scope),
            Grant::Client { scope } => (None, scope),
        };
        let access = self.access_token(&keys, to, family, scope, now).await?;
        let id_token = match grant {
            Grant::User { family, scope, nonce, .. } if scope.contains(OPENID) => {
                let claims = self.claims_by_name(to.realm.id, family.user_id, &family.claims.id_token).await?;
                let beside =
                    Beside { access_token: Some(&access.token), nonce, claims: claims.as_ref(), ..Beside::default() };
                Some(self.id_token(&keys, to, family.into(), beside, now)?)
            }
            _ => None,
        };
        Ok(TokenResponse {
            access_token: access.token,
            token_type: TokenType::Bearer,
            expires_in: access.lifetime.as_secs(),
            scope: (!scope.is_empty()).then(|| scope.clone()),
            refresh_token: match grant {
                Grant::User { refresh_token, .. } => refresh_token.map(str::to_owned),
                Grant::Client { .. } => None,
            },
            id_token,
        })
    }
}
