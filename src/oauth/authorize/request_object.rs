//! Request objects at the authorization endpoint (RFC 9101, OpenID Connect Core §6): where one comes from, and whether it is the
//! client's.

use url::Url;

use crate::clients::key_sets::ClientKeyError;
use crate::clients::on_behalf;
use crate::keys::foreign::WantedKey;
use crate::outgoing::Get;
use crate::protocol::algorithm::{ContentEncryption, SigningAlgorithm};
use crate::protocol::jwe::CompactJwe;
use crate::protocol::jws::CompactJws;
use crate::protocol::metadata::Metadata;
use crate::protocol::request_object::{self, Passed, REQUEST_OBJECT_MEDIA_TYPES, REQUEST_OBJECT_TYPE, invalid};
use crate::protocol::{OAuthError, Parameters};
use crate::store::clients::Client;
use crate::web::errors::PageError;
use crate::web::visit::Visit;

/// The most bytes of a fetched object: as many as are read of an encrypted one.
const MAX_BYTES: usize = crate::protocol::jwe::MAX_BYTES;

/// What the endpoint can do with request objects; how they can be encrypted is for the realm's keys to say.
pub(super) fn metadata(metadata: &mut Metadata) {
    metadata.request_parameter_supported = true;
    metadata.request_uri_parameter_supported = true;
    metadata.require_request_uri_registration = true;
    metadata.request_object_signing_alg_values_supported = SigningAlgorithm::ALL.to_vec();
    if !metadata.request_object_encryption_alg_values_supported.is_empty() {
        metadata.request_object_encryption_enc_values_supported = ContentEncryption::ALL.to_vec();
    }
}

/// The parameters of the request object that came, which alone count then; none where no object came and none need come.
pub(super) async fn parameters(
    visit: &Visit,
    client: &Client,
    sent: &Parameters,
) -> Result<Result<Option<Parameters>, OAuthError>, PageError> {
    let passed = request_object::passed(sent);
    if matches!(passed, Ok(Some(_))) {
        if !client.metadata.key_set.is_given() {
            return Ok(Err(invalid("the client has registered no key that it could be signed with")));
        }
        // Fetched, decrypted and verified for whoever asks.
        super::limit(visit).await?;
    }
    let object = match passed {
        Ok(Some(Passed::ByValue(object))) => object.to_owned(),
        Ok(Some(Passed::ByReference(uri))) => match fetched(visit, client, uri).await {
            Ok(object) => object,
            Err(error) => return Ok(Err(error)),
        },
        Ok(None) if client.metadata.request_objects.require_signed_request_object => {
            let what = "the client must send its request as a signed request object (require_signed_request_object)";
            return Ok(Err(OAuthError::invalid_request(what)));
        }
        Ok(None) => return Ok(Ok(None)),
        Err(error) => return Ok(Err(error)),
    };
    let object = match decrypted(visit, object).await? {
        Ok(object) => object,
        Err(error) => return Ok(Err(error)),
    };
    Ok(signed(visit, client, &object).await.map(Some))
}

/// RFC 9101 §10.4: only what the client has registered is fetched, byte by byte; the fragment is not sent.
async fn fetched(visit: &Visit, client: &Client, uri: &str) -> Result<String, OAuthError> {
    let registered = client.metadata.request_objects.request_uris.iter().any(|known| known == uri);
    let url = Url::parse(uri).ok().filter(|_| registered);
    let url =
        url.ok_or_else(|| OAuthError::invalid_request_uri("the request_uri is not one of the client's request_uris"))?;
    let get = Get { url: &url, on_behalf: on_behalf(client), accept: REQUEST_OBJECT_MEDIA_TYPES, max_bytes: MAX_BYTES };
    let answer = visit.app.outgoing.get(&get).await.map_err(|error| {
        tracing::info!(%error, client_id = client.client_id, "a request object cannot be fetched");
        OAuthError::invalid_request_uri(format!("the request object cannot be fetched: {}", error.advice()))
    })?;
    let text = str::from_utf8(&answer.body).map_err(|_| invalid("it is no text"))?;
    Ok(text.trim().to_owned())
}

/// An encrypted object (RFC 9101 §6.1) with what is in it; any other as it is.
async fn decrypted(visit: &Visit, object: String) -> Result<Result<String, OAuthError>, PageError> {
    if object.split('.').count() != 5 {
        return Ok(Ok(object));
    }
    let undecipherable = || invalid("it cannot be decrypted with a key of ours: fetch our JWKS again");
    let Ok(jwe) = CompactJwe::parse(&object) else { return Ok(Err(undecipherable())) };
    let keys = visit.app.keys.realm(visit.realm.id, visit.now).await?;
    let Ok(plain) = keys.decryption().decrypt(&jwe, &visit.app.random) else { return Ok(Err(undecipherable())) };
    Ok(str::from_utf8(&plain).map(str::to_owned).map_err(|_| undecipherable()))
}

/// What an object says that is signed by a key of the client's (RFC 9101 §6.2).
async fn signed(visit: &Visit, client: &Client, object: &str) -> Result<Parameters, OAuthError> {
    let jws = CompactJws::parse(object).map_err(|fault| invalid(&fault.to_string()))?;
    if !jws.is_type_or_untyped(REQUEST_OBJECT_TYPE) {
        return Err(invalid("its typ is that of another kind of token"));
    }
    let registered = client.metadata.request_objects.request_object_signing_alg;
    if registered.is_some_and(|algorithm| jws.algorithm() != algorithm.into()) {
        return Err(invalid("it is not signed with the client's request_object_signing_alg"));
    }
    let keys = visit.app.client_keys.keys_with(client, WantedKey::of(&jws), visit.now).await;
    let keys = keys.map_err(|error| {
        tracing::warn!(%error, client_id = client.client_id, "a client's keys cannot be had");
        match error {
            ClientKeyError::Remote(error) => invalid(error.advice()),
            error => invalid(&error.to_string()),
        }
    })?;
    keys.verify_signature(&jws).map_err(|error| invalid(&error.to_string()))?;
    let claims = jws.claims().map_err(|fault| invalid(&fault.to_string()))?;
    request_object::parameters(&claims, &client.client_id, &visit.realm.issuer, visit.now)
}
