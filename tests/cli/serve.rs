//! `tessera serve`: what a first start prints, and commands beside the running server.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use super::{Place, Server};
use crate::support::eventually;
use crate::support::server::free_port;

impl Server {
    fn start(place: &Place, port: u16) -> Self {
        Self::start_with(place, port, &[])
    }

    fn start_with(place: &Place, port: u16, settings: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tessera"));
        command.current_dir(place.0.path()).env_clear().args(["--json", "--set", "keys.algorithms=RS256,ES256"]);
        command.args(["--set", &format!("server.listen=127.0.0.1:{port}")]);
        command.args(["--set", &format!("server.public_url=http://127.0.0.1:{port}")]);
        command.args(settings.iter().flat_map(|setting| ["--set", setting]));
        Self(command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
    }

    /// The line that it prints once it has everything open.
    fn announced(&mut self) -> Value {
        let mut line = String::new();
        BufReader::new(self.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"))
    }

    /// Tells it to stop; what it logged.
    fn stop(mut self) -> String {
        Command::new("kill").arg(self.0.id().to_string()).status().unwrap();
        assert!(self.0.wait().unwrap().success());
        let mut log = String::new();
        self.0.stderr.take().unwrap().read_to_string(&mut log).unwrap();
        log
    }
}

#[tokio::test]
async fn a_first_start_prints_a_link_that_no_log_shows_until_there_is_an_administrator() {
    let (place, port) = (Place::empty(), free_port());
    let mut server = Server::start(&place, port);
    let announced = server.announced();
    let link = announced["administrator_link"].as_str().unwrap().to_owned();
    assert!(link.starts_with(&format!("http://127.0.0.1:{port}/setup?token=")), "{link}");
    let address = format!("server.listen=127.0.0.1:{port}");
    eventually(Duration::from_secs(10), async || {
        (place.run(&["healthcheck", "--set", &address]).code == 0).then_some(())
    })
    .await;
    // Beside the running server.
    place.run_with(&["user", "create", "--username", "root", "--administrator"], "correct horse battery").done();
    let log = server.stop();
    let token = link.rsplit('=').next().unwrap();
    assert!(!log.is_empty() && !log.contains(token), "{log}");
    let mut again = Server::start(&place, port);
    assert!(again.announced()["administrator_link"].is_null());
}

/// What is for tests alone is told at each start, and only where it is set.
#[test]
fn a_setting_that_is_for_tests_alone_is_warned_of_in_the_log() {
    let place = Place::empty();
    for is_set in [true, false] {
        let setting = format!("outgoing.allow_strangers={is_set}");
        let mut server = Server::start_with(&place, free_port(), &[&setting]);
        server.announced();
        let log = server.stop();
        let warned = log.lines().any(|line| line.contains("WARN") && line.contains("outgoing.allow_strangers"));
        assert_eq!(warned, is_set, "{log}");
    }
}

#[test]
fn a_port_that_is_taken_is_named_with_the_setting_to_change() {
    let place = Place::empty();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("server.listen={}", taken.local_addr().unwrap());
    let answer = place.run(&["--set", &address]);
    assert_eq!(answer.code, 1, "{answer:?}");
    assert!(answer.err.contains("server.listen"), "{answer:?}");
}
