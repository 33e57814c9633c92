//! `scripts/certification`: the server as the conformance suite drives it (docs/certification.md).

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use super::{Place, Server};
use crate::support::eventually;
use crate::support::server::free_port;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn start(data: &Path, port: u16) -> Server {
    let mut command = Command::new("bash");
    command.arg(format!("{ROOT}/scripts/certification")).env_clear().env("PATH", std::env::var("PATH").unwrap());
    command.env("TESSERA", env!("CARGO_BIN_EXE_tessera")).env("DATA", data);
    command.env("ISSUER", format!("https://localhost:{port}")).env("LISTEN", format!("127.0.0.1:{port}"));
    Server(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
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
        let _server = start(&data, port);
        let ready = async || (run(&["healthcheck", "--ready"]).code == 0).then_some(());
        eventually(Duration::from_mins(1), ready).await;
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
