//! OpenID Connect Core §5.5: the parameter `claims`.

use proptest::prelude::*;
use serde_json::{Value, json};
use tessera::protocol::ErrorCode;
use tessera::protocol::claims::StandardClaims;
use tessera::protocol::claims_request::ClaimsRequest;

fn read(value: &Value) -> ClaimsRequest {
    ClaimsRequest::parse(&value.to_string()).unwrap()
}

/// The example of §5.5, whose unknown claim and language tag are not served.
#[test]
fn known_claims_are_asked_for_and_unknown_ones_left_out() {
    let request = read(&json!({
        "userinfo": {
            "given_name": {"essential": true}, "nickname": null, "email": {"essential": true}, "picture": null,
            "http://example.info/claims/groups": null, "family_name#de": null,
        },
        "id_token": {"auth_time": {"essential": true}, "acr": {"values": ["urn:mace:incommon:iap:silver"]}, "email": null},
        "else": 1,
    }));
    let mut userinfo = request.user.userinfo.clone();
    userinfo.sort();
    assert_eq!(userinfo, ["email", "given_name", "nickname", "picture"]);
    assert_eq!(request.user.id_token, ["email"]);
    let acr = request.acr.as_ref().unwrap();
    assert!(!acr.essential && acr.values == ["urn:mace:incommon:iap:silver"]);
    let mut scopes: Vec<_> = request.user.scopes().collect();
    scopes.sort_unstable();
    scopes.dedup();
    assert_eq!(scopes, ["email", "profile"], "these are what the user is asked about");
    let only = request.user.filtered(|name| name == "email");
    assert_eq!((only.userinfo, only.id_token), (vec!["email".to_owned()], vec!["email".to_owned()]));
}

#[test]
fn a_value_and_values_of_acr_are_one_list() {
    for (member, essential, values) in [
        (json!({"essential": true, "value": "2fa"}), true, vec!["2fa"]),
        (json!({"essential": true, "values": ["phr", "2fa"]}), true, vec!["phr", "2fa"]),
        (json!({"values": []}), false, vec![]),
        (json!({}), false, vec![]),
        (Value::Null, false, vec![]),
    ] {
        let acr = read(&json!({"id_token": {"acr": member}})).acr.unwrap();
        assert_eq!((acr.essential, acr.values), (essential, values.into_iter().map(str::to_owned).collect()));
    }
}

/// §5.5.1: the value of `sub` demands one user.
#[test]
fn one_subject_may_be_demanded() {
    let sub = |id_token: Value, userinfo: Value| {
        json!({"id_token": {"sub": id_token}, "userinfo": {"sub": userinfo}}).to_string()
    };
    let one = json!({"value": "248289761001"});
    for text in [sub(one.clone(), Value::Null), sub(json!({}), one.clone()), sub(one.clone(), one.clone())] {
        assert_eq!(ClaimsRequest::parse(&text).unwrap().sub.as_deref(), Some("248289761001"), "{text}");
    }
    assert_eq!(ClaimsRequest::parse(&sub(Value::Null, Value::Null)).unwrap().sub, None);
    for text in [sub(one, json!({"value": "other"})), sub(json!({"value": 1}), Value::Null)] {
        assert_eq!(ClaimsRequest::parse(&text).unwrap_err().code(), ErrorCode::InvalidRequest, "{text}");
    }
}

#[test]
fn what_has_another_form_is_an_invalid_request() {
    for text in [
        "",
        "name",
        "[]",
        "{",
        r#"{"userinfo": {}} x"#,
        r#"{"userinfo": []}"#,
        r#"{"id_token": {"name": "Ada"}}"#,
        r#"{"userinfo": {"name": null, "name": null}}"#,
        r#"{"id_token": {"acr": {"essential": "true"}}}"#,
        r#"{"id_token": {"acr": {"value": 1}}}"#,
        r#"{"id_token": {"acr": {"values": "1fa"}}}"#,
        r#"{"id_token": {"acr": {"values": [1]}}}"#,
        &json!({"id_token": {"acr": {"values": vec!["x"; 21]}}}).to_string(),
        &format!("{}1{}", r#"{"a":"#.repeat(40), "}".repeat(40)),
    ] {
        let error = ClaimsRequest::parse(text).expect_err(text);
        assert!(error.code() == ErrorCode::InvalidRequest && error.description().contains("claims"), "{error}");
    }
}

proptest! {
    #[test]
    fn whatever_comes_is_read_or_refused(text in "[{}\\[\\]\",:a-z0-9]{0,60}") {
        let _ = ClaimsRequest::parse(&text);
    }

    /// What is stored is what is read again, and holds claims of the user alone.
    #[test]
    fn what_is_kept_is_known(names in prop::collection::vec("(name|email|address|phone_number|[a-z_]{1,12})", 0..8)) {
        let members: serde_json::Map<_, _> = names.iter().map(|name| (name.clone(), Value::Null)).collect();
        let request = read(&json!({"userinfo": members}));
        prop_assert!(request.user.userinfo.iter().all(|name| StandardClaims::scope_of(name).is_some()));
        let stored = serde_json::to_value(&request).unwrap();
        prop_assert_eq!(serde_json::from_value::<ClaimsRequest>(stored).unwrap(), request);
    }
}
