//! The real binary on a set-up: an installation with a folder, a database and Redis keys of its own, commands of the command line
//! on it, and servers (one, or several nodes) that a test starts, stops, kills and starts again.

pub(crate) mod over_http;

use std::any::Any;
use std::fmt;
use std::fs::File;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use openidconnect::reqwest;
use serde_json::Value;
use tempfile::TempDir;
use tessera::keys::keyring::Keyring;
use tessera::random::Random;
use tessera::store::Location;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdout, Command};

use super::browser::Browser;
use super::database::{SetUp, empty, variable};
use super::eventually;

/// Within this a server is ready, and one that was told to stop has ended: two cores are shared by many tests.
const PATIENCE: Duration = Duration::from_mins(1);

/// What the nodes of one server share. Its database and its folder end with it.
pub(crate) struct Installation {
    folder: TempDir,
    environment: Vec<(String, String)>,
    port: u16,
    _database: Option<Box<dyn Any + Send + Sync>>,
}

impl Installation {
    /// Nothing but a configuration: the database is empty until a command or a server has made its schema.
    pub(crate) async fn new(set_up: SetUp) -> Self {
        let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
        let keyring = Keyring::generate(&Random::system()).to_text();
        let mut environment = vec![
            set("server.public_url", &format!("http://127.0.0.1:{port}")),
            set("keys.master", keyring.expose()),
            set("database.max_connections", "8"),
            // A hash of the default cost, in a debug build beside other tests, would be most of a test's time.
            set("passwords.memory_kib", "8"),
            set("passwords.iterations", "1"),
        ];
        let mut database = None;
        if set_up != SetUp::Sqlite {
            let (options, held) = empty(set_up).await;
            let Location::Postgres(url) = &options.location else { unreachable!("a set-up on PostgreSQL") };
            environment.push(set("database.url", url.expose()));
            database = Some(Box::new(held) as _);
        }
        if set_up == SetUp::PostgresRedis {
            environment.push(set("redis.url", &variable("TESSERA_TEST_REDIS")));
            environment.push(set("redis.key_prefix", &format!("test:{}:{port}:", std::process::id())));
        }
        Self { folder, environment, port, _database: database }
    }

    /// Sets a key of the configuration for all commands and servers that follow.
    pub(crate) fn with(mut self, key: &str, value: &str) -> Self {
        self.environment.push(set(key, value));
        self
    }

    /// The public URL, which is the default realm's issuer: where the first server listens.
    pub(crate) fn url(&self) -> String {
        self.setting("server.public_url")
    }

    /// Where SQLite's databases are, and whatever a test puts beside them.
    pub(crate) fn folder(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    /// Runs a command with `--json` and gives its answer.
    pub(crate) async fn command(&self, arguments: &[&str]) -> Value {
        self.command_with(arguments, "").await
    }

    /// Runs a command with `--json` and this standard input, and gives its answer.
    ///
    /// # Panics
    /// If it fails.
    pub(crate) async fn command_with(&self, arguments: &[&str], input: &str) -> Value {
        let mut command = self.binary();
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // A command that does not read its input closes it.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes()).await;
        let output = child.wait_with_output().await.unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{arguments:?}: {error}: {output:?}"))
    }

    /// Runs a command with `--json` that fails, and gives its exit code and what it says.
    ///
    /// # Panics
    /// If it succeeds.
    pub(crate) async fn refused(&self, arguments: &[&str]) -> (i32, Value) {
        let output = self.binary().args(arguments).stdin(Stdio::null()).output().await.unwrap();
        assert!(!output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stdout));
        // After what it logged.
        let said = String::from_utf8_lossy(&output.stderr);
        let said = serde_json::from_str(said.lines().last().unwrap_or_default())
            .unwrap_or_else(|error| panic!("{arguments:?}: {error}: {said}"));
        (output.status.code().expect("it was not killed"), said)
    }

    /// A command with `--json` that is under way; it is killed when it is dropped.
    pub(crate) fn started(&self, arguments: &[&str]) -> Child {
        let mut command = self.binary();
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }

    /// What a key of the configuration is set to.
    ///
    /// # Panics
    /// If it is not set.
    pub(crate) fn setting(&self, key: &str) -> String {
        let name = set(key, "").0;
        self.environment.iter().rfind(|(known, _)| *known == name).expect("it is set").1.clone()
    }

    /// The first server, where the public URL leads, once it is ready.
    pub(crate) async fn start(&self) -> Server {
        self.start_on(self.port, &[]).await
    }

    /// A further node, on a port of its own; it knows pages only by the public URL's `Host`.
    pub(crate) async fn start_node(&self, settings: &[(&str, &str)]) -> Server {
        self.start_on(free_port(), settings).await
    }

    /// A server with settings of its own, once it is ready.
    pub(crate) async fn start_on(&self, port: u16, settings: &[(&str, &str)]) -> Server {
        let mut server = self.spawn(port, settings);
        server.ready().await;
        server
    }

    /// A server that may not be ready yet, or never.
    pub(crate) fn spawn(&self, port: u16, settings: &[(&str, &str)]) -> Server {
        let log = self.folder.path().join(format!("{port}.log"));
        let mut command = self.binary();
        command.args(["--set", &format!("server.listen=127.0.0.1:{port}")]);
        for (key, value) in settings {
            command.args(["--set", &format!("{key}={value}")]);
        }
        let log_file = File::options().create(true).append(true).open(&log).unwrap();
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log_file);
        let mut child = command.spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let settings = settings.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        Server { port, public_url: self.url(), settings, child, stdout, log, announced: Value::Null }
    }

    fn binary(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tessera"));
        command.current_dir(self.folder.path()).env_clear().envs(self.environment.iter().cloned());
        command.arg("--json").kill_on_drop(true);
        command
    }
}

/// One running server. It is killed when this is dropped; its log is shown where the test has failed.
pub(crate) struct Server {
    port: u16,
    public_url: String,
    settings: Vec<(String, String)>,
    child: Child,
    stdout: BufReader<ChildStdout>,
    log: PathBuf,
    announced: Value,
}

impl Server {
    /// Where it listens, without a slash at its end.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The number of its process.
    ///
    /// # Panics
    /// If it has ended.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id().expect("it runs")
    }

    /// What it printed at its start: the link for the first administrator among it.
    pub(crate) fn announced(&self) -> &Value {
        &self.announced
    }

    /// All that it logged, and those before it on this port.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// A browser that has never been here, at the default realm.
    pub(crate) fn browser(&self) -> Browser {
        let host = self.public_url.split_once("://").expect("a URL").1;
        Browser::new(over_http::send(self.url())).at_host(host)
    }

    /// Waits until it takes requests.
    ///
    /// # Panics
    /// If it ends instead.
    pub(crate) async fn ready(&mut self) {
        self.told().await;
        let address = format!("{}/readyz", self.url());
        let http = http();
        eventually(PATIENCE, async || {
            assert!(self.child.try_wait().unwrap().is_none(), "it ended");
            http.get(&address).send().await.ok().filter(|answer| answer.status().is_success())
        })
        .await;
    }

    /// Waits until it has told what it tells at its start, though it may not take requests yet.
    ///
    /// # Panics
    /// If it ends instead.
    pub(crate) async fn told(&mut self) {
        let mut line = String::new();
        self.stdout.read_line(&mut line).await.unwrap();
        self.announced =
            serde_json::from_str(&line).unwrap_or_else(|_| panic!("it ended before it began:\n{}", self.log()));
    }

    /// Sends SIGTERM and nothing more.
    pub(crate) async fn terminate(&self) {
        let sent = Command::new("kill").arg(self.pid().to_string()).status().await.unwrap();
        assert!(sent.success());
    }

    /// Sends SIGTERM and waits for the end.
    pub(crate) async fn stop(&mut self) -> ExitStatus {
        self.terminate().await;
        self.ended().await
    }

    /// Waits until it has ended.
    pub(crate) async fn ended(&mut self) -> ExitStatus {
        let log = self.log.clone();
        let ended = tokio::time::timeout(PATIENCE, self.child.wait()).await;
        ended.unwrap_or_else(|_| panic!("it goes on:\n{}", std::fs::read_to_string(log).unwrap_or_default())).unwrap()
    }

    /// Ends it at once, as a crash does (SIGKILL).
    pub(crate) async fn kill(&mut self) {
        self.child.kill().await.unwrap();
    }

    /// Starts it again where it was, on the same data; waits until it is ready.
    pub(crate) async fn restart(&mut self, installation: &Installation) {
        if self.child.try_wait().unwrap().is_none() {
            self.stop().await;
        }
        let settings = self.settings.clone();
        let settings: Vec<_> = settings.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        *self = installation.start_on(self.port, &settings).await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the log of the server at {}:\n{}", self.url(), self.log());
        }
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("url", &self.url()).finish_non_exhaustive()
    }
}

/// What asks a server: it follows no redirect and asks no proxy.
pub(crate) fn http() -> reqwest::Client {
    over_http::client()
}

/// A key of the configuration as the environment names it.
fn set(key: &str, value: &str) -> (String, String) {
    (format!("TESSERA__{}", key.to_uppercase().replace('.', "__")), value.to_owned())
}

/// A port that nobody listens on, for now.
pub(crate) fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Killed or stopped, a server starts again with the keys that it had; commands and further nodes work beside it.
async fn starts_again(set_up: SetUp) {
    let installation = Installation::new(set_up).await.with("sign_up.enabled", "true");
    let mut server = installation.start().await;
    assert_eq!(installation.url(), server.url());
    assert!(server.announced()["administrator_link"].is_string());
    let keys = async |server: &Server| {
        http().get(format!("{}/oauth2/jwks", server.url())).send().await.unwrap().text().await.unwrap()
    };
    let before = keys(&server).await;
    server.kill().await;
    server.restart(&installation).await;
    assert_eq!(keys(&server).await, before);
    let node = installation.start_node(&[("log.filter", "warn")]).await;
    assert_eq!(keys(&node).await, before);
    let administrator = ["user", "create", "--username", "root", "--administrator"];
    let made = installation.command_with(&administrator, "correct horse battery").await;
    assert_eq!(made["administrator"], true);
    assert_eq!(installation.command(&["user", "list"]).await["users"][0]["id"], made["id"]);
    server.restart(&installation).await;
    assert!(server.announced()["administrator_link"].is_null());
    assert!(server.stop().await.success(), "{}", server.log());
    assert_eq!(installation.folder().join("data/tessera.db").exists(), set_up == SetUp::Sqlite);
}

#[tokio::test]
async fn a_server_starts_again_on_the_same_data_on_sqlite() {
    starts_again(SetUp::Sqlite).await;
}

#[tokio::test]
async fn a_server_starts_again_on_the_same_data_on_postgres_and_redis() {
    starts_again(SetUp::PostgresRedis).await;
}
