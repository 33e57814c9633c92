//! OpenID Connect Core §2, §5.1, §5.4 and RFC 9068: claims.

use std::borrow::Cow;

use serde_json::{Value, json};
use tessera::protocol::acr::{Acr, Amr};
use tessera::protocol::claims::{AccessTokenClaims, Audience, CLAIMS_SUPPORTED, IdTokenClaims, StandardClaims};
use tessera::protocol::introspection::IntrospectionResponse;
use tessera::protocol::metadata::Metadata;
use tessera::protocol::token_response::{TokenResponse, TokenType};

fn person() -> Value {
    json!({
        "name": "Zoë Doe", "given_name": "Zoë", "family_name": "Doe", "middle_name": "Q", "nickname": "z",
        "preferred_username": "zoe", "profile": "https://zoe.example/", "picture": "https://zoe.example/p.png",
        "website": "http://zoe.example", "gender": "female", "birthdate": "1990-02-28", "zoneinfo": "Europe/Paris",
        "locale": "fr-CH", "updated_at": 1, "email": "zoe@example.com", "email_verified": true,
        "phone_number": "+4915112345678", "phone_number_verified": false, "address": {"locality": "Paris", "formatted": "1 Rue\nParis"},
    })
}

fn claims(value: Value) -> StandardClaims {
    serde_json::from_value(value).unwrap()
}

fn released(scope: &str) -> Vec<String> {
    let mut names: Vec<_> = claims(person()).released(&scope.parse().unwrap(), &[]).keys().cloned().collect();
    names.sort();
    names
}

/// OpenID Connect Core §5.4: a scope releases its claims and no other.
#[test]
fn a_scope_releases_its_claims_and_no_other() {
    assert_eq!(released("openid"), Vec::<String>::new());
    assert_eq!(released("openid email"), ["email", "email_verified"]);
    assert_eq!(released("phone"), ["phone_number", "phone_number_verified"]);
    assert_eq!(released("address"), ["address"]);
    assert_eq!(released("profile").len(), 14);
    assert_eq!(released("openid profile email address phone").len(), person().as_object().unwrap().len());
    assert!(released("profile email address phone").iter().all(|name| CLAIMS_SUPPORTED.contains(&name.as_str())));
}

/// protocol.md: no claim is an empty string or null; right types.
#[test]
fn absent_and_empty_claims_are_left_out() {
    let all = "profile email address phone".parse().unwrap();
    assert!(claims(json!({"name": "", "address": {}, "email": null})).released(&all, &[]).is_empty());
    let whole = claims(person()).released(&all, &[]);
    assert!(whole["updated_at"].is_number() && whole["email_verified"].is_boolean() && whole["address"].is_object());
}

#[test]
fn sound_claims_pass() {
    claims(person()).validate().unwrap();
    for birthdate in ["1990-02-28", "2000-02-29", "0000-02-29", "1990"] {
        claims(json!({"birthdate": birthdate})).validate().unwrap();
    }
    claims(json!({"zoneinfo": "America/Argentina/Buenos_Aires", "locale": "zh-Hant-TW", "phone_number": "+12025550100;ext=42"})).validate().unwrap();
}

#[test]
fn each_claim_keeps_to_its_rule() {
    for (name, value) in [
        ("name", ""),
        ("name", " "),
        ("nickname", "a\nb"),
        ("name", "a\u{202e}b"),
        ("gender", "\0"),
        ("birthdate", "1990-02-30"),
        ("birthdate", "1990-2-3"),
        ("birthdate", "90"),
        ("birthdate", "0000"),
        ("birthdate", "1990-13-01"),
        ("birthdate", "+199-01-01"),
        ("zoneinfo", "Europe/"),
        ("zoneinfo", "../etc"),
        ("zoneinfo", ""),
        ("locale", "fr_CH"),
        ("locale", "x"),
        ("profile", "javascript:alert(1)"),
        ("picture", "/p.png"),
        ("website", "https://a@b.example"),
        ("website", "https://"),
        ("email", "zoe"),
        ("email", "zoe@localhost"),
        ("phone_number", "0151 123"),
        ("phone_number", "+49 151 12345678"),
        ("phone_number", "+4915112345678;ext="),
    ] {
        let faults = claims(json!({name: value})).validate().expect_err(&format!("{name} {value:?}"));
        assert_eq!(faults.iter().map(|fault| fault.field).collect::<Vec<_>>(), [name], "{value:?}");
    }
    for address in [json!({}), json!({"locality": ""}), json!({"region": "a\0"})] {
        assert_eq!(claims(json!({"address": address})).validate().unwrap_err()[0].field, "address");
    }
    assert!(claims(json!({"name": "a".repeat(1025)})).validate().is_err());
}

#[test]
fn tokens_leave_absent_members_out_and_are_read_again() {
    let id_token = IdTokenClaims {
        iss: Cow::Borrowed("https://id.example"),
        sub: "u".into(),
        aud: Audience::One("app".into()),
        exp: 2,
        iat: 1,
        auth_time: None,
        nonce: None,
        acr: None,
        amr: vec![],
        sid: None,
        at_hash: None,
        c_hash: None,
    };
    assert_eq!(
        serde_json::to_value(&id_token).unwrap(),
        json!({"iss": "https://id.example", "sub": "u", "aud": "app", "exp": 2, "iat": 1})
    );
    let access = AccessTokenClaims {
        iss: "i".into(),
        sub: "u".into(),
        aud: Audience::Many(vec!["a".into(), "b".into()]),
        exp: 2,
        iat: 1,
        jti: "j".into(),
        client_id: "c".into(),
        scope: Some("openid".into()),
        auth_time: Some(1),
        acr: Some("1fa".into()),
        amr: vec!["pwd".into()],
        sid: None,
        fam: Some("f".into()),
    };
    let text = serde_json::to_string(&access).unwrap();
    assert!(!text.contains("null") && !text.contains("sid"));
    assert_eq!(serde_json::from_str::<AccessTokenClaims<'_>>(&text).unwrap(), access);
    assert!(access.aud.contains("b") && !access.aud.contains("c"));
}

/// RFC 7662 §2.2: an inactive token says nothing else. RFC 6749 §5.1: the token response.
#[test]
fn responses_hold_what_is_there() {
    assert_eq!(serde_json::to_value(IntrospectionResponse::inactive()).unwrap(), json!({"active": false}));
    let response = TokenResponse {
        access_token: "canary".into(),
        token_type: TokenType::Bearer,
        expires_in: 900,
        scope: None,
        refresh_token: None,
        id_token: None,
    };
    assert_eq!(
        serde_json::to_value(&response).unwrap(),
        json!({"access_token": "canary", "token_type": "Bearer", "expires_in": 900})
    );
    assert!(!format!("{response:?}").contains("canary"));
}

/// protocol.md, Config: request and claims flags are present; what nobody serves is not.
#[test]
fn metadata_leaves_out_what_is_not_served() {
    let document = serde_json::to_value(Metadata::new("https://id.example")).unwrap();
    assert_eq!(
        document,
        json!({
            "issuer": "https://id.example", "claims_parameter_supported": false, "request_parameter_supported": false,
            "request_uri_parameter_supported": false,
            "require_request_uri_registration": false,
            "backchannel_logout_supported": false, "backchannel_logout_session_supported": false,
            "frontchannel_logout_supported": false, "frontchannel_logout_session_supported": false,
            "authorization_response_iss_parameter_supported": false,
        })
    );
}

#[test]
fn a_stronger_class_meets_a_weaker_demand() {
    assert!(Acr::PhishingResistant.meets(Acr::TwoFactors) && Acr::TwoFactors.meets(Acr::TwoFactors));
    assert!(!Acr::OneFactor.meets(Acr::TwoFactors));
    assert_eq!(("phr".parse(), Amr::Password.as_str()), (Ok(Acr::PhishingResistant), "pwd"));
}
