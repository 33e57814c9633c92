//! The programs that tests run beside themselves: the drivers in `tests/clients`, within a time limit.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use tokio::process::Command;

/// A driver of a client library or of a browser. Each takes its task as JSON and prints its result as one line of JSON.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Driver {
    OpenidClient,
    Authlib,
    Browser,
    Mcp,
    Oauth4webapi,
    Tekcify,
    Encrypted,
}

impl Driver {
    fn command(self) -> Command {
        let clients = clients();
        let (program, file) = match self {
            Self::OpenidClient => (program("TESSERA_TEST_NODE", "node"), "openid-client.mjs"),
            Self::Mcp => (program("TESSERA_TEST_NODE", "node"), "mcp.mjs"),
            Self::Oauth4webapi => (program("TESSERA_TEST_NODE", "node"), "oauth4webapi.mjs"),
            Self::Browser => (program("TESSERA_TEST_NODE", "node"), "browser.mjs"),
            Self::Encrypted => (program("TESSERA_TEST_NODE", "node"), "encrypted.mjs"),
            Self::Tekcify => (program("TESSERA_TEST_NODE", "node"), "tekcify.mjs"),
            Self::Authlib => (program("TESSERA_TEST_PYTHON", "python3"), "authlib_client.py"),
        };
        let mut command = Command::new(program);
        command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients").join(file));
        command.env("PYTHONPATH", clients.join("python")).env("PYTHONDONTWRITEBYTECODE", "1");
        command.env("NO_PROXY", "127.0.0.1,localhost");
        // Authlib insists on https even on the loopback, unless told that this is a test.
        command.env("AUTHLIB_INSECURE_TRANSPORT", "1").env("TESSERA_TEST_CLIENTS", clients);
        command
    }

    /// Runs the driver and gives its result, or all that it said if it fails or is not done within `limit`.
    pub(crate) async fn run(self, task: &Value, limit: Duration) -> Result<Value, Failure> {
        let mut command = self.command();
        command.arg(task.to_string());
        run(command, limit).await
    }
}

/// Why there is no result; its lines stay lines when a test unwraps it.
#[derive(PartialEq)]
pub(crate) struct Failure(String);

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where scripts/test installs the libraries: `target/test-clients`, beside the folder of this test binary's profile.
fn clients() -> PathBuf {
    let beside = || std::env::current_exe().ok()?.ancestors().nth(3).map(|target| target.join("test-clients"));
    std::env::var_os("TESSERA_TEST_CLIENTS").map(PathBuf::from).or_else(beside).unwrap_or_default()
}

/// What the environment names, as scripts/test sets it, else what stands on PATH.
fn program(variable: &str, default: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| default.to_owned())
}

/// The JSON that a program prints, or why there is none. The program ends with the limit.
async fn run(mut command: Command, limit: Duration) -> Result<Value, Failure> {
    command.stdin(Stdio::null()).kill_on_drop(true);
    let output = match tokio::time::timeout(limit, command.output()).await {
        Err(_) => return Err(Failure(format!("not done within {limit:?}"))),
        Ok(Err(error)) => return Err(Failure(format!("did not start: {error}"))),
        Ok(Ok(output)) => output,
    };
    if !output.status.success() {
        return Err(Failure(format!("{}\n{}", output.status, String::from_utf8_lossy(&output.stderr))));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| Failure(format!("printed no JSON: {error}")))
}

fn shell(script: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    command
}

const LIMIT: Duration = Duration::from_secs(30);

#[tokio::test]
async fn a_programs_result_is_its_json() {
    assert_eq!(run(shell("echo '{\"a\":1}'"), LIMIT).await, Ok(serde_json::json!({"a": 1})));
}

#[tokio::test]
async fn a_failing_program_says_why() {
    let Failure(failure) = run(shell("echo because >&2; exit 3"), LIMIT).await.unwrap_err();
    assert!(failure.contains("because") && failure.contains('3'), "{failure}");
}

#[tokio::test]
async fn a_program_that_prints_no_json_fails() {
    assert!(run(shell("echo hello"), LIMIT).await.is_err());
}

#[tokio::test]
async fn a_program_that_hangs_is_ended() {
    let Failure(failure) = run(shell("exec tail -f /dev/null"), Duration::from_millis(50)).await.unwrap_err();
    assert!(failure.contains("not done within"), "{failure}");
}

/// Every driver starts with the packages that scripts/test installed, and tells a failure: here, that nobody answers.
#[tokio::test]
async fn every_driver_tells_its_failure() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let task = serde_json::json!({
        "scenario": "signup", "issuer": format!("http://{nobody}"), "client_id": "x", "redirect_uri": "http://127.0.0.1/cb",
        "username": "x", "password": "x",
    });
    for driver in [Driver::OpenidClient, Driver::Authlib, Driver::Browser, Driver::Tekcify] {
        let Failure(failure) = driver.run(&task, LIMIT).await.unwrap_err();
        assert!(failure.contains("ECONNREFUSED") || failure.contains("Connection refused"), "{driver:?}: {failure}");
    }
}
