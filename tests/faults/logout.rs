//! kill -9 while a client is being told of a logout: the notice was committed with the logout, and is sent by whoever comes next.

use std::time::Duration;

use sea_orm::{ConnectionTrait as _, Statement};
use serde_json::Value;
use tessera::store::Location;

use super::site::{Visitor, bare, populate};
use crate::oauth::world::claims;
use crate::support::database::{SetUp, options, past_the_store};
use crate::support::eventually;
use crate::support::receiver::{Behaviour, Receiver, answer};

const LIMIT: Duration = Duration::from_secs(30);

/// The claims of the logout token in a request.
fn told(request: &str) -> Value {
    let (_, body) = request.split_once("\r\n\r\n").unwrap();
    let (_, token) = url::form_urlencoded::parse(body.as_bytes()).next().unwrap();
    claims(&Value::from(token.into_owned()))
}

async fn survives(set_up: SetUp) {
    let receiver = Receiver::start(Behaviour::Hang("")).await;
    let installation = bare(set_up).await.with("outgoing.allow", "http://127.0.0.1:*").with("outgoing.timeout", "1m");
    populate(&installation).await;
    installation.command(&["client", "update", "spa", "--backchannel-logout-uri", &receiver.url("/logout")]).await;
    let mut server = installation.start().await;
    let visitor = Visitor::new(&installation, &server);
    let browser = visitor.signed_in().await;
    let tokens = visitor.tokens(&browser).await;
    assert_eq!(browser.post("/signout", &[]).await.location(), "/signout");
    eventually(LIMIT, async || (receiver.requests().len() == 1).then_some(())).await;
    server.kill().await;

    // Who was at it has a lease, in case they live. That time is over.
    let location = match set_up {
        SetUp::Sqlite => Location::Sqlite(installation.folder().join("data/tessera.db")),
        _ => Location::Postgres(installation.setting("database.url").as_str().into()),
    };
    let past = past_the_store(&options(location)).await;
    past.execute_unprepared("UPDATE outbox SET next_at = 0").await.unwrap();
    receiver.change(answer("200 OK", "", ""));
    server.restart(&installation).await;
    eventually(LIMIT, async || (receiver.requests().len() == 2).then_some(())).await;
    let [first, second] = receiver.requests().try_into().expect("once more");
    assert_eq!(told(&first)["jti"], told(&second)["jti"], "the client can tell that it is the same");
    assert_eq!(told(&second)["sid"], claims(&tokens["id_token"])["sid"]);
    let sql = Statement::from_string(past.get_database_backend(), "SELECT 1 FROM outbox");
    let is_done = async || past.query_one_raw(sql.clone()).await.unwrap().is_none().then_some(());
    eventually(LIMIT, is_done).await;
}

#[tokio::test]
async fn a_logout_is_told_though_the_server_is_killed_on_sqlite() {
    survives(SetUp::Sqlite).await;
}

#[tokio::test]
async fn a_logout_is_told_though_the_server_is_killed_on_postgres() {
    survives(SetUp::Postgres).await;
}
