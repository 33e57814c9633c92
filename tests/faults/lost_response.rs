//! The response is lost after the commit: the client's retry has one defined outcome (storage.md "Families").

use std::time::Duration;

use sea_orm::{ConnectionTrait as _, Statement};
use tessera::store::Location;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use super::site::{Visitor, assert_invalid_grant, installed, refresh_token, refreshment};
use crate::oauth::world::redemption;
use crate::support::database::{SetUp, options, past_the_store};
use crate::support::eventually;
use crate::support::server::{Installation, Server};

/// Sends a token request whose answer nobody reads.
async fn send(installation: &Installation, server: &Server, form: &[(&str, &str)]) -> TcpStream {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let host = installation.url().trim_start_matches("http://").to_owned();
    let request = format!(
        "POST /oauth2/token HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/x-www-form-urlencoded\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut connection = TcpStream::connect(server.url().trim_start_matches("http://")).await.unwrap();
    connection.write_all(request.as_bytes()).await.unwrap();
    connection
}

/// Waits until the database says so: then the connection ends, without a look at the answer.
async fn committed(installation: &Installation, connection: TcpStream, sql: &str) {
    let database = options(Location::Sqlite(installation.folder().join("data/tessera.db")));
    let past = past_the_store(&database).await;
    let is_there = async || {
        let asked = Statement::from_string(past.get_database_backend(), sql.to_owned());
        past.query_one_raw(asked).await.unwrap().map(|_| ())
    };
    eventually(Duration::from_secs(20), is_there).await;
    drop(connection);
}

#[tokio::test]
async fn a_refresh_whose_answer_was_lost_is_answered_again_and_no_second_branch_begins() {
    let installation = installed(SetUp::Sqlite).await;
    let server = installation.start().await;
    let visitor = Visitor::new(&installation, &server);
    let first = refresh_token(&visitor.tokens(&visitor.signed_in().await).await);
    let lost = send(&installation, &server, &refreshment(&first)).await;
    committed(&installation, lost, "SELECT 1 FROM families WHERE counter = 1").await;
    let again = visitor.refresh(&first).await.json();
    assert_eq!(refresh_token(&visitor.refresh(&first).await.json()), refresh_token(&again), "the very same");
    let next = refresh_token(&visitor.refresh(&refresh_token(&again)).await.json());
    // The retry came, so that the first token has no business any more.
    assert_invalid_grant(&visitor.refresh(&first).await);
    assert_invalid_grant(&visitor.refresh(&next).await);
}

/// Whether the client is gone before, while or after it was done: the retry finds the login alive.
#[tokio::test]
async fn a_client_that_hangs_up_at_once_may_try_again() {
    let installation = installed(SetUp::Sqlite).await;
    let server = installation.start().await;
    let visitor = Visitor::new(&installation, &server);
    let browser = visitor.signed_in().await;
    for _ in 0..20 {
        let token = refresh_token(&visitor.tokens(&browser).await);
        drop(send(&installation, &server, &refreshment(&token)).await);
        let answers = [visitor.refresh(&token).await, visitor.refresh(&token).await];
        assert!(answers.iter().all(|answer| answer.status == 200), "{answers:?}");
        assert_eq!(refresh_token(&answers[0].json()), refresh_token(&answers[1].json()));
    }
}

/// A code is good for one login: its retry is a replay, and ends that login; the user signs in again.
#[tokio::test]
async fn a_code_whose_answer_was_lost_is_used_up() {
    let installation = installed(SetUp::Sqlite).await;
    let server = installation.start().await;
    let visitor = Visitor::new(&installation, &server);
    let browser = visitor.signed_in().await;
    let code = visitor.code(&browser).await;
    let form = [&redemption(&code)[..], &[("client_id", "spa")]].concat();
    let lost = send(&installation, &server, &form).await;
    committed(&installation, lost, "SELECT 1 FROM families WHERE revoked_at IS NULL").await;
    assert_invalid_grant(&visitor.redeem(&code).await);
    let gone = TcpStream::connect(server.url().trim_start_matches("http://")).await.unwrap();
    committed(&installation, gone, "SELECT 1 FROM families WHERE revoked_at IS NOT NULL").await;
    visitor.tokens(&browser).await;
}
