//! The form of the userinfo response (OpenID Connect Core §5.3.2): JSON, or a JWT that is signed, encrypted, or both.

use actix_web::HttpResponse;
use actix_web::http::header;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::app::App;
use crate::keys::KeyError;
use crate::protocol::claims::ID_TOKEN_TYPE;
use crate::store::clients::Client;
use crate::web::errors::{ProtocolError, no_store};
use crate::web::realm::Realm;

/// "If signed, the UserInfo Response MUST contain the Claims iss and aud as members."
#[derive(Serialize)]
struct Signed<'a> {
    iss: &'a str,
    aud: &'a str,
    #[serde(flatten)]
    claims: &'a Map<String, Value>,
}

/// The claims in the form that the client's metadata asks for.
pub(super) async fn of(
    app: &App,
    realm: &Realm,
    client: &Client,
    claims: Map<String, Value>,
) -> Result<HttpResponse, ProtocolError> {
    let responses = &client.metadata.responses;
    let now = app.clock.now();
    let encryption = responses.userinfo_encryption();
    let recipient = app.client_keys.for_encryption(client, encryption, now).await?;
    let signed = match responses.userinfo_signed_response_alg {
        None => None,
        Some(algorithm) => {
            let keys = app.keys.realm(realm.id, now).await?;
            let payload = Signed { iss: &realm.issuer, aud: &client.client_id, claims: &claims };
            Some(keys.signer(algorithm)?.sign(ID_TOKEN_TYPE, &payload)?)
        }
    };
    let jwt = match (encryption, signed) {
        (None, None) => return Ok(no_store(&mut HttpResponse::Ok()).json(claims)),
        (None, Some(signed)) => signed,
        (Some(encryption), signed) => {
            let recipient = recipient.ok_or(KeyError::NoRecipient)?;
            match signed {
                Some(signed) => recipient.encrypt(&signed, encryption.content)?,
                None => recipient.encrypt_claims(&claims, encryption.content)?,
            }
        }
    };
    Ok(no_store(&mut HttpResponse::Ok()).insert_header((header::CONTENT_TYPE, "application/jwt")).body(jwt))
}
