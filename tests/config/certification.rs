//! The certification profile (config/certification, docs/certification.md) is one that this server takes.

use std::collections::BTreeMap;

use serde_json::Value;
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

/// The modules that end with a page at the server, of which the suite wants a picture (v5.2) that its own browser can take.
const WANT_A_PAGE: [&str; 14] = [
    "oidcc-ensure-redirect-uri-in-authorization-request",
    "oidcc-ensure-registered-redirect-uri",
    "oidcc-redirect-uri-query-added",
    "oidcc-redirect-uri-query-mismatch",
    "oidcc-registration-policy-uri",
    "oidcc-registration-tos-uri",
    "oidcc-rp-initiated-logout-bad-id-token-hint",
    "oidcc-rp-initiated-logout-bad-post-logout-redirect-uri",
    "oidcc-rp-initiated-logout-modified-id-token-hint",
    "oidcc-rp-initiated-logout-no-id-token-hint",
    "oidcc-rp-initiated-logout-no-params",
    "oidcc-rp-initiated-logout-no-post-logout-redirect-uri",
    "oidcc-rp-initiated-logout-only-state",
    "oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri",
];

/// What the suite's browser does at one address, by the name that `suite.json` has for it.
fn piece(name: &Value) -> Value {
    let name = name.as_str().unwrap().strip_prefix('<').and_then(|name| name.strip_suffix('>')).unwrap();
    serde_json::from_str(&file(&format!("browser/{name}.json"))).unwrap()
}

fn commands(piece: &Value) -> impl Iterator<Item = Vec<&Value>> {
    let tasks = piece["tasks"].as_array().unwrap().iter();
    let commands = tasks.filter_map(|task| task["commands"].as_array()).flatten();
    commands.map(|command| command.as_array().unwrap().iter().collect())
}

/// A module that must not come back to the client ends with the picture of a page; no other command is behind it.
#[test]
fn each_module_that_wants_a_page_gets_its_picture() {
    let suite: Value = serde_json::from_str(&file("suite.json")).unwrap();
    let overridden = suite["override"].as_object().unwrap();
    let mut browsers: BTreeMap<_, _> =
        overridden.iter().filter_map(|(module, with)| Some((module.as_str(), with["browser"].as_array()?))).collect();
    let by_hand = browsers.remove("oidcc-registration-logo-uri");
    assert!(by_hand.is_some_and(Vec::is_empty), "the logo is there a second later");
    assert_eq!(browsers.keys().copied().collect::<Vec<_>>(), WANT_A_PAGE);
    for (module, browser) in browsers {
        let last = piece(browser.last().unwrap());
        let end = last["tasks"].as_array().unwrap().last().unwrap();
        let command = commands(&last).last().unwrap();
        assert_eq!(
            (&end["optional"], *command.last().unwrap()),
            (&Value::Null, &"update-image-placeholder".into()),
            "{module}"
        );
    }
    let own_client = |module: &str| overridden[module]["client"]["client_id"].as_str();
    let channels = ["front", "back"].map(|channel| own_client(&format!("oidcc-{channel}channel-rp-initiated-logout")));
    assert_eq!(channels, [Some("suite-front"), Some("suite-back")]);
    assert_eq!(overridden.len(), WANT_A_PAGE.len() + 1 + channels.len());
}

/// What the browser looks for, types and presses is on the pages.
#[test]
fn its_browser_names_elements_that_there_are() {
    let pages = ["account/login", "oauth/consent", "error", "oidc/logout_confirm", "oidc/logged_out"]
        .map(|page| std::fs::read_to_string(format!("templates/{page}.html")).unwrap());
    let mut pictures = Vec::new();
    for entry in std::fs::read_dir("config/certification/browser").unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap().replace(".json", "");
        let piece = piece(&format!("<{name}>").into());
        assert!(
            piece["match"].is_string()
                && piece["tasks"].as_array().unwrap().iter().all(|task| task["task"].is_string())
        );
        for command in commands(&piece) {
            let [verb, by, target] = [0, 1, 2].map(|at| command[at].as_str().unwrap());
            assert!(["wait", "text", "click"].contains(&verb), "{name}: {verb}");
            let own = by == "id" && target != "submission_complete";
            assert!(!own || pages.iter().any(|page| page.contains(&format!(r#""{target}""#))), "{name}: {target}");
            let picture = command.get(5).map_or("", |action| action.as_str().unwrap());
            if !picture.is_empty() {
                pictures.push(format!("{name} {picture}"));
            }
        }
    }
    pictures.sort_unstable();
    let always = ["error-page", "logged-out", "logout-confirmed", "logout-question", "login-page"];
    let mut wanted = always.map(|name| format!("{name} update-image-placeholder")).to_vec();
    wanted.push("sign-in update-image-placeholder-optional".to_owned());
    wanted.sort_unstable();
    assert_eq!(pictures, wanted);
}

/// A module is told of the logouts that it waits for, and of no other.
#[test]
fn its_common_clients_are_told_of_no_logout() {
    let client: Value = serde_json::from_str(&file("client.json")).unwrap();
    assert!(client.as_object().unwrap().keys().all(|member| !member.contains("channel_logout")), "{client}");
}

/// The module that compares the keys knows RSA and EC among new ones, and no other.
#[test]
fn its_rotation_is_of_a_key_that_the_suite_knows() {
    let page = std::fs::read_to_string("docs/certification.md").unwrap();
    let rotations: Vec<_> = page.lines().filter(|line| line.contains("keys rotate")).collect();
    assert!(rotations.len() == 1 && rotations[0].ends_with("keys rotate --now --alg RS256"), "{rotations:?}");
}
