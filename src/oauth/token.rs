//! The token endpoint (RFC 6749 §3.2): one pipeline for every grant, whose order is the order of [`exchange`].

mod authorization_code;
mod client_credentials;
mod refresh_token;

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};

use crate::app::Shared;
use crate::clock::Timestamp;
use crate::keys::encrypt::RecipientKey;
use crate::protocol::OAuthError;
use crate::protocol::algorithm::{ContentEncryption, JwsAlgorithm, KeyManagementAlgorithm};
use crate::protocol::grant_type::GrantType;
use crate::protocol::metadata::Metadata;
use crate::protocol::token_endpoint_auth_method::TokenEndpointAuthMethod;
use crate::protocol::token_request::TokenRequest;
use crate::protocol::token_response::TokenResponse;
use crate::store::clients::Client;
use crate::store::resource_servers::ResourceServer;
use crate::tokens::Recipient;
use crate::tokens::resources::Resources;
use crate::web::body::Body;
use crate::web::cors;
use crate::web::errors::{ProtocolError, no_store};
use crate::web::realm::Realm;

use super::client_authentication;

/// A token request that is let in: what every grant has at hand.
pub(super) struct Admitted {
    app: Shared,
    request: HttpRequest,
    realm: Realm,
    client: Arc<Client>,
    /// The client's own key, where its ID tokens are encrypted.
    id_token_key: Option<Arc<RecipientKey>>,
    now: Timestamp,
}

/// The endpoint's routes.
pub(super) fn routes(config: &mut web::ServiceConfig) {
    config.service(web::resource("/oauth2/token").wrap(cors::any_origin()).post(token));
}

/// What the endpoint can do: the dispatcher's own list.
pub(super) fn metadata(metadata: &mut Metadata) {
    metadata.token_endpoint = Some(format!("{}/oauth2/token", metadata.issuer));
    metadata.id_token_encryption_alg_values_supported = KeyManagementAlgorithm::ALL.to_vec();
    metadata.id_token_encryption_enc_values_supported = ContentEncryption::ALL.to_vec();
    metadata.grant_types_supported = GrantType::SUPPORTED.to_vec();
    metadata.token_endpoint_auth_methods_supported = TokenEndpointAuthMethod::ALL.to_vec();
    metadata.token_endpoint_auth_signing_alg_values_supported = JwsAlgorithm::ALL.to_vec();
}

async fn token(request: HttpRequest, realm: Realm, body: Body) -> Result<HttpResponse, ProtocolError> {
    let tokens = exchange(request, realm, &body).await?;
    Ok(no_store(&mut HttpResponse::Ok()).json(tokens))
}

async fn exchange(request: HttpRequest, realm: Realm, body: &[u8]) -> Result<TokenResponse, ProtocolError> {
    let (form, client) = client_authentication::admit(&request, &realm, body).await?;
    let asked = TokenRequest::parse(&form)?;
    if !client.metadata.allows(asked.grant_type()) {
        return Err(OAuthError::unauthorized_client("the client is not registered for this grant_type").into());
    }
    let app = crate::web::app(&request).clone();
    let now = app.clock.now();
    // Before anything is consumed: a client whose server is down comes again with the same code or refresh token.
    let encryption = client.metadata.responses.id_token_encryption().filter(|_| asked.may_bring_id_token());
    let id_token_key = app.client_keys.for_encryption(&client, encryption, now).await?;
    let admitted = Admitted { app, request, realm, client, id_token_key, now };
    match asked {
        TokenRequest::AuthorizationCode { code, redirect_uri, code_verifier, resource } => {
            let shown = authorization_code::Shown { code, redirect_uri, code_verifier, resource };
            authorization_code::redeem(&admitted, &shown).await
        }
        TokenRequest::RefreshToken { refresh_token, scope, resource } => {
            refresh_token::refresh(&admitted, &refresh_token, scope.as_ref(), &resource).await
        }
        TokenRequest::ClientCredentials { scope, resource } => {
            client_credentials::issue(&admitted, scope, &resource).await
        }
    }
}

impl Admitted {
    /// The resource servers of these names.
    async fn resource_servers<S: AsRef<str>>(&self, named: &[S]) -> Result<Vec<Arc<ResourceServer>>, ProtocolError> {
        let servers = self.app.db.named_resource_servers(self.realm.id, named).await?;
        Ok(servers.ok_or_else(|| OAuthError::invalid_target("there is no such resource server"))?)
    }

    fn recipient<'a>(&'a self, resources: Resources<'a>) -> Recipient<'a> {
        Recipient { realm: &self.realm, client: &self.client, resources, id_token_key: self.id_token_key.as_deref() }
    }
}
