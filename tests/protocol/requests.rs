//! RFC 6749 §4.1.1, §4.1.3, §4.4.2, §6 and OpenID Connect Core §3.1.2.1: authorization and token requests.

use tessera::protocol::authorization_request::{self, AuthorizationRequest};
use tessera::protocol::grant_type::GrantType;
use tessera::protocol::response_mode::ResponseMode;
use tessera::protocol::token_request::TokenRequest;
use tessera::protocol::{ErrorCode, OAuthError, Parameters};

const CHALLENGE: &str = "code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256";

fn authorize(query: &str) -> Result<AuthorizationRequest, OAuthError> {
    let query = format!("client_id=app&response_type=code&{CHALLENGE}&{query}");
    AuthorizationRequest::parse(&Parameters::read(query.as_bytes()).unwrap())
}

fn token(body: &str) -> Result<TokenRequest, OAuthError> {
    TokenRequest::parse(&Parameters::parse(body.as_bytes()).unwrap())
}

#[test]
fn a_full_authorization_request_is_read_and_stored() {
    let request = authorize(
        "redirect_uri=https://a.example/cb&scope=openid+email&state=s&nonce=n&prompt=login&max_age=0&login_hint=x&\
         ui_locales=de+xx-YY&acr_values=2fa+unknown&display=popup&response_mode=form_post&resource=https://api.example",
    )
    .unwrap();
    assert_eq!((request.max_age, request.response_mode), (Some(0), ResponseMode::FormPost));
    assert_eq!((request.ui_locales.len(), request.acr_values.len(), request.resource.len()), (2, 2, 1));
    let stored = serde_json::to_string(&request).unwrap();
    assert_eq!(serde_json::from_str::<AuthorizationRequest>(&stored).unwrap(), request);
}

/// protocol.md, Basic: display, hints, unknown languages and unknown parameters never cause an error.
#[test]
fn wishes_never_cause_an_error() {
    authorize("display=hologram&ui_locales=%40%40&claims_locales=1&login_hint=%F0%9F%A6%80&foo=1&foo=2&acr_values=%22")
        .unwrap();
}

#[test]
fn faults_have_the_codes_of_their_rfcs() {
    use ErrorCode::{InvalidRequest, InvalidScope, InvalidTarget};
    let eleven = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"]
        .map(|name| format!("resource=https://{name}.example"))
        .join("&");
    let table = [
        ("request=x", ErrorCode::RequestNotSupported),
        ("request=x&request=y", ErrorCode::RequestNotSupported),
        ("request_uri=https://a.example", ErrorCode::RequestUriNotSupported),
        ("prompt=none+login", InvalidRequest),
        ("max_age=-1", InvalidRequest),
        ("max_age=%2B1", InvalidRequest),
        ("max_age=1e3", InvalidRequest),
        ("max_age=99999999999999999999", InvalidRequest),
        ("response_mode=jwt", InvalidRequest),
        ("state=a&state=b", InvalidRequest),
        ("state=%0a", InvalidRequest),
        ("scope=%22", InvalidScope),
        (&eleven, InvalidTarget),
        ("resource=https://a.example%23x", InvalidTarget),
        ("resource=/relative", InvalidTarget),
    ];
    for (query, code) in table {
        assert_eq!(authorize(query).expect_err(query).code(), code, "{query}");
    }
    let missing = AuthorizationRequest::parse(&Parameters::read(b"client_id=a").unwrap()).unwrap_err();
    assert_eq!(missing.code(), InvalidRequest);
    let token =
        AuthorizationRequest::parse(&Parameters::read(b"client_id=a&response_type=token").unwrap()).unwrap_err();
    assert_eq!(token.code(), ErrorCode::UnsupportedResponseType);
}

/// A request is kept until its user has signed in: what it says is bounded.
#[test]
fn what_is_too_long_to_be_kept_is_refused_by_the_name_of_its_limit() {
    for name in ["state", "nonce", "login_hint"] {
        authorize(&format!("{name}={}", "x".repeat(2048))).unwrap();
        let error = authorize(&format!("{name}={}", "x".repeat(2049))).unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidRequest);
        assert!(error.description().contains(name) && error.description().contains("2 KiB"), "{error}");
    }
    // Encoded as it is kept: three bytes for each of these.
    authorize(&format!("claims_locales={}", "/".repeat(5_300))).unwrap();
    authorize(&format!("claims_locales={}", "x".repeat(16_100))).unwrap();
    for long in ["/".repeat(5_500), "x".repeat(16_384)] {
        let error = authorize(&format!("claims_locales={long}")).unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidRequest);
        assert!(error.description().contains("16 KiB"), "{error}");
    }
}

#[test]
fn client_and_redirect_uri_are_readable_before_the_rest() {
    let parameters =
        Parameters::read(b"client_id=a&redirect_uri=x&scope=a&scope=b&state=s&response_mode=form_post").unwrap();
    assert_eq!(authorization_request::client_id(&parameters).unwrap(), "a");
    assert_eq!(authorization_request::redirect_uri(&parameters).unwrap(), Some("x"));
    assert_eq!(authorization_request::state(&parameters), Some("s"));
    assert_eq!(authorization_request::response_mode(&parameters), ResponseMode::FormPost);
    let twice = Parameters::read(b"client_id=a&client_id=a&redirect_uri=x&redirect_uri=x&state=a&state=b").unwrap();
    assert!(authorization_request::client_id(&twice).is_err() && authorization_request::redirect_uri(&twice).is_err());
    assert_eq!(authorization_request::state(&twice), None);
    let long = Parameters::read(format!("state={}", "x".repeat(2049)).as_bytes()).unwrap();
    assert_eq!(authorization_request::state(&long), None);
}

#[test]
fn each_grant_is_read() {
    let verifier = "a".repeat(43);
    for (body, grant) in [
        (
            format!("grant_type=authorization_code&code=c&redirect_uri=u&code_verifier={verifier}"),
            GrantType::AuthorizationCode,
        ),
        ("grant_type=refresh_token&refresh_token=r&scope=openid".to_owned(), GrantType::RefreshToken),
        ("grant_type=client_credentials&resource=https://api.example".to_owned(), GrantType::ClientCredentials),
    ] {
        let request = token(&body).unwrap();
        assert_eq!(request.grant_type(), grant);
        assert!(!format!("{request:?}").contains(&verifier));
    }
}

#[test]
fn faulty_token_requests_have_their_codes() {
    for (body, code) in [
        ("", ErrorCode::InvalidRequest),
        ("grant_type=password&username=a&password=b", ErrorCode::UnsupportedGrantType),
        ("grant_type=authorization_code", ErrorCode::InvalidRequest),
        ("grant_type=refresh_token&refresh_token=", ErrorCode::InvalidRequest),
        ("grant_type=authorization_code&code=c&code_verifier=short", ErrorCode::InvalidGrant),
        ("grant_type=client_credentials&scope=%5C", ErrorCode::InvalidScope),
        ("grant_type=client_credentials&resource=https://a.example&resource=b", ErrorCode::InvalidTarget),
    ] {
        assert_eq!(token(body).expect_err(body).code(), code, "{body}");
    }
}
