//! Tokens that the authorization endpoint itself hands out, through the browser (OpenID Connect Core §3.2.2.5, §3.3.2.5).

use serde_json::{Map, Value};

use crate::clock::Timestamp;
use crate::protocol::response_type::ResponseType;
use crate::store::events::Origin;

use super::family::{Authorization, Begun};
use super::id_token::{Beside, Subject};
use super::{Recipient, Result, Tokens};

/// What an answer is to hold.
#[derive(Debug, Clone, Copy)]
pub struct Answer<'a> {
    /// What was asked for.
    pub response_type: ResponseType,
    /// The code in the same answer.
    pub code: Option<&'a str>,
    /// The `nonce` of the request.
    pub nonce: Option<&'a str>,
}

/// The tokens of one answer.
#[derive(Debug, Clone, Default)]
pub struct FrontChannelTokens {
    /// An access token, and its lifetime in seconds.
    pub access_token: Option<(String, u64)>,
    /// An ID token.
    pub id_token: Option<String>,
}

impl Tokens {
    /// Issues what `answer` is to hold. An access token begins a family of its own, without a refresh token; an ID token alone writes
    /// nothing. `None` if the user, the session or the grant is gone meanwhile.
    ///
    /// # Errors
    /// [`super::Error::Key`] and [`super::Error::Store`].
    pub async fn answer(
        &self,
        to: Recipient<'_>,
        authorization: &Authorization<'_>,
        answer: Answer<'_>,
        origin: &Origin,
        now: Timestamp,
    ) -> Result<Option<FrontChannelTokens>> {
        let keys = self.0.keys.realm(to.realm.id, now).await?;
        let mut tokens = FrontChannelTokens::default();
        if answer.response_type.has_token() {
            let Begun::Created { family, .. } = self.begin(to, authorization, origin, now).await? else {
                return Ok(None);
            };
            let access = self.access_token(&keys, to, Some(&family), &family.scope, now).await?;
            tokens.access_token = Some((access.token, access.lifetime.as_secs()));
        }
        if answer.response_type.has_id_token() {
            let sid = self.0.keys.sid(authorization.basis.session_id, to.client.id);
            let subject = Subject {
                sub: authorization.sub,
                auth_time: authorization.auth_time,
                acr: authorization.acr,
                amr: authorization.amr,
                sid: Some(&sid),
            };
            let claims = self.claims_of_answer(to, authorization, answer.response_type).await?;
            let beside = Beside {
                access_token: tokens.access_token.as_ref().map(|(token, _)| token.as_str()),
                code: answer.code,
                nonce: answer.nonce,
                claims: claims.as_ref(),
            };
            tokens.id_token = Some(self.id_token(&keys, to, subject, beside, now)?);
        }
        Ok(Some(tokens))
    }

    /// The user's claims in the ID token: those asked for by name, and where there never is an access token, those of the scope
    /// (OpenID Connect Core §5.4).
    async fn claims_of_answer(
        &self,
        to: Recipient<'_>,
        authorization: &Authorization<'_>,
        response_type: ResponseType,
    ) -> Result<Option<Map<String, Value>>> {
        let (realm, user, asked_for) = (to.realm.id, authorization.user_id, &authorization.claims.id_token);
        if response_type == ResponseType::IdToken {
            return self.user_claims(realm, user, authorization.scope, asked_for).await;
        }
        self.claims_by_name(realm, user, asked_for).await
    }
}
