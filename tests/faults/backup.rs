//! A restored backup: it works, and after `tessera keys epoch` nothing that was used up since comes back to life (security.md "Faults").

use std::path::Path;
use std::process::Stdio;

use tokio::process::Command;

use super::site::{Visitor, assert_invalid_grant, installed, refresh_token};
use crate::support::database::{SetUp, variable};
use crate::support::server::Installation;

/// Copies the SQLite databases of a server that is stopped.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for file in std::fs::read_dir(to).unwrap() {
        std::fs::remove_file(file.unwrap().path()).unwrap();
    }
    for file in std::fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
}

async fn postgres(program: &str, arguments: &[&str]) {
    let mut command = Command::new(format!("{}/{program}", variable("TESSERA_TEST_POSTGRES_BIN")));
    let output = command.args(arguments).stdin(Stdio::null()).output().await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

async fn back_up(installation: &Installation, set_up: SetUp) {
    let folder = installation.folder();
    if set_up == SetUp::Sqlite {
        return copy(&folder.join("data"), &folder.join("backup"));
    }
    let file = folder.join("backup").display().to_string();
    postgres("pg_dump", &["-Fc", "-f", &file, "-d", &installation.setting("database.url")]).await;
}

async fn restore(installation: &Installation, set_up: SetUp) {
    let folder = installation.folder();
    if set_up == SetUp::Sqlite {
        return copy(&folder.join("backup"), &folder.join("data"));
    }
    let file = folder.join("backup").display().to_string();
    let url = installation.setting("database.url");
    postgres("pg_restore", &["--clean", "--if-exists", "--no-owner", "-d", &url, &file]).await;
}

async fn comes_back(set_up: SetUp) {
    let installation = installed(set_up).await;
    let mut server = installation.start().await;
    let visitor = Visitor::new(&installation, &server);
    let browser = visitor.signed_in().await;
    let used = refresh_token(&visitor.tokens(&browser).await);
    let revoked = visitor.tokens(&browser).await;
    let code = visitor.code(&browser).await;
    server.stop().await;
    back_up(&installation, set_up).await;

    server.restart(&installation).await;
    let after = refresh_token(&visitor.refresh(&used).await.json());
    assert_eq!(visitor.revoke(&refresh_token(&revoked)).await.status, 200);
    let redeemed = visitor.redeem(&code).await.json();
    server.stop().await;
    restore(&installation, set_up).await;

    // The keyring is not part of the backup: with another one the restored database would not open.
    installation.command(&["keys", "epoch", "--yes"]).await;
    server.restart(&installation).await;
    for token in [&used, &after, &refresh_token(&revoked), &refresh_token(&redeemed)] {
        assert_invalid_grant(&visitor.refresh(token).await);
    }
    assert_invalid_grant(&visitor.redeem(&code).await);
    for tokens in [&revoked, &redeemed] {
        assert_eq!(visitor.introspect(&tokens["access_token"]).await.json()["active"], false);
    }
    assert!(browser.get("/account").await.location().starts_with("/login"), "everybody is signed out");
    // The users and applications of the backup are there.
    visitor.tokens(&visitor.signed_in().await).await;
    assert!(server.stop().await.success());
}

#[tokio::test]
async fn a_restored_sqlite_database_revives_nothing() {
    comes_back(SetUp::Sqlite).await;
}

#[tokio::test]
async fn a_restored_postgresql_database_revives_nothing() {
    comes_back(SetUp::Postgres).await;
}
