//! Logout tokens (OpenID Connect Back-Channel Logout §2.4).

use std::time::Duration;

use crate::clock::Timestamp;
use crate::protocol::claims::{LOGOUT_TOKEN_TYPE, LogoutEvents, LogoutTokenClaims};
use crate::store::clients::Client;
use crate::store::realms::Realm;
use crate::store::session_clients::SessionClient;

use super::{Result, Tokens};

/// A logout token is for now: §2.4 advises two minutes at most.
const LIFETIME: Duration = Duration::from_mins(2);

impl Tokens {
    /// Signs the token that tells `client` of the end of a session, by the algorithm of its ID tokens. Its `jti` is that of every
    /// further try.
    ///
    /// # Errors
    /// [`super::Error::Key`].
    pub async fn logout_token(
        &self,
        realm: &Realm,
        client: &Client,
        ended: &SessionClient,
        now: Timestamp,
    ) -> Result<String> {
        let keys = self.0.keys.realm(realm.id, now).await?;
        let jti = ended.id.simple().to_string();
        let claims = LogoutTokenClaims {
            iss: &realm.issuer,
            sub: &ended.sub,
            aud: &client.client_id,
            iat: now.seconds(),
            exp: (now + LIFETIME).seconds(),
            jti: &jti,
            sid: &ended.sid,
            events: LogoutEvents::default(),
        };
        let signer = keys.signer(client.metadata.id_token_signed_response_alg)?;
        Ok(signer.sign(LOGOUT_TOKEN_TYPE, &claims)?)
    }
}
