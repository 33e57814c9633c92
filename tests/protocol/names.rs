//! The closed lists of names, and `prompt`.

use std::fmt::{Debug, Display};
use std::str::FromStr;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tessera::protocol::acr::{Acr, Amr};
use tessera::protocol::algorithm::SigningAlgorithm;
use tessera::protocol::client_metadata::ClientKind;
use tessera::protocol::display;
use tessera::protocol::grant_type::GrantType;
use tessera::protocol::prompt::{Prompt, Prompts};
use tessera::protocol::response_mode::ResponseMode;
use tessera::protocol::response_type::ResponseType;
use tessera::protocol::token_endpoint_auth_method::TokenEndpointAuthMethod;
use tessera::protocol::{ErrorCode, OAuthError};

fn names_are<T>(all: &[T], names: &[&str])
where
    T: Copy + Debug + Display + FromStr + PartialEq + Serialize + DeserializeOwned,
{
    assert_eq!(all.iter().map(ToString::to_string).collect::<Vec<_>>(), names);
    for (value, name) in all.iter().zip(names) {
        let json = format!("\"{name}\"");
        assert_eq!(name.parse::<T>().ok(), Some(*value));
        assert_eq!(serde_json::to_string(value).unwrap(), json);
        assert_eq!(serde_json::from_str::<T>(&json).unwrap(), *value);
        assert!(name.to_uppercase().parse::<T>().is_err() || name.to_uppercase() == *name, "names have one case");
        assert!(format!(" {name}").parse::<T>().is_err());
    }
    assert!("".parse::<T>().is_err());
}

#[test]
fn names_are_those_of_the_rfcs_and_have_one_case() {
    names_are(GrantType::ALL, &["authorization_code", "refresh_token", "client_credentials", "implicit"]);
    let types = ["code", "id_token", "id_token token", "code id_token", "code token", "code id_token token"];
    names_are(ResponseType::ALL, &types);
    names_are(ResponseMode::ALL, &["query", "fragment", "form_post"]);
    names_are(display::Display::ALL, &["page", "popup", "touch", "wap"]);
    names_are(SigningAlgorithm::ALL, &["RS256", "ES256", "PS256", "EdDSA"]);
    names_are(
        TokenEndpointAuthMethod::ALL,
        &["client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt", "none"],
    );
    names_are(Prompt::ALL, &["none", "login", "consent", "select_account", "create"]);
    names_are(ClientKind::ALL, &["public", "confidential"]);
    names_are(Acr::ALL, &["1fa", "2fa", "phr"]);
    // RFC 8176 §2.
    names_are(Amr::ALL, &["pwd", "otp", "sms", "hwk", "swk", "pin", "user", "mfa"]);
    assert_eq!(ErrorCode::ALL.len(), 27);
}

/// security.md, JOSE: alg none in any case; no shared-secret algorithm.
#[test]
fn neither_none_nor_hs256_is_a_signing_algorithm() {
    for name in ["none", "None", "NONE", "nOnE", "HS256", "HS512", "rs256", "RS1", ""] {
        assert!(name.parse::<SigningAlgorithm>().is_err(), "{name}");
    }
}

/// RFC 6749 §1.3.3's password grant is absent (OAuth 2.1).
#[test]
fn there_is_no_password_grant() {
    let refusal = "password".parse::<GrantType>().unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "unknown grant_type: one of authorization_code, refresh_token, client_credentials, implicit is expected"
    );
}

#[test]
fn a_client_without_authentication_is_public() {
    assert_eq!(TokenEndpointAuthMethod::None.client_kind(), ClientKind::Public);
    assert_eq!(TokenEndpointAuthMethod::ClientSecretPost.client_kind(), ClientKind::Confidential);
    assert_eq!(TokenEndpointAuthMethod::ClientSecretBasic.client_kind(), ClientKind::Confidential);
}

/// OpenID Connect Core §3.1.2.1: `none` with any other value is an error.
#[test]
fn prompt_none_stands_alone() {
    assert!("none".parse::<Prompts>().unwrap().is_none());
    for text in ["none login", "login none", "consent none select_account"] {
        let error = text.parse::<Prompts>().unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidRequest, "{text}");
    }
}

#[test]
fn prompts_are_a_set() {
    let prompts: Prompts = "consent login login".parse().unwrap();
    assert_eq!(prompts.to_string(), "login consent");
    assert!(prompts.contains(Prompt::Login) && prompts.contains(Prompt::Consent) && !prompts.is_none());
    assert_eq!(prompts.without(Prompt::Login).to_string(), "consent");
    assert!("".parse::<Prompts>().unwrap().is_empty());
    let error: OAuthError = "login later".parse::<Prompts>().unwrap_err();
    assert_eq!(error.code(), ErrorCode::InvalidRequest);
}

#[test]
fn prompts_are_stored_as_their_text() {
    let json = serde_json::to_string(&"select_account".parse::<Prompts>().unwrap()).unwrap();
    assert_eq!(json, "\"select_account\"");
    assert_eq!(serde_json::from_str::<Prompts>(&json).unwrap().to_string(), "select_account");
    assert!(serde_json::from_str::<Prompts>("\"none login\"").is_err());
}
