//! Discovery (OpenID Connect Discovery §4, RFC 8414 §3) and what the documents say (protocol.md "Config").

use std::collections::BTreeSet;

use actix_web::http::Method;
use actix_web::test::TestRequest;
use serde_json::{Value, json};
use tessera::config::Config;

use crate::support::app::{Answer, TestApp};

const OIDC: &str = "/.well-known/openid-configuration";
const OAUTH: &str = "/.well-known/oauth-authorization-server";

/// Asks as a program does: with the host of the public URL, whatever it is.
async fn ask(test: &TestApp, request: TestRequest, path: &str) -> Answer {
    let url = test.app.config.server.public_url.url();
    let host = url.port().map_or_else(|| url.host_str().unwrap().to_owned(), |port| format!("localhost:{port}"));
    (test.send)(request.uri(path).insert_header(("host", host))).await
}

async fn get(test: &TestApp, path: &str) -> Answer {
    ask(test, TestRequest::get(), path).await
}

#[track_caller]
fn document(answer: &Answer) -> Value {
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, Some("application/json")));
    serde_json::from_slice(&answer.body).unwrap()
}

async fn at(public_url: &'static str) -> TestApp {
    TestApp::with(|config: &mut Config| config.server.public_url = public_url.parse().unwrap()).await
}

/// The issuer equals the address that the document is found by, at every one of them; RFC 8414 §3.1 puts the well-known part
/// before the issuer's path.
#[actix_web::test]
async fn every_address_has_the_document_of_its_issuer() {
    let test = TestApp::new().await;
    test.third_realm().await;
    for (path, issuer) in [
        (OIDC.to_owned(), "http://localhost:8080"),
        (OAUTH.to_owned(), "http://localhost:8080"),
        (format!("/r/third{OIDC}"), "http://localhost:8080/r/third"),
        (format!("/r/third{OAUTH}"), "http://localhost:8080/r/third"),
        (format!("{OAUTH}/r/third"), "http://localhost:8080/r/third"),
    ] {
        let found = document(&get(&test, &path).await);
        assert_eq!(found["issuer"], issuer, "{path}");
        for (name, endpoint) in endpoints(&found) {
            assert!(endpoint.starts_with(&format!("{issuer}/")), "{name} of {path}: {endpoint}");
        }
    }
}

/// A realm with a host name of its own is found there.
#[actix_web::test]
async fn a_realm_with_a_host_name_has_its_document_there() {
    let test = TestApp::new().await;
    for path in [OIDC, OAUTH] {
        let answer = (test.send)(TestRequest::get().uri(path).insert_header(("host", "second.localhost:8080"))).await;
        assert_eq!(document(&answer)["issuer"], "http://second.localhost:8080");
    }
}

/// architecture.md "Addresses": a base path in the public URL works, and RFC 8414 puts it last.
#[actix_web::test]
async fn a_base_path_is_part_of_every_address() {
    let test = at("https://example.com/id").await;
    test.third_realm().await;
    for (path, issuer) in [
        (format!("/id{OIDC}"), "https://example.com/id"),
        (format!("/id{OAUTH}"), "https://example.com/id"),
        (format!("{OAUTH}/id"), "https://example.com/id"),
        (format!("/id/r/third{OIDC}"), "https://example.com/id/r/third"),
        (format!("/id/r/third{OAUTH}"), "https://example.com/id/r/third"),
        (format!("{OAUTH}/id/r/third"), "https://example.com/id/r/third"),
    ] {
        let found = document(&get(&test, &path).await);
        assert_eq!(found["issuer"], issuer, "{path}");
        assert!(endpoints(&found).iter().all(|(_, endpoint)| endpoint.starts_with(&format!("{issuer}/"))), "{path}");
    }
    for path in [OIDC, OAUTH] {
        assert_eq!(get(&test, path).await.status.as_u16(), 404, "{path} is outside the base path");
    }
}

#[actix_web::test]
async fn a_realm_that_is_not_there_has_no_document() {
    let test = TestApp::new().await;
    for path in [format!("/r/nobody{OIDC}"), format!("/r/nobody{OAUTH}"), format!("{OAUTH}/r/nobody")] {
        assert_eq!(get(&test, &path).await.status.as_u16(), 404, "{path}");
    }
}

/// Host headers never reach a link (security.md "Input").
#[actix_web::test]
async fn the_issuer_never_comes_from_the_request() {
    let test = TestApp::new().await;
    for header in [("host", "evil.example"), ("x-forwarded-host", "evil.example"), ("forwarded", "host=evil.example")] {
        let answer = (test.send)(TestRequest::get().uri(OIDC).insert_header(header)).await;
        assert_eq!(document(&answer)["issuer"], "http://localhost:8080");
        assert!(!answer.text().contains("evil"), "{header:?}: {}", answer.text());
    }
}

/// RFC 9110 §13.1.2: whoever has the document is told so, and may keep it for five minutes.
#[actix_web::test]
async fn a_document_that_is_known_is_not_sent_again() {
    let test = TestApp::new().await;
    let first = get(&test, OIDC).await;
    let etag = first.header("etag").unwrap().to_owned();
    assert_eq!(first.header("cache-control"), Some("public, max-age=300"));
    for known in [etag.clone(), format!("W/{etag}"), format!("\"other\", {etag}"), "*".to_owned()] {
        let again = ask(&test, TestRequest::get().insert_header(("if-none-match", known.as_str())), OIDC).await;
        assert_eq!((again.status.as_u16(), again.body.len()), (304, 0), "{known}");
        assert_eq!(again.header("etag"), Some(&*etag));
        assert_eq!(again.header("cache-control"), Some("public, max-age=300"));
    }
    let other = ask(&test, TestRequest::get().insert_header(("if-none-match", "\"other\"")), OIDC).await;
    assert_eq!(other.status.as_u16(), 200);
    let elsewhere = get(&test, &format!("/r/second{OIDC}")).await;
    assert_ne!(elsewhere.header("etag"), Some(&*etag), "another realm's is another document");
}

/// protocol.md "Checked nearly everywhere": any origin, without credentials, any request header; browsers ask first.
#[actix_web::test]
async fn pages_of_any_site_may_ask() {
    let test = TestApp::new().await;
    test.third_realm().await;
    let paths = [OIDC.to_owned(), OAUTH.to_owned(), format!("/r/third{OIDC}"), format!("{OAUTH}/r/third")];
    for path in paths.iter().map(String::as_str).chain(["/oauth2/jwks", "/oauth2/userinfo"]) {
        let from_a_page = || TestRequest::get().insert_header(("origin", "https://spa.example"));
        let asked = from_a_page()
            .method(Method::OPTIONS)
            .insert_header(("access-control-request-method", "GET"))
            .insert_header(("access-control-request-headers", "x-requested-with"));
        let allowed = ask(&test, asked, path).await;
        assert_eq!(allowed.status.as_u16(), 200, "{path}");
        assert_eq!(allowed.header("access-control-allow-origin"), Some("*"), "{path}");
        assert_eq!(allowed.header("access-control-allow-headers"), Some("x-requested-with"), "{path}");
        assert!(allowed.header("access-control-allow-methods").unwrap().contains("GET"), "{path}");
        let read = ask(&test, from_a_page(), path).await;
        let origins: Vec<_> = read.headers.get_all("access-control-allow-origin").collect();
        assert_eq!(origins, ["*"], "{path}");
        let exposed = read.header("access-control-expose-headers").unwrap().to_lowercase();
        assert!(exposed.contains("www-authenticate") && exposed.contains("dpop-nonce"), "{path}");
        for answer in [&allowed, &read] {
            assert_eq!(answer.header("access-control-allow-credentials"), None, "{path}");
        }
    }
}

/// protocol.md: no CORS on authorize, nor on the pages, nor where only servers ask.
#[actix_web::test]
async fn no_other_site_reads_the_rest() {
    let test = TestApp::new().await;
    for path in ["/oauth2/authorize", "/oauth2/logout", "/oauth2/introspect", "/login"] {
        let asked = TestRequest::get()
            .method(Method::OPTIONS)
            .insert_header(("origin", "https://spa.example"))
            .insert_header(("access-control-request-method", "GET"));
        for request in [asked, TestRequest::get().insert_header(("origin", "https://spa.example"))] {
            assert_eq!(ask(&test, request, path).await.header("access-control-allow-origin"), None, "{path}");
        }
    }
}

/// What certification and libraries look for (protocol.md "Config"), to the letter: what is added here must work first.
#[actix_web::test]
async fn the_document_says_what_works_and_nothing_else() {
    let test = TestApp::new().await;
    let mut found = document(&get(&test, OIDC).await);
    let claims = found["claims_supported"].take();
    // OpenID Connect Core §2 and §5.1, and `sid` of the logout specifications.
    let expected = "iss sub aud exp iat auth_time nonce acr amr sid at_hash c_hash name given_name family_name middle_name nickname \
        preferred_username profile picture website gender birthdate zoneinfo locale updated_at email email_verified address \
        phone_number phone_number_verified";
    let listed: BTreeSet<_> = claims.as_array().unwrap().iter().map(|claim| claim.as_str().unwrap()).collect();
    assert_eq!(listed, expected.split_whitespace().collect());
    let issuer = "http://localhost:8080";
    let methods = ["client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt", "none"];
    let algorithms = ["RS256", "ES256", "PS256", "EdDSA", "HS256"];
    let mut expected = json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/oauth2/authorize"),
        "token_endpoint": format!("{issuer}/oauth2/token"),
        "registration_endpoint": format!("{issuer}/oauth2/register"),
        "client_id_metadata_document_supported": true,
        "jwks_uri": format!("{issuer}/oauth2/jwks"),
        "userinfo_endpoint": format!("{issuer}/oauth2/userinfo"),
        "introspection_endpoint": format!("{issuer}/oauth2/introspect"),
        "revocation_endpoint": format!("{issuer}/oauth2/revoke"),
        "scopes_supported": ["openid", "profile", "email", "address", "phone", "offline_access"],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query", "fragment", "form_post"],
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
        "subject_types_supported": ["public", "pairwise"],
        "acr_values_supported": ["1fa"],
        "prompt_values_supported": ["none", "login", "consent", "select_account", "create"],
        "display_values_supported": ["page", "popup", "touch", "wap"],
        "claim_types_supported": ["normal"],
        "claims_supported": null,
        "ui_locales_supported": ["en", "de"],
        "id_token_signing_alg_values_supported": ["RS256", "ES256", "PS256", "EdDSA"],
        "id_token_encryption_alg_values_supported": ["RSA-OAEP-256", "ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A256KW"],
        "id_token_encryption_enc_values_supported": ["A128CBC-HS256", "A128GCM", "A256GCM"],
        "userinfo_signing_alg_values_supported": ["RS256", "ES256", "PS256", "EdDSA"],
        "userinfo_encryption_alg_values_supported": ["RSA-OAEP-256", "ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A256KW"],
        "userinfo_encryption_enc_values_supported": ["A128CBC-HS256", "A128GCM", "A256GCM"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": methods,
        "token_endpoint_auth_signing_alg_values_supported": algorithms,
        "introspection_endpoint_auth_methods_supported": methods[..4],
        "introspection_endpoint_auth_signing_alg_values_supported": algorithms,
        "revocation_endpoint_auth_methods_supported": methods,
        "revocation_endpoint_auth_signing_alg_values_supported": algorithms,
        "claims_parameter_supported": true,
        "request_parameter_supported": true,
        "request_uri_parameter_supported": true,
        "require_request_uri_registration": true,
        "request_object_signing_alg_values_supported": ["RS256", "ES256", "PS256", "EdDSA"],
        "authorization_response_iss_parameter_supported": true,
    });
    let logout = json!({
        "end_session_endpoint": format!("{issuer}/oauth2/logout"),
        "check_session_iframe": format!("{issuer}/oauth2/check-session"),
        "backchannel_logout_supported": true,
        "backchannel_logout_session_supported": true,
        "frontchannel_logout_supported": true,
        "frontchannel_logout_session_supported": true,
    });
    expected.as_object_mut().unwrap().extend(logout.as_object().unwrap().clone());
    assert_eq!(sorted(found), sorted(expected));
}

/// Every endpoint that is named is there: nothing answers 404.
#[actix_web::test]
async fn every_endpoint_that_is_named_answers() {
    let test = TestApp::new().await;
    test.third_realm().await;
    for path in [OIDC.to_owned(), format!("/r/third{OIDC}")] {
        for (name, endpoint) in endpoints(&document(&get(&test, &path).await)) {
            let local = endpoint.strip_prefix("http://localhost:8080").unwrap();
            let (got, posted) = (get(&test, local).await, ask(&test, TestRequest::post(), local).await);
            let answers = |answer: &Answer| !matches!(answer.status.as_u16(), 404 | 405 | 500..);
            assert!(answers(&got) || answers(&posted), "{name} at {endpoint}: {} {}", got.status, posted.status);
        }
    }
}

/// The endpoints that a document names.
fn endpoints(document: &Value) -> Vec<(String, String)> {
    let members = document.as_object().unwrap().iter();
    let addresses = members.filter(|(name, _)| name.ends_with("_endpoint") || name.as_str() == "jwks_uri");
    addresses.map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())).collect()
}

/// The order of a list's values means nothing.
fn sorted(mut document: Value) -> Value {
    for list in document.as_object_mut().unwrap().values_mut().filter_map(Value::as_array_mut) {
        list.sort_by_key(ToString::to_string);
    }
    document
}
