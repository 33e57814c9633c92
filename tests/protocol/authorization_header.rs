//! RFC 7617 and RFC 6749 §2.3.1: Basic. RFC 6750 §2.1, §3: Bearer.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use tessera::protocol::basic::BasicCredentials;
use tessera::protocol::{ErrorCode, OAuthError, bearer};

fn basic(pair: &str) -> Result<BasicCredentials, OAuthError> {
    BasicCredentials::parse(&format!("Basic {}", STANDARD.encode(pair)))
}

#[test]
fn both_halves_are_form_urldecoded() {
    let credentials = basic("my%3Aclient:a+b%2B%25").unwrap();
    assert_eq!((credentials.client_id.as_str(), credentials.client_secret.expose()), ("my:client", "a b+%"));
    assert_eq!(basic("a:b:c").unwrap().client_secret.expose(), "b:c");
    assert!(BasicCredentials::parse("bAsIc YTpi").is_ok() && BasicCredentials::is_basic("BASIC x"));
}

/// security.md: malformed Basic → invalid_client.
#[test]
fn malformed_basic_is_invalid_client() {
    let long = format!("Basic {}", STANDARD.encode(format!("a:{}", "b".repeat(4096))));
    for value in [
        "",
        "Basic",
        "Basic ",
        "Basic YTpi=",
        "Basic YTp",
        "Basic YTp!",
        "Basic YTpi YTpi",
        "Bearer YTpi",
        "Basic\tYTpi",
        &long,
    ] {
        assert_eq!(BasicCredentials::parse(value).unwrap_err().code(), ErrorCode::InvalidClient, "{value}");
    }
    for pair in ["ab", ":b", "a:", "a:%", "a:%zz", "a:%00", "a:b\n", "%ff:b"] {
        assert_eq!(basic(pair).unwrap_err().code(), ErrorCode::InvalidClient, "{pair}");
    }
    assert_eq!(basic("ab").unwrap_err().status(), 401);
}

#[test]
fn a_secret_does_not_show() {
    assert!(!format!("{:?}", basic("a:canary").unwrap()).contains("canary"));
}

#[test]
fn a_bearer_token_is_read_whatever_the_case_of_the_scheme() {
    for value in ["Bearer aB1-._~+/==", "bearer aB1-._~+/==", "BEARER  aB1-._~+/=="] {
        assert_eq!(bearer::parse(value).unwrap().unwrap().expose(), "aB1-._~+/==");
    }
    assert!(bearer::parse("Basic YTpi").unwrap().is_none() && bearer::parse("").unwrap().is_none());
    for value in ["Bearer", "Bearer ", "Bearer =", "Bearer a b", "Bearer a,b", "Bearer a\"", "Bearer é", "Bearer a=b"]
    {
        assert_eq!(bearer::parse(value).unwrap_err().code(), ErrorCode::InvalidRequest, "{value}");
    }
}

/// RFC 6750 §3, §3.1: without a token, no error code.
#[test]
fn a_challenge_says_what_is_wrong() {
    assert_eq!(bearer::challenge("id.example", None, None), r#"Bearer realm="id.example""#);
    let error = OAuthError::insufficient_scope("say \"openid\"");
    assert_eq!(
        bearer::challenge("a\"\r\nb", Some(&error), Some("openid")),
        r#"Bearer realm="ab", error="insufficient_scope", error_description="say 'openid'", scope="openid""#
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn any_basic_header_is_read_or_refused(value in "(Basic |basic|Bearer )?[A-Za-z0-9+/=: ]{0,24}", id in "\\PC{1,8}", secret in "\\PC{1,8}") {
        let _ = BasicCredentials::parse(&value);
        let encode = |text: &str| text.bytes().fold(String::new(), |all, byte| format!("{all}%{byte:02X}"));
        let credentials = basic(&format!("{}:{}", encode(&id), encode(&secret))).unwrap();
        prop_assert_eq!((credentials.client_id, credentials.client_secret.expose()), (id, secret.as_str()));
    }
}
