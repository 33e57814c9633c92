//! The ID token hint: whom a client means (OpenID Connect Core §3.1.2.1, RP-Initiated Logout §2).

use serde::Deserialize;

use crate::clock::Timestamp;
use crate::keys::KeyError;
use crate::protocol::claims::{Audience, ID_TOKEN_TYPE};
use crate::protocol::jws::CompactJws;
use crate::store::realms::Realm;

use super::Tokens;

/// What an ID token of ours says. It may be over, and the user gone: it is a hint, and proves nothing but that we issued it.
#[derive(Debug, Clone, Deserialize)]
pub struct IdTokenHint {
    iss: String,
    /// Every ID token has one. Signed userinfo, which has the same type, has none.
    #[serde(rename = "exp")]
    _exp: i64,
    aud: Audience<'static>,
    /// The user.
    pub sub: String,
    /// The session, as its client knows it.
    pub sid: Option<String>,
}

impl IdTokenHint {
    /// Whether the token was issued to this client.
    pub fn is_for(&self, client_id: &str) -> bool {
        self.aud.contains(client_id)
    }

    /// The client that it was issued to, where it is one alone.
    pub fn client_id(&self) -> Option<&str> {
        match &self.aud {
            Audience::One(client_id) => Some(client_id),
            Audience::Many(several) => match &several[..] {
                [only] => Some(only),
                _ => None,
            },
        }
    }
}

impl Tokens {
    /// What `hint` says, if it is an ID token that this realm issued.
    ///
    /// # Errors
    /// Where the realm's keys cannot be had.
    pub async fn id_token_hint(
        &self,
        realm: &Realm,
        hint: &str,
        now: Timestamp,
    ) -> Result<Option<IdTokenHint>, KeyError> {
        let Ok(jws) = CompactJws::parse(hint) else { return Ok(None) };
        let keys = self.0.keys.realm(realm.id, now).await?;
        if keys.verify(&jws, ID_TOKEN_TYPE).is_err() {
            return Ok(None);
        }
        let hint = jws.payload().ok().and_then(|payload| serde_json::from_slice::<IdTokenHint>(&payload).ok());
        Ok(hint.filter(|hint| hint.iss == realm.issuer))
    }
}
