//! An application that is built on the crates, and its user's way through the pages.

use std::pin::Pin;

use ::openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreAuthenticationFlow, CoreClaimName, CoreClaimType, CoreClient,
    CoreClientAuthMethod, CoreClientRegistrationRequest, CoreGrantType, CoreIdToken, CoreJsonWebKey,
    CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm, CoreJwsSigningAlgorithm, CoreResponseMode,
    CoreResponseType, CoreSubjectIdentifierType, CoreTokenResponse,
};
use ::openidconnect::registration::EmptyAdditionalClientMetadata;
use ::openidconnect::{
    AccessToken, AccessTokenHash, AdditionalProviderMetadata, AuthType, AuthorizationCode, ClientId, ClientSecret,
    CsrfToken, EndSessionUrl, EndpointMaybeSet, EndpointNotSet, EndpointSet, IntrospectionUrl, IssuerUrl,
    LogoutRequest, Nonce, PkceCodeChallenge, PostLogoutRedirectUrl, ProviderMetadata, RedirectUrl, RefreshToken,
    RequestTokenError, RevocationUrl, Scope, TokenIntrospectionResponse as _, TokenUrl, reqwest,
};
use oauth2::basic::BasicRequestTokenError;
use oauth2::{AsyncHttpClient as _, HttpClientError, HttpResponse, TokenResponse as _};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::real_clients::{BASIC, BYE, EMAIL, NATIVE, PASSWORD, POST, Registered, WEB};
use crate::support::app::Answer;
use crate::support::browser::Browser;
use crate::support::server::http;

/// What the crate leaves to its user to read from the discovery document.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[expect(clippy::struct_field_names, reason = "the members of the document")]
pub(super) struct Endpoints {
    pub(super) introspection_endpoint: IntrospectionUrl,
    pub(super) revocation_endpoint: RevocationUrl,
    pub(super) end_session_endpoint: EndSessionUrl,
}

impl AdditionalProviderMetadata for Endpoints {}

impl Endpoints {
    /// The crates revoke over TLS only, on the loopback too.
    pub(super) fn revocation_over_tls(&self) -> RevocationUrl {
        RevocationUrl::new(self.revocation_endpoint.as_str().replacen("http://", "https://", 1)).unwrap()
    }
}

type Metadata = ProviderMetadata<
    Endpoints,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;
pub(super) type Client =
    CoreClient<EndpointSet, EndpointNotSet, EndpointSet, EndpointSet, EndpointSet, EndpointMaybeSet>;

pub(super) type Answered = Result<HttpResponse, HttpClientError<reqwest::Error>>;

/// An application that is built on the crate.
pub(super) struct Application {
    pub(super) client: Client,
    pub(super) endpoints: Endpoints,
    pub(super) token_endpoint: TokenUrl,
    pub(super) secret: Option<ClientSecret>,
    pub(super) auth_type: AuthType,
    pub(super) alg: CoreJwsSigningAlgorithm,
    pub(super) redirect_uri: String,
    pub(super) http: reqwest::Client,
}

/// What a login ends with.
pub(super) struct Login {
    pub(super) tokens: CoreTokenResponse,
    pub(super) id_token: CoreIdToken,
    pub(super) sub: String,
}

impl Application {
    pub(super) async fn public(realm: &Registered) -> Self {
        let redirect_uri = NATIVE.replace("/cb", ":61235/cb");
        Self::new(
            realm,
            "native",
            None,
            AuthType::RequestBody,
            CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
            redirect_uri,
        )
        .await
    }

    pub(super) async fn with_basic(realm: &Registered) -> Self {
        let (secret, alg) = (realm.secrets[0].clone(), CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256);
        Self::new(realm, BASIC, Some(secret), AuthType::BasicAuth, alg, WEB.to_owned()).await
    }

    pub(super) async fn with_post(realm: &Registered) -> Self {
        let (secret, alg) = (realm.secrets[1].clone(), CoreJwsSigningAlgorithm::EcdsaP256Sha256);
        Self::new(realm, POST, Some(secret), AuthType::RequestBody, alg, WEB.to_owned()).await
    }

    /// One that the crate registers itself (OpenID Connect Registration §3).
    pub(super) async fn registered(realm: &Registered) -> Self {
        let http = http();
        let issuer = IssuerUrl::new(realm.issuer.clone()).unwrap();
        let metadata = Metadata::discover_async(issuer, &http).await.unwrap();
        let redirect_uris = vec![RedirectUrl::new(WEB.to_owned()).unwrap()];
        let request = CoreClientRegistrationRequest::new(redirect_uris, EmptyAdditionalClientMetadata::default())
            .set_grant_types(Some(vec![CoreGrantType::AuthorizationCode, CoreGrantType::RefreshToken]))
            .set_token_endpoint_auth_method(Some(CoreClientAuthMethod::ClientSecretPost))
            .set_id_token_signed_response_alg(Some(CoreJwsSigningAlgorithm::EcdsaP256Sha256));
        let made = request.register_async(metadata.registration_endpoint().unwrap(), &http).await.unwrap();
        assert_eq!(made.client_secret_expires_at().unwrap().timestamp(), 0, "which says that it has no end");
        let (id, secret) = (made.client_id().to_string(), made.client_secret().unwrap().secret().clone());
        let alg = CoreJwsSigningAlgorithm::EcdsaP256Sha256;
        Self::new(realm, &id, Some(secret), AuthType::RequestBody, alg, WEB.to_owned()).await
    }

    pub(super) async fn new(
        realm: &Registered,
        client_id: &str,
        secret: Option<String>,
        auth_type: AuthType,
        alg: CoreJwsSigningAlgorithm,
        redirect_uri: String,
    ) -> Self {
        let http = http();
        let issuer = IssuerUrl::new(realm.issuer.clone()).unwrap();
        let metadata = Metadata::discover_async(issuer, &http).await.unwrap();
        let (client_id, secret) = (ClientId::new(client_id.to_owned()), secret.map(ClientSecret::new));
        let (endpoints, token_endpoint) =
            (metadata.additional_metadata().clone(), metadata.token_endpoint().unwrap().clone());
        let client = CoreClient::from_provider_metadata(metadata, client_id, secret.clone())
            .set_auth_type(auth_type.clone())
            .set_redirect_uri(RedirectUrl::new(redirect_uri.clone()).unwrap())
            .set_introspection_url(endpoints.introspection_endpoint.clone())
            .set_revocation_url(endpoints.revocation_over_tls())
            .set_token_uri(token_endpoint.clone());
        Self { client, endpoints, token_endpoint, secret, auth_type, alg, redirect_uri, http }
    }

    /// Code + PKCE, with the ID token's signature, nonce and at_hash proven.
    pub(super) async fn login(&self, browser: &Browser) -> Login {
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let flow = CoreAuthenticationFlow::AuthorizationCode;
        let request = self.client.authorize_url(flow, CsrfToken::new_random, Nonce::new_random);
        let scopes = ["profile", "email", "offline_access"].map(|scope| Scope::new(scope.to_owned()));
        let request = request.add_scopes(scopes).set_pkce_challenge(challenge).add_prompt(CoreAuthPrompt::Consent);
        let (url, state, nonce) = request.url();
        let arrived = arrive(browser, &url).await;
        assert!(arrived.as_str().starts_with(&self.redirect_uri), "{arrived}");
        assert_eq!(parameter(&arrived, "state"), *state.secret());
        let code = AuthorizationCode::new(parameter(&arrived, "code"));
        let request = self.client.exchange_code(code).set_pkce_verifier(verifier);
        let tokens = request.request_async(&self.http).await.unwrap();
        let (id_token, sub) = self.verified(&tokens, &nonce);
        Login { tokens, id_token, sub }
    }

    pub(super) fn verified(&self, tokens: &CoreTokenResponse, nonce: &Nonce) -> (CoreIdToken, String) {
        let id_token = ::openidconnect::TokenResponse::id_token(tokens).expect("an ID token").clone();
        let verifier = self.client.id_token_verifier().set_allowed_algs([self.alg.clone()]);
        let claims = id_token.claims(&verifier, nonce).unwrap();
        let (alg, key) = (id_token.signing_alg().unwrap(), id_token.signing_key(&verifier).unwrap());
        let hash = AccessTokenHash::from_token(tokens.access_token(), alg, key).unwrap();
        assert_eq!(claims.access_token_hash(), Some(&hash));
        let sub = claims.subject().to_string();
        (id_token, sub)
    }

    pub(super) async fn refresh(&self, token: &RefreshToken) -> Result<CoreTokenResponse, String> {
        let request = self.client.exchange_refresh_token(token);
        request.request_async(&self.http).await.map_err(|error| error_code(&error))
    }

    /// Sends what goes to https to the server, as a proxy in front of it would.
    pub(super) fn tls_ends_here(
        &self,
    ) -> impl Fn(oauth2::HttpRequest) -> Pin<Box<dyn Future<Output = Answered> + Send>> {
        let http = self.http.clone();
        move |mut request: oauth2::HttpRequest| {
            let http = http.clone();
            *request.uri_mut() = request.uri().to_string().replacen("https://", "http://", 1).parse().unwrap();
            Box::pin(async move { http.call(request).await })
        }
    }

    pub(super) async fn is_active(&self, token: &AccessToken) -> bool {
        self.client.introspect(token).request_async(&self.http).await.unwrap().active()
    }

    /// OpenID Connect RP-Initiated Logout §2: the hint proves who asks, and the browser is sent back with the state.
    pub(super) async fn logout(&self, browser: &Browser, login: &Login) {
        let url = LogoutRequest::from(self.endpoints.end_session_endpoint.clone())
            .set_id_token_hint(&login.id_token)
            .set_post_logout_redirect_uri(PostLogoutRedirectUrl::new(BYE.to_owned()).unwrap())
            .set_state(CsrfToken::new("of the logout".to_owned()))
            .http_get_url();
        let back = Url::parse(browser.get(&path(browser, &url)).await.location()).unwrap();
        assert_eq!(
            (back.as_str().split('?').next(), parameter(&back, "state")),
            (Some(BYE), "of the logout".to_owned())
        );
        let flow = CoreAuthenticationFlow::AuthorizationCode;
        let (challenge, _) = PkceCodeChallenge::new_random_sha256();
        let request = self.client.authorize_url(flow, CsrfToken::new_random, Nonce::new_random);
        let (silent, ..) = request.set_pkce_challenge(challenge).add_prompt(CoreAuthPrompt::None).url();
        assert_eq!(parameter(&arrive(browser, &silent).await, "error"), "login_required");
    }
}

/// The error code of a refusal.
fn error_code(error: &BasicRequestTokenError<HttpClientError<reqwest::Error>>) -> String {
    match error {
        RequestTokenError::ServerResponse(response) => response.error().to_string(),
        other => panic!("{other:?}"),
    }
}

/// Goes to an address of the server, signs in and consents where it is asked to; where it is sent in the end.
async fn arrive(browser: &Browser, url: &Url) -> Url {
    let mut answer = browser.follow(browser.get(&path(browser, url)).await).await;
    for _ in 0..3 {
        if answer.header("location").is_some() {
            return Url::parse(answer.location()).unwrap();
        }
        answer = browser.follow(step(browser, &answer).await).await;
    }
    panic!("no way out: {}", answer.text());
}

async fn step(browser: &Browser, page: &Answer) -> Answer {
    let interaction = page.value("interaction").unwrap_or_default();
    let interaction = ("interaction", interaction.as_str());
    match page.step() {
        Some("identifier-password") => {
            browser.post("/login", &[interaction, ("identifier", EMAIL), ("password", PASSWORD)]).await
        }
        Some("consent") => browser.post("/consent", &[interaction, ("decision", "allow")]).await,
        other => panic!("what is step {other:?}? {} {}", page.status, page.text()),
    }
}

/// The path of an address below the realm that the browser is at.
fn path(browser: &Browser, url: &Url) -> String {
    let path = url.path().strip_prefix(browser.base()).expect("an address of this realm");
    format!("{path}?{}", url.query().unwrap_or_default())
}

fn parameter(url: &Url, name: &str) -> String {
    let found = url.query_pairs().find(|(known, _)| known == name);
    found.unwrap_or_else(|| panic!("no {name} in {url}")).1.into_owned()
}
