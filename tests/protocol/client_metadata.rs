//! RFC 7591 §2 and OpenID Connect Registration §2: client metadata.

use serde_json::{Value, json};
use tessera::protocol::algorithm::SigningAlgorithm;
use tessera::protocol::client_metadata::{ClientKind, ClientMetadata};
use tessera::protocol::grant_type::GrantType;

fn metadata(value: Value) -> ClientMetadata {
    serde_json::from_value(value).unwrap()
}

fn faulty_fields(value: Value) -> Vec<&'static str> {
    metadata(value).validate().unwrap_err().iter().map(|fault| fault.field).collect()
}

#[test]
fn what_is_missing_has_the_default_of_the_rfc() {
    let client = metadata(json!({"redirect_uris": ["https://a.example/cb"], "unknown": 1}));
    assert_eq!(client.kind(), ClientKind::Confidential);
    assert!(client.allows(GrantType::AuthorizationCode) && !client.allows(GrantType::RefreshToken));
    assert_eq!(client.id_token_signed_response_alg, SigningAlgorithm::Rs256);
    assert_eq!(client.validate().unwrap().redirect_uris.len(), 1);
    assert_eq!(metadata(serde_json::to_value(&client).unwrap()), client);
}

#[test]
fn the_authentication_method_decides_the_kind_and_so_the_redirect_uris() {
    let uris = json!(["com.example.app:/cb"]);
    assert!(metadata(json!({"redirect_uris": uris, "token_endpoint_auth_method": "none"})).validate().is_ok());
    assert_eq!(faulty_fields(json!({"redirect_uris": uris})), ["redirect_uris"]);
}

#[test]
fn every_fault_is_named() {
    let base = |name: &str, value: Value| {
        let mut client = json!({"redirect_uris": ["https://a.example/cb"]});
        client[name] = value;
        client
    };
    for (name, value) in [
        ("redirect_uris", json!([])),
        ("redirect_uris", json!(["https://a.example/cb#x"])),
        ("redirect_uris", json!(["https://a.example/cb", "https://a.example/cb"])),
        ("post_logout_redirect_uris", json!(["http://a.example"])),
        ("client_name", json!("")),
        ("client_name", json!("a\u{202e}b")),
        ("client_name", json!("a".repeat(201))),
        ("logo_uri", json!("javascript:alert(1)")),
        ("client_uri", json!("a.example")),
        ("policy_uri", json!("ftp://a.example")),
        ("tos_uri", json!("")),
        ("initiate_login_uri", json!("http://a.example/login")),
        ("contacts", json!(["nobody"])),
        ("response_types", json!([])),
    ] {
        assert_eq!(faulty_fields(base(name, value.clone())), [name], "{value}");
    }
    let several = json!({"client_name": "", "logo_uri": "x", "redirect_uris": ["x"]});
    assert_eq!(faulty_fields(several), ["redirect_uris", "client_name", "logo_uri"]);
}

/// RFC 7591 §2.1; security.md: client_credentials for a public client refused.
#[test]
fn grants_fit_the_client() {
    let service = json!({"grant_types": ["client_credentials"], "response_types": []});
    assert!(metadata(service).validate().is_ok());
    let public =
        json!({"grant_types": ["client_credentials"], "response_types": [], "token_endpoint_auth_method": "none"});
    assert_eq!(faulty_fields(public), ["grant_types"]);
    assert_eq!(faulty_fields(json!({"grant_types": ["refresh_token"], "response_types": []})), ["grant_types"]);
    assert_eq!(faulty_fields(json!({"grant_types": [], "response_types": []})), ["grant_types"]);
    assert!(serde_json::from_value::<ClientMetadata>(json!({"grant_types": ["password"]})).is_err());
}

/// OpenID Connect Core §8.1: without a sector_identifier_uri, the sector is the one host of the redirect URIs.
#[test]
fn a_pairwise_client_has_one_host() {
    let with = |uris: Value| json!({"subject_type": "pairwise", "redirect_uris": uris});
    for uris in [
        json!(["https://a.example/cb", "https://a.example:8443/other"]),
        json!(["http://127.0.0.1/cb", "http://127.0.0.1:9000/cb"]),
        json!(["http://[::1]/cb", "http://[::1]:9000/cb"]),
    ] {
        assert!(metadata(with(uris.clone())).validate().is_ok(), "{uris}");
    }
    for uris in
        [json!(["https://a.example/cb", "https://b.example/cb"]), json!(["http://[::1]/cb", "http://127.0.0.1/cb"])]
    {
        assert_eq!(faulty_fields(with(uris.clone())), ["redirect_uris"], "{uris}");
    }
    let mut private = with(json!(["com.example.app:/cb"]));
    private["token_endpoint_auth_method"] = "none".into();
    assert_eq!(faulty_fields(private), ["redirect_uris"], "a scheme that anybody could claim has no host");
    assert!(metadata(json!({"redirect_uris": ["https://a.example/cb", "https://b.example/cb"]})).validate().is_ok());
}
