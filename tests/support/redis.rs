//! A Redis of a test's own, for what no shared one can suffer: an end, a pause, a flush, TLS.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tempfile::TempDir;
use tessera::ephemeral::redis::Options;
use tessera::secret::Secret;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use super::eventually;
use super::server::free_port;

/// A running redis-server. It ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    port: u16,
    process: Child,
    _folder: TempDir,
}

impl Server {
    /// A server without TLS.
    pub(crate) async fn start() -> Self {
        let port = free_port();
        Self::start_with(port, &["--port".to_owned(), port.to_string()], tempfile::tempdir().unwrap()).await
    }

    /// A server that speaks TLS only, with `server.pem` and `server.key` of `folder`.
    pub(crate) async fn start_with_tls(folder: TempDir) -> Self {
        let port = free_port();
        let file = |name: &str| folder.path().join(name).display().to_string();
        let arguments = [
            "--port".to_owned(),
            "0".to_owned(),
            "--tls-port".to_owned(),
            port.to_string(),
            "--tls-cert-file".to_owned(),
            file("server.pem"),
            "--tls-key-file".to_owned(),
            file("server.key"),
            "--tls-auth-clients".to_owned(),
            "no".to_owned(),
        ];
        Self::start_with(port, &arguments, folder).await
    }

    async fn start_with(port: u16, arguments: &[String], folder: TempDir) -> Self {
        let process = command(folder.path(), arguments).spawn().expect("redis-server starts");
        let answers = async || TcpStream::connect(("127.0.0.1", port)).await.ok();
        eventually(Duration::from_secs(20), answers).await;
        Self { port, process, _folder: folder }
    }

    /// How to reach it: with time-outs that a test can wait for.
    pub(crate) fn options(&self) -> Options {
        options(&format!("redis://127.0.0.1:{}/", self.port))
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// How applications name it.
    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/", self.port)
    }

    /// Lets it hang: it takes connections and answers nothing (SIGSTOP).
    pub(crate) async fn pause(&self) {
        self.signal("-STOP").await;
    }

    /// Lets it go on.
    pub(crate) async fn resume(&self) {
        self.signal("-CONT").await;
    }

    async fn signal(&self, signal: &str) {
        let pid = self.process.id().expect("it runs").to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().await.unwrap().success());
    }

    /// Lets it forget everything (FLUSHALL).
    pub(crate) async fn flush(&self) {
        let mut connection = TcpStream::connect(("127.0.0.1", self.port)).await.unwrap();
        connection.write_all(b"FLUSHALL\r\n").await.unwrap();
        let mut answer = [0; 5];
        connection.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"+OK\r\n");
    }

    /// Ends it at once, as a crash does.
    pub(crate) async fn kill(&mut self) {
        self.process.kill().await.unwrap();
    }

    /// Starts it again where it was, empty.
    pub(crate) async fn restart(&mut self) {
        let folder = tempfile::tempdir().unwrap();
        let again = Self::start_with(self.port, &["--port".to_owned(), self.port.to_string()], folder).await;
        *self = again;
    }
}

/// Options with short time-outs.
pub(crate) fn options(url: &str) -> Options {
    Options {
        url: Secret::from(url),
        username: None,
        password: None,
        key_prefix: "test:".to_owned(),
        ca_pem: None,
        connect_timeout: Duration::from_millis(500),
        response_timeout: Duration::from_millis(500),
    }
}

fn command(folder: &Path, arguments: &[String]) -> Command {
    let mut command = Command::new(super::database::variable("TESSERA_TEST_REDIS_SERVER"));
    command.args(arguments).args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--daemonize", "no"]);
    command.arg("--dir").arg(folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.kill_on_drop(true);
    command
}
