//! The crates `openidconnect` and `oauth2` (Rust): code + PKCE, ID token, userinfo, introspection, refresh, revocation, logout, and
//! a token for a client itself.

mod application;

use ::openidconnect::core::{CoreGenderClaim, CoreUserInfoClaims};
use ::openidconnect::{EmptyAdditionalClaims, Scope, TokenIntrospectionResponse as _};
use oauth2::TokenResponse as _;
use oauth2::basic::BasicClient;

use super::{API, EMAIL, Place};
use crate::support::browser::Browser;
use crate::support::database::in_every_set_up;
use application::{Application, Login};

/// Rotation for public clients, the same token again for confidential ones (protocol.md, profiles).
async fn refreshes(application: &Application, login: &Login) {
    let first = login.tokens.refresh_token().expect("offline_access was granted");
    let second = application.refresh(first).await.unwrap();
    assert_ne!(second.access_token().secret(), login.tokens.access_token().secret());
    let next = second.refresh_token().unwrap_or(first);
    let third = application.refresh(next).await.unwrap();
    let rotates = application.secret.is_none();
    assert_eq!(next.secret() != first.secret(), rotates);
    if rotates {
        assert_eq!(application.refresh(first).await.unwrap_err(), "invalid_grant", "used twice already");
        let last = third.refresh_token().expect("it rotates");
        assert_eq!(
            application.refresh(last).await.unwrap_err(),
            "invalid_grant",
            "the family has ended with the replay"
        );
    }
}

/// RFC 7009: the refresh token takes its access tokens with it; introspection (RFC 7662) and userinfo say so at once.
async fn revokes(application: &Application, browser: &Browser) {
    let login = application.login(browser).await;
    let (access, refresh) = (login.tokens.access_token().clone(), login.tokens.refresh_token().unwrap().clone());
    if application.secret.is_some() {
        assert!(application.is_active(&access).await);
    }
    let request = application.client.revoke_token(refresh.clone().into()).unwrap();
    request.request_async(&application.tls_ends_here()).await.unwrap();
    assert_eq!(application.refresh(&refresh).await.unwrap_err(), "invalid_grant");
    if application.secret.is_some() {
        assert!(!application.is_active(&access).await);
    }
    let userinfo = application.client.user_info(access, None).unwrap();
    assert!(userinfo.request_async::<EmptyAdditionalClaims, _, CoreGenderClaim>(&application.http).await.is_err());
}

async fn runs(application: &Application, browser: &Browser) {
    let login = application.login(browser).await;
    let request = application.client.user_info(login.tokens.access_token().clone(), None).unwrap();
    let userinfo: CoreUserInfoClaims = request.request_async(&application.http).await.unwrap();
    assert_eq!(userinfo.subject().as_str(), login.sub);
    assert_eq!((userinfo.email().unwrap().as_str(), userinfo.email_verified()), (EMAIL, Some(true)));
    assert_eq!(userinfo.name().unwrap().get(None).unwrap().as_str(), "Ann Lee");
    refreshes(application, &login).await;
    revokes(application, browser).await;
    let last = application.login(browser).await;
    application.logout(browser, &last).await;
}

/// RFC 6749 §4.4 by `oauth2`: a token of the client's own for the API, which introspection knows.
async fn client_credentials(application: &Application) {
    let client = BasicClient::new(application.client.client_id().clone())
        .set_client_secret(application.secret.clone().unwrap())
        .set_auth_type(application.auth_type.clone())
        .set_token_uri(application.token_endpoint.clone())
        .set_introspection_url(application.endpoints.introspection_endpoint.clone())
        .set_revocation_url(application.endpoints.revocation_over_tls());
    let request = client.exchange_client_credentials().add_scope(Scope::new("read:orders".to_owned()));
    let tokens = request.add_extra_param("resource", API).request_async(&application.http).await.unwrap();
    assert!(tokens.refresh_token().is_none(), "RFC 6749 section 4.4.3");
    let access = tokens.access_token();
    let known = client.introspect(access).request_async(&application.http).await.unwrap();
    assert_eq!((known.active(), known.aud()), (true, Some(&vec![API.to_owned()])));
    assert_eq!(known.scopes().unwrap()[0].as_str(), "read:orders");
    client.revoke_token(access.clone().into()).unwrap().request_async(&application.tls_ends_here()).await.unwrap();
    assert!(!client.introspect(access).request_async(&application.http).await.unwrap().active());
}

// Rows D1, D3, D4 and D6: both kinds of client, in both realms, with each way to authenticate.
in_every_set_up!(openidconnect_passes, async |set_up| {
    let place = Place::new(set_up).await;
    let (default, second) = (&place.default, &place.second);
    Box::pin(runs(&Application::public(default).await, &place.server.browser())).await;
    let elsewhere = || place.server.browser().below("/r/second");
    Box::pin(runs(&Application::public(second).await, &elsewhere())).await;
    let basic = Application::with_basic(second).await;
    Box::pin(runs(&basic, &elsewhere())).await;
    client_credentials(&basic).await;
    let registered = Application::registered(second).await;
    let login = registered.login(&elsewhere()).await;
    refreshes(&registered, &login).await;
    let post = Application::with_post(default).await;
    Box::pin(runs(&post, &place.server.browser())).await;
});
