//! RFC 9101 and OpenID Connect Core §6: what a request object says.

use serde_json::{Value, json};
use tessera::clock::Timestamp;
use tessera::protocol::request_object::{Passed, parameters, passed};
use tessera::protocol::{ErrorCode, OAuthError, Parameters};

const ISSUER: &str = "https://id.example";
const NOW: i64 = 1_800_000_000;

fn read(value: Value) -> Result<Parameters, OAuthError> {
    let Value::Object(claims) = value else { panic!("claims are an object") };
    parameters(&claims, "shop", ISSUER, Timestamp::from_seconds(NOW))
}

fn query(text: &str) -> Parameters {
    Parameters::read(text.as_bytes()).unwrap()
}

#[test]
fn it_comes_by_value_or_by_reference() {
    assert_eq!(passed(&query("client_id=shop")).unwrap(), None);
    assert_eq!(passed(&query("request=a.b.c")).unwrap(), Some(Passed::ByValue("a.b.c")));
    let by_reference = query("request_uri=https%3A%2F%2Fshop.example%2Fr%23x");
    assert_eq!(passed(&by_reference).unwrap(), Some(Passed::ByReference("https://shop.example/r#x")));
    for text in ["request=a&request_uri=b", "request=a&request=b", "request_uri=a&request_uri=a"] {
        assert_eq!(passed(&query(text)).unwrap_err().code(), ErrorCode::InvalidRequest, "{text}");
    }
}

/// RFC 9101 §4: members are texts, numbers, JSON objects; each becomes the parameter that it stands for.
#[test]
fn its_members_are_the_parameters() {
    let said = read(json!({
        "iss": "shop", "aud": ISSUER, "exp": NOW + 60, "response_type": "code", "scope": "openid", "max_age": 60,
        "claims": {"userinfo": {"name": null}}, "resource": ["https://a.example", "https://b.example"], "unknown": [1],
    }))
    .unwrap();
    let mut pairs: Vec<_> = said.iter().collect();
    pairs.sort_unstable();
    let expected = [
        ("claims", r#"{"userinfo":{"name":null}}"#),
        ("client_id", "shop"),
        ("max_age", "60"),
        ("resource", "https://a.example"),
        ("resource", "https://b.example"),
        ("response_type", "code"),
        ("scope", "openid"),
    ];
    assert_eq!(pairs, expected);
}

#[test]
fn what_is_wrong_is_an_invalid_request_object_that_names_it() {
    for (value, named) in [
        (json!({"iss": "other"}), "iss"),
        (json!({"client_id": "other"}), "client_id"),
        (json!({"client_id": ["shop"]}), "client_id"),
        (json!({"sub": "shop"}), "sub"),
        (json!({"aud": "https://other.example"}), "aud"),
        (json!({"aud": ["https://other.example"]}), "aud"),
        (json!({"aud": []}), "aud"),
        (json!({"aud": 1}), "aud"),
        (json!({"exp": NOW}), "expired"),
        (json!({"nbf": NOW + 31}), "nbf"),
        (json!({"iat": NOW + 31}), "iat"),
        (json!({"request": "a.b.c"}), "request"),
        (json!({"request_uri": "https://shop.example/r"}), "request_uri"),
        (json!({"scope": ["openid"]}), "scope"),
        (json!({"state": null}), "state"),
        (json!({"prompt": true}), "prompt"),
        (json!({"resource": [1]}), "resource"),
    ] {
        let error = read(value.clone()).expect_err(&value.to_string());
        assert!(error.code() == ErrorCode::InvalidRequestObject && error.description().contains(named), "{error}");
    }
}

/// protocol.md: `aud` is the issuer or an array that holds it; up to 30 s ahead are accepted.
#[test]
fn what_need_not_be_said_and_what_is_tolerated() {
    for value in [
        json!({}),
        json!({"client_id": "shop", "iss": "shop", "sub": "someone"}),
        json!({"aud": ["https://other.example", ISSUER]}),
        json!({"nbf": NOW + 30, "iat": NOW + 30, "exp": NOW + 1}),
    ] {
        let said = read(value.clone()).unwrap();
        assert_eq!(said.one("client_id"), Some("shop"), "{value}");
    }
}

/// What the parser refuses in a query, it refuses here too.
#[test]
fn a_control_character_stays_a_fault() {
    assert!(read(json!({"state": "a\u{0}b"})).unwrap().check().is_err());
    assert_eq!(read(json!({"state": ""})).unwrap().one("state"), None, "an empty one is absent");
}
