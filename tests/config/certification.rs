//! The certification profile (config/certification, docs/certification.md) is one that this server takes.

use tessera::config::{Config, Period, Severity, Sources};
use tessera::protocol::claims::StandardClaims;
use tessera::protocol::client_metadata::ClientMetadata;
use tessera::protocol::client_registration::RegistrationMode;
use tessera::protocol::profile::Profile;

fn file(name: &str) -> String {
    std::fs::read_to_string(format!("config/certification/{name}")).unwrap()
}

/// protocol.md "So that a machine can drive it": nothing but what is loud on purpose is wrong with it.
#[test]
fn its_configuration_is_read_and_loud() {
    let sources = Sources { file: Some("config/certification/tessera.toml".into()), ..Sources::default() };
    let config = Config::load(&sources).unwrap();
    let findings: Vec<_> = config.check().into_iter().map(|finding| (finding.severity, finding.key)).collect();
    assert_eq!(findings, [(Severity::Warning, "outgoing.allow_strangers")]);
    let registration = &config.registration;
    assert_eq!((registration.mode, registration.default_profile), (RegistrationMode::Open, Profile::LegacyOidc));
    // What a module waits for must end while it waits.
    let lifetimes = &config.lifetimes;
    assert_eq!([lifetimes.access_token, lifetimes.id_token], [Period::minutes(5); 2]);
}

/// protocol.md "Basic": every claim of each scope, beside those that identifiers bring.
#[test]
fn its_user_has_every_claim() {
    let mut user: serde_json::Value = serde_json::from_str(&file("user.json")).unwrap();
    user["name"] = "Carla Certa".into();
    let claims: StandardClaims = serde_json::from_value(user).unwrap();
    claims.validate().unwrap();
    let told = claims.released(&"openid profile address".parse().unwrap(), &[]);
    assert_eq!(told.len(), 13, "all but preferred_username and updated_at: {told:?}");
    assert_eq!(told["address"].as_object().unwrap().len(), 6);
}

#[test]
fn its_clients_keep_every_rule() {
    let text = file("client.json").replace("SUITE", "https://suite.example:8443");
    let metadata: ClientMetadata = serde_json::from_str(&text).unwrap();
    metadata.validate().unwrap();
    assert!(Profile::LegacyOidc.faults(&metadata).is_empty());
    assert_eq!(metadata.response_types.len(), 6);
    let suite: serde_json::Value = serde_json::from_str(&file("suite.json")).unwrap();
    assert_eq!(suite["alias"], "tessera", "as the redirect URIs have it");
}
