//! Introspection as the helpers of @tekcify/auth-backend ask for it: JSON with the client's id and secret inside.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use serde::{Deserialize, Serialize};

use crate::clients::authenticate::Presented;
use crate::oauth::client_authentication;
use crate::protocol::OAuthError;
use crate::protocol::basic::BasicCredentials;
use crate::protocol::introspection::IntrospectionResponse;
use crate::protocol::token_endpoint_auth_method::TokenEndpointAuthMethod;
use crate::secret::Secret;
use crate::web::body::Body;
use crate::web::errors::{ProtocolError, no_store};
use crate::web::realm::Realm;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Asked {
    token: Secret,
    client_id: Option<String>,
    client_secret: Option<Secret>,
}

/// The members of RFC 7662 §2.2, and two by the names that these helpers know.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    #[serde(flatten)]
    standard: IntrospectionResponse,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_type: Option<&'static str>,
}

/// A refusal, which says what is wrong in `message` too.
#[derive(Debug)]
pub(super) struct Refusal(ProtocolError);

#[derive(Serialize)]
struct Told<'a> {
    #[serde(flatten)]
    error: &'a OAuthError,
    message: &'a str,
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl ResponseError for Refusal {
    fn status_code(&self) -> StatusCode {
        self.0.status_code()
    }

    fn error_response(&self) -> HttpResponse {
        let error = &self.0.error;
        let body = serde_json::to_vec(&Told { error, message: error.description() }).unwrap_or_default();
        self.0.error_response().set_body(body).map_into_boxed_body()
    }
}

impl<E: Into<ProtocolError>> From<E> for Refusal {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

/// Answers one question.
pub(super) async fn introspect(request: HttpRequest, realm: Realm, body: Body) -> Result<HttpResponse, Refusal> {
    let asked: Asked = serde_json::from_slice(&body).map_err(|_| {
        OAuthError::invalid_request("send a JSON object with token, clientId and clientSecret, and nothing else")
    })?;
    if request.headers().contains_key(header::AUTHORIZATION) || crate::web::query(&request, "client_secret").is_some() {
        return Err(OAuthError::invalid_request("clientId and clientSecret go in the body, and nowhere else").into());
    }
    let app = crate::web::app(&request);
    let presented = match (asked.client_id, asked.client_secret) {
        (Some(client_id), Some(client_secret)) => {
            let client = app.db.client(realm.id, &client_id).await?;
            let method = client.map(|client| client.metadata.token_endpoint_auth_method);
            let credentials = BasicCredentials { client_id, client_secret };
            // By whichever of the two ways the client is registered to show its secret: this is a third one.
            match method {
                Some(TokenEndpointAuthMethod::ClientSecretBasic) => Presented::Basic(credentials),
                _ => Presented::Post(credentials),
            }
        }
        _ => return Err(client_authentication::missing(&realm).into()),
    };
    let caller = client_authentication::of_presented(&request, &realm, &presented).await?;
    super::require_confidential(&caller)?;
    let standard = super::answer(app, &realm, &caller, asked.token.expose()).await?;
    let answer = Answer {
        client_id: standard.client_id.clone(),
        token_type: standard.token_type.is_some().then_some("Bearer"),
        standard,
    };
    Ok(no_store(&mut HttpResponse::Ok()).json(answer))
}
