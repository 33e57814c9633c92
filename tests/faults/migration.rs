//! A migration killed midway, at whatever moment: the next one goes on from there and ends well.

use std::time::Duration;

use super::site::{Visitor, bare};
use crate::support::database::SetUp;

/// How much later than the one before each is killed.
const STEP: Duration = Duration::from_millis(10);

async fn killed_midway(set_up: SetUp, arguments: &[&str]) {
    let installation = bare(set_up).await;
    let mut moment = Duration::ZERO;
    loop {
        // Each goes on where the one before it was killed, until one is done before its time.
        let mut command = installation.started(arguments);
        match tokio::time::timeout(moment, command.wait()).await {
            Ok(ended) => break assert!(ended.unwrap().success()),
            Err(_) => command.kill().await.unwrap(),
        }
        moment += STEP;
    }
    assert_eq!(installation.command(&["migrate", "status"]).await["pending"], serde_json::json!([]));
    let mut server = installation.start().await;
    assert_eq!(Visitor::new(&installation, &server).get("/oauth2/jwks").await.status, 200);
    assert!(server.stop().await.success());
}

#[tokio::test]
async fn a_migration_that_is_killed_is_gone_on_with_on_postgresql() {
    killed_midway(SetUp::Postgres, &["migrate", "up"]).await;
}

/// On SQLite the first migration comes with the file.
#[tokio::test]
async fn a_migration_that_is_killed_is_gone_on_with_on_sqlite() {
    killed_midway(SetUp::Sqlite, &["db", "create"]).await;
}
