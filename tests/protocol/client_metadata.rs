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
        ("contacts", json!([""])),
        ("jwks_uri", json!("javascript:1")),
        ("jwks", json!({})),
        ("jwks", json!({"keys": []})),
        ("jwks", json!({"keys": ["x"]})),
        ("jwks", json!({"keys": [{"kty": "EC", "d": "x"}]})),
        ("jwks", json!({"keys": [{"kty": "oct", "k": "x"}]})),
        ("jwks", json!({"keys": vec![json!({"kty": "EC"}); 33]})),
        ("jwks", json!({"keys": [{"kty": "EC", "x": "a".repeat(16 * 1024)}]})),
        ("sector_identifier_uri", json!("data:x")),
        ("software_id", json!("")),
        ("software_version", json!("a\u{202e}b")),
        ("default_acr_values", json!([""])),
        ("default_acr_values", json!(vec!["1fa"; 11])),
        ("id_token_encrypted_response_alg", json!("RSA-OAEP-256")),
        ("userinfo_encrypted_response_alg", json!("ECDH-ES")),
        ("require_signed_request_object", json!(true)),
        ("request_uris", json!(["x"])),
        ("request_uris", json!(vec!["https://a.example/r"; 21])),
        ("backchannel_logout_uri", json!("https://a.example/out#x")),
        ("backchannel_logout_uri", json!("x")),
        ("frontchannel_logout_uri", json!("https://a.example/out#x")),
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

/// RFC 7591 §2: the keys are given by value or by reference, not both.
#[test]
fn a_client_has_one_key_set() {
    let jwks = json!({"keys": [{"kty": "EC", "crv": "P-256", "x": "x", "y": "y", "kid": "a"}]});
    let mut client = json!({"redirect_uris": ["https://a.example/cb"], "jwks": jwks});
    assert!(metadata(client.clone()).validate().is_ok());
    client["id_token_encrypted_response_alg"] = "ECDH-ES".into();
    assert!(metadata(client.clone()).validate().is_ok());
    client["jwks_uri"] = "https://a.example/keys".into();
    assert_eq!(faulty_fields(client), ["jwks"]);
}

/// OpenID Connect Registration §2: the default of every enc is A128CBC-HS256; an enc alone says nothing.
#[test]
fn an_encryption_is_an_algorithm_and_a_content_encryption() {
    let mut client = json!({"redirect_uris": ["https://a.example/cb"], "jwks_uri": "https://a.example/keys"});
    assert_eq!(metadata(client.clone()).responses.id_token_encryption(), None);
    client["id_token_encrypted_response_alg"] = "ECDH-ES".into();
    let known = metadata(client.clone()).responses.id_token_encryption().unwrap();
    assert_eq!((known.algorithm.as_str(), known.content.as_str()), ("ECDH-ES", "A128CBC-HS256"));
    client["userinfo_encrypted_response_enc"] = "A256GCM".into();
    client["request_object_encryption_enc"] = "A256GCM".into();
    assert_eq!(faulty_fields(client), ["userinfo_encrypted_response_alg", "request_object_encryption_alg"]);
    for refused in ["RSA1_5", "dir", "A128KW", "PBES2-HS256+A128KW"] {
        let client = json!({"id_token_encrypted_response_alg": refused});
        assert!(serde_json::from_value::<ClientMetadata>(client).is_err(), "{refused}");
    }
}

/// Front-Channel Logout §2: scheme, host and port are those of a redirect URI.
#[test]
fn the_browser_is_sent_to_a_client_s_own_origin_at_logout() {
    let with = |uri: &str| json!({"redirect_uris": ["https://a.example/cb"], "frontchannel_logout_uri": uri});
    assert!(metadata(with("https://a.example:443/out?x=1")).validate().is_ok());
    for uri in ["https://b.example/out", "http://a.example/out", "https://a.example:8443/out"] {
        assert_eq!(faulty_fields(with(uri)), ["frontchannel_logout_uri"], "{uri}");
    }
    let private = json!({"redirect_uris": ["com.example.app:/cb"], "token_endpoint_auth_method": "none",
                         "frontchannel_logout_uri": "com.example.app:/out"});
    assert_eq!(faulty_fields(private), ["frontchannel_logout_uri"], "a scheme of its own is no web address");
}

/// OpenID Connect Core §9: the method, its keys and its algorithm fit each other.
#[test]
fn an_assertion_s_algorithm_is_one_of_its_method() {
    let with = |method: &str, algorithm: &str, jwks_uri: Option<&str>| {
        json!({"redirect_uris": ["https://a.example/cb"], "token_endpoint_auth_method": method,
               "token_endpoint_auth_signing_alg": algorithm, "jwks_uri": jwks_uri})
    };
    let uri = Some("https://a.example/keys");
    assert!(metadata(with("private_key_jwt", "ES256", uri)).validate().is_ok());
    assert!(metadata(with("client_secret_jwt", "HS256", None)).validate().is_ok());
    assert!(metadata(with("client_secret_basic", "ES256", None)).validate().is_ok(), "said, and not needed");
    assert_eq!(faulty_fields(with("private_key_jwt", "ES256", None)), ["token_endpoint_auth_method"]);
    assert_eq!(faulty_fields(with("private_key_jwt", "HS256", uri)), ["token_endpoint_auth_signing_alg"]);
    assert_eq!(faulty_fields(with("client_secret_jwt", "RS256", None)), ["token_endpoint_auth_signing_alg"]);
    let none = with("private_key_jwt", "none", uri);
    assert!(serde_json::from_value::<ClientMetadata>(none).is_err());
}
