//! `scripts/certification`: the server as the conformance suite drives it (docs/certification.md).

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use actix_web::http::header;
use actix_web::test::TestRequest;
use serde_json::{Map, Value};

use super::{Place, Server};
use crate::ephemeral::tls::certificates;
use crate::oauth::world::{basic, decide};
use crate::support::app::Send;
use crate::support::browser::Browser;
use crate::support::eventually;
use crate::support::server::free_port;
use crate::support::server::over_http::send_over_tls;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const READY: Duration = Duration::from_mins(1);
/// Nobody has to be there: it is where the browser is sent.
const SUITE: &str = "https://suite.example:8443";
/// OpenID Connect Core §5.1, by the JSON type of each.
const TEXTS: [&str; 16] = [
    "sub",
    "name",
    "given_name",
    "family_name",
    "middle_name",
    "nickname",
    "preferred_username",
    "profile",
    "picture",
    "website",
    "email",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "phone_number",
];
const TRUE: [&str; 2] = ["email_verified", "phone_number_verified"];
/// §5.1.1: the members of `address`.
const ADDRESS: [&str; 6] = ["formatted", "street_address", "locality", "region", "postal_code", "country"];

/// The script, for a server of its own.
fn script(data: &Path, port: u16) -> Command {
    let mut command = Command::new("bash");
    command.arg(format!("{ROOT}/scripts/certification")).env_clear().env("PATH", std::env::var("PATH").unwrap());
    command.env("TESSERA", env!("CARGO_BIN_EXE_tessera")).env("DATA", data);
    command.env("ISSUER", format!("https://localhost:{port}")).env("LISTEN", format!("127.0.0.1:{port}"));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// protocol.md "So that a machine can drive it": static clients, a user with every claim, a rotation now; a second start keeps them.
#[tokio::test]
async fn the_script_makes_what_the_suite_needs_once_and_serves() {
    let (place, port) = (Place::empty(), free_port());
    let data = place.0.path().join("data");
    let settings = [
        format!("server.data_dir={}", data.display()),
        format!("server.public_url=https://localhost:{port}"),
        format!("server.listen=127.0.0.1:{port}"),
        "tls.development=true".to_owned(),
    ];
    let profile = format!("{ROOT}/config/certification/tessera.toml");
    let arguments = |command: &[&str]| -> Vec<String> {
        let settings = settings.iter().flat_map(|setting| ["--set", setting]);
        ["--config", &profile].into_iter().chain(settings).chain(command.iter().copied()).map(str::to_owned).collect()
    };
    let run = |command: &[&str]| {
        let arguments = arguments(command);
        place.run(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let mut suites = Vec::new();
    for _ in 0..2 {
        let _server = Server(script(&data, port).spawn().unwrap());
        let ready = async || (run(&["healthcheck", "--ready"]).code == 0).then_some(());
        eventually(READY, ready).await;
        for client in ["suite-basic", "suite-post", "suite-second"] {
            assert_eq!(run(&["client", "show", client]).code, 0, "{client}");
        }
        assert_eq!(run(&["user", "show", "carla@example.com"]).code, 0);
        suites.push(std::fs::read_to_string(data.join("suite.json")).unwrap());
    }
    let secret = std::fs::read_to_string(data.join("basic.secret")).unwrap();
    let suite: Value = serde_json::from_str(&suites[0]).unwrap();
    assert_eq!((&suite["client"]["client_secret"], suites[0] == suites[1]), (&secret.trim().into(), true));
    assert_eq!(suite["server"]["discoveryUrl"], format!("https://localhost:{port}/.well-known/openid-configuration"));
    let rotated = run(&["keys", "rotate", "--now"]);
    assert_eq!(rotated.code, 0, "{rotated:?}");
}

/// What the test user tells the static client that asks for every standard scope.
async fn told(send: &Send, browser: &Browser, data: &Path) -> Map<String, Value> {
    let secret = |name: &str| std::fs::read_to_string(data.join(name)).unwrap().trim().to_owned();
    let callback = format!("{SUITE}/test/a/tessera/callback");
    let asking = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("response_type", "code"), ("client_id", "suite-basic"), ("redirect_uri", &callback)])
        .append_pair("scope", "openid profile email address phone")
        .finish();
    let login = browser.follow(browser.get(&format!("/oauth2/authorize?{asking}")).await).await;
    let interaction = login.value("interaction").unwrap();
    let fields = [("interaction", interaction.as_str()), ("identifier", "carla"), ("password", &secret("password"))];
    let consent = browser.follow(browser.post("/login", &fields).await).await;
    let answer = decide(browser, &consent.value("interaction").unwrap(), "allow").await;
    let (at, query) = browser.follow(answer).await.location().split_once('?').map(owned).unwrap();
    let code = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "code").unwrap().1.into_owned();
    assert_eq!(at, callback);
    let form = [("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", &callback)];
    let proof = (header::AUTHORIZATION, basic("suite-basic", &secret("basic.secret")));
    let tokens = send(TestRequest::post().uri("/oauth2/token").insert_header(proof).set_form(form)).await.json();
    let bearer = (header::AUTHORIZATION, format!("Bearer {}", tokens["access_token"].as_str().unwrap()));
    let userinfo = send(TestRequest::get().uri("/oauth2/userinfo").insert_header(bearer)).await.json();
    userinfo.as_object().unwrap().clone()
}

fn owned((at, query): (&str, &str)) -> (String, String) {
    (at.to_owned(), query.to_owned())
}

/// protocol.md "Basic": every standard claim, each with its JSON type, and none empty.
#[tokio::test]
async fn its_user_tells_every_standard_claim() {
    let (place, port, folder) = (Place::empty(), free_port(), certificates().await);
    let (data, host) = (place.0.path().join("data"), format!("localhost:{port}"));
    let mut script = script(&data, port);
    for (variable, file) in [("CERTIFICATE_FILE", "server.pem"), ("KEY_FILE", "server.key")] {
        script.env(variable, folder.path().join(file));
    }
    let _server = Server(script.env("SUITE", SUITE).spawn().unwrap());
    eventually(READY, async || tokio::net::TcpStream::connect(&host).await.ok()).await;
    let authority = std::fs::read(folder.path().join("ca.pem")).unwrap();
    let send = send_over_tls(format!("https://{host}"), &authority);
    let browser = Browser::new(send.clone()).over_tls().at_host(&host);
    let mut claims = told(&send, &browser, &data).await;
    let address = claims.remove("address").unwrap();
    let address = address.as_object().unwrap();
    for (told, names) in [(&claims, &TEXTS[..]), (address, &ADDRESS)] {
        for name in names {
            assert!(told[*name].as_str().is_some_and(|text| !text.is_empty()), "{name} in {told:?}");
        }
    }
    assert!(TRUE.iter().all(|name| claims[*name] == true) && claims["updated_at"].is_u64(), "{claims:?}");
    assert_eq!((claims.len(), address.len()), (TEXTS.len() + TRUE.len() + 1, ADDRESS.len()), "no other: {claims:?}");
}

/// `CA_FILE` is `outgoing.ca_file`: one that cannot be read is told by that name, and nothing is served.
#[tokio::test]
async fn the_authority_of_the_suite_is_the_one_that_the_server_reads() {
    let place = Place::empty();
    let missing = place.0.path().join("missing.pem");
    let mut script = tokio::process::Command::from(script(&place.0.path().join("data"), free_port()));
    script.env("CA_FILE", &missing).stderr(Stdio::piped()).kill_on_drop(true);
    let ended = tokio::time::timeout(READY, script.output()).await.expect("it serves").unwrap();
    let said = String::from_utf8(ended.stderr).unwrap();
    assert!(!ended.status.success() && said.contains(&format!("outgoing.ca_file {}", missing.display())), "{said}");
}

/// The suite's configuration is whole, and each static client is told of logouts on the channel of its module alone.
#[tokio::test]
async fn what_the_suite_is_given_is_about_this_server_and_this_suite() {
    let (place, port) = (Place::empty(), free_port());
    let (data, issuer) = (place.0.path().join("data"), format!("https://localhost:{port}"));
    let _server = Server(script(&data, port).env("SUITE", SUITE).spawn().unwrap());
    eventually(READY, async || tokio::net::TcpStream::connect(("localhost", port)).await.ok()).await;
    let text = std::fs::read_to_string(data.join("suite.json")).unwrap();
    for left in ["ISSUER", "SUITE", "PASSWORD", "SECRET", "<"] {
        assert!(!text.contains(left), "{left} in {text}");
    }
    let suite: Value = serde_json::from_str(&text).unwrap();
    let overridden = suite["override"].as_object().unwrap().values().filter(|with| with["client"].is_null());
    for with in overridden.chain([&suite]) {
        for entry in with["browser"].as_array().unwrap() {
            let at = entry["match"].as_str().unwrap();
            assert!(at.starts_with(&issuer) || at.starts_with(&format!("{SUITE}/test/a/tessera/")), "{at}");
            assert!(!entry["tasks"].as_array().unwrap().is_empty(), "{at}");
        }
    }
    let [own, session] = [0, 2].map(|at| &suite["browser"][at]["match"]);
    assert_eq!(*own, format!("{issuer}/oauth2/authorize*"));
    assert_eq!(*session, format!("{SUITE}/test/a/tessera/*session_verify"), "else it is left to the tester");
    let settings = [format!("server.data_dir={}", data.display()), format!("server.public_url={issuer}")];
    let channels = ["frontchannel_logout", "backchannel_logout"];
    for (client, told) in [("basic", ""), ("post", ""), ("second", ""), ("front", channels[0]), ("back", channels[1])] {
        let id = format!("suite-{client}");
        let shown = place.json(&["--set", &settings[0], "--set", &settings[1], "client", "show", &id]);
        let uris: Vec<_> =
            channels.iter().filter_map(|channel| shown["metadata"][format!("{channel}_uri")].as_str()).collect();
        let wanted = (!told.is_empty()).then(|| format!("{SUITE}/test/a/tessera/{told}"));
        assert_eq!(uris, wanted.as_deref().into_iter().collect::<Vec<_>>(), "{shown}");
        let secret = std::fs::read_to_string(data.join(format!("{client}.secret"))).unwrap();
        assert!(text.contains(&format!(r#""client_id": "{id}", "client_secret": "{}""#, secret.trim())), "{id}");
    }
}
