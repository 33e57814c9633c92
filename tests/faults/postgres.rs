//! PostgreSQL ends and starts again under a running server: 503 with Retry-After, never a false answer, and back within ten seconds.

use std::cell::Cell;
use std::os::unix::fs::chown;
use std::process::Stdio;
use std::time::Duration;

use tempfile::TempDir;
use tokio::process::{Child, Command};

use super::site::{Visitor, asking, assert_busy, bare, populate, refresh_token};
use crate::oauth::world::came;
use crate::support::browser::Browser;
use crate::support::database::{SetUp, variable};
use crate::support::eventually;
use crate::support::server::free_port;

/// A PostgreSQL of the test's own.
struct Cluster {
    folder: TempDir,
    port: u16,
    process: Option<Child>,
}

impl Cluster {
    async fn new() -> Self {
        let mut cluster = Self { folder: tempfile::tempdir().unwrap(), port: free_port(), process: None };
        if let Some(user) = user().await {
            chown(cluster.folder.path(), Some(user), None).unwrap();
        }
        let mut initdb = cluster.program("initdb").await;
        initdb.args(["--username=tessera", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]);
        assert!(initdb.status().await.unwrap().success());
        cluster.start().await;
        cluster
    }

    async fn start(&mut self) {
        let mut postgres = self.program("postgres").await;
        let (port, sockets) = (self.port.to_string(), self.folder.path().to_str().unwrap().to_owned());
        postgres.args(["-p", &port, "-k", &sockets, "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"]);
        self.process = Some(postgres.spawn().unwrap());
        self.ready().await;
    }

    /// Stops it: `-INT` breaks off what its clients do, `-QUIT` is a crash that it recovers from.
    async fn stop(&mut self, signal: &str) {
        let mut process = self.process.take().expect("it runs");
        let pid = process.id().expect("it runs").to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().await.unwrap().success());
        process.wait().await.unwrap();
    }

    fn url(&self) -> String {
        format!("postgres://tessera@127.0.0.1:{}/postgres", self.port)
    }

    /// Waits until it takes connections.
    async fn ready(&self) {
        let is_ready = async || {
            let mut ask = self.program("pg_isready").await;
            let asked = ask.args(["-h", "127.0.0.1", "-p", &self.port.to_string()]).status().await;
            asked.unwrap().success().then_some(())
        };
        eventually(Duration::from_secs(30), is_ready).await;
    }

    /// One of PostgreSQL's programs, as the user that may run it.
    async fn program(&self, name: &str) -> Command {
        let mut command = Command::new(format!("{}/{name}", variable("TESSERA_TEST_POSTGRES_BIN")));
        command.current_dir(self.folder.path()).env("PGDATA", self.folder.path().join("data"));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        if let Some(user) = user().await {
            command.uid(user);
        }
        command
    }
}

impl Drop for Cluster {
    /// The whole of it: its children end with it when it is told to stop, not when it is killed.
    fn drop(&mut self) {
        if let Some(pid) = self.process.as_ref().and_then(Child::id) {
            let _ = std::process::Command::new("kill").args(["-QUIT", &pid.to_string()]).status();
        }
    }
}

/// PostgreSQL refuses to run as root: scripts/test says who does.
async fn user() -> Option<u32> {
    let name = std::env::var("TESSERA_TEST_SERVER_USER").ok().filter(|name| !name.is_empty())?;
    let answer = Command::new("id").args(["-u", &name]).output().await.unwrap();
    Some(String::from_utf8(answer.stdout).unwrap().trim().parse().unwrap())
}

/// Asks without end; every answer is true or says that there is none now.
async fn keep_asking(visitor: &Visitor, tokens: &serde_json::Value, good: &Cell<u32>) {
    let mut refresh = refresh_token(tokens);
    loop {
        let answer = visitor.introspect(&tokens["access_token"]).await;
        match answer.status.as_u16() {
            200 => assert_eq!(answer.json()["active"], true),
            _ => assert_busy(&answer),
        }
        let answer = visitor.refresh(&refresh).await;
        match answer.status.as_u16() {
            200 => refresh = refresh_token(&answer.json()),
            _ => assert_busy(&answer),
        }
        good.set(good.get() + u32::from(answer.status == 200));
    }
}

#[tokio::test]
async fn postgresql_restarts_under_a_running_server() {
    let mut cluster = Cluster::new().await;
    let installation = bare(SetUp::Sqlite).await.with("database.url", &cluster.url());
    let installation = installation.with("database.acquire_timeout", "1s");
    populate(&installation).await;
    let mut server = installation.start().await;
    let visitor = Visitor::new(&installation, &server);
    let browser = visitor.signed_in().await;
    for signal in ["-INT", "-QUIT"] {
        let (tokens, good) = (visitor.tokens(&browser).await, Cell::new(0));
        let restart = async {
            eventually(Duration::from_secs(30), async || (good.get() > 3).then_some(())).await;
            cluster.stop(signal).await;
            is_away(&visitor, &tokens, &browser).await;
            cluster.start().await;
            let before = good.get();
            eventually(Duration::from_secs(10), async || (good.get() > before).then_some(())).await;
        };
        tokio::select! {
            () = keep_asking(&visitor, &tokens, &good) => unreachable!("it asks without end"),
            () = restart => {}
        }
        let ready = async || (visitor.get("/readyz").await.status == 200).then_some(());
        eventually(Duration::from_secs(10), ready).await;
        eventually(Duration::from_secs(10), async || logs_in(&visitor, &browser).await).await;
    }
    assert!(server.stop().await.success(), "{}", server.log());
}

/// A whole login. A connection that was put back less than a second before the restart is not tried before it is used: each such
/// one costs an answer 503, and is gone then.
async fn logs_in(visitor: &Visitor, browser: &Browser) -> Option<()> {
    let answer = browser.get(&asking().path()).await;
    let Some(came) = came(&answer) else {
        assert_busy(&answer);
        return None;
    };
    let redeemed = visitor.redeem(&came.code()).await;
    if redeemed.status == 200 {
        return Some(());
    }
    assert_busy(&redeemed);
    None
}

async fn is_away(visitor: &Visitor, tokens: &serde_json::Value, browser: &Browser) {
    assert_eq!(visitor.get("/healthz").await.status, 200);
    assert_eq!(visitor.get("/oauth2/jwks").await.status, 200, "from memory");
    assert_eq!(visitor.get("/readyz").await.status, 503);
    assert_busy(&visitor.introspect(&tokens["access_token"]).await);
    assert_busy(&visitor.revoke(&refresh_token(tokens)).await);
    assert_busy(&browser.get(&asking().path()).await);
    assert_busy(&browser.get("/account").await);
}
