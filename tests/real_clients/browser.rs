//! Chromium (rows D1, D4 and D7): its own console, where violations of the content security policy show, stays
//! empty on every page.

use serde_json::{Value, json};

use super::{EMAIL, LIMIT, NATIVE, PASSWORD, text};
use crate::support::database::SetUp;
use crate::support::process::Driver;
use crate::support::server::{Installation, Server};

/// A server as a newcomer has it, where strangers may sign up too, and one application.
async fn newcomer(set_up: SetUp) -> (Installation, Server) {
    let installation = Installation::new(set_up).await.with("sign_up.enabled", "true");
    installation.command(&["db", "create"]).await;
    installation.command(&["realm", "create", "second", "--name", "Second"]).await;
    for realm in [&[][..], &["--realm", "second"]] {
        let native = ["client", "create", "--client-id", "native", "--public", "--redirect-uri", NATIVE];
        installation.command(&[&native, realm].concat()).await;
    }
    let server = installation.start().await;
    (installation, server)
}

fn person(mut task: Value) -> Value {
    task["name"] = "Ann Lee".into();
    task["email"] = EMAIL.into();
    task["password"] = PASSWORD.into();
    task
}

async fn browse(task: Value) -> Value {
    Driver::Browser.run(&person(task), LIMIT).await.unwrap()
}

/// From the terminal's link to tokens in the playground, by way of every page of the consoles; another one signs up from there.
async fn with_javascript(set_up: SetUp) {
    let (_installation, server) = newcomer(set_up).await;
    let announced = server.announced();
    let (link, playground) = (text(&announced["administrator_link"]), text(&announced["playground"]));
    let result = browse(json!({ "scenario": "administrator", "link": link, "playground": playground })).await;
    assert_eq!(result["id_token"]["iss"], server.url(), "{result:#}");
    for page in ["/account", "/account/sessions", "/account/apps", "/developer/applications", "/admin/users"] {
        assert!(result["pages"].as_array().unwrap().contains(&page.into()), "{page} in {result:#}");
    }
    let elsewhere = format!("{}/r/second/playground", server.url());
    let result = browse(json!({ "scenario": "playground", "playground": elsewhere })).await;
    assert_eq!(result["id_token"]["iss"], format!("{}/r/second", server.url()), "{result:#}");
    assert_eq!(result["userinfo"]["email_verified"], false, "nobody has proven it: {result:#}");
}

/// Sign-up to a code at the test's own client.
async fn without_javascript(set_up: SetUp) {
    let (_installation, server) = newcomer(set_up).await;
    for issuer in [server.url(), format!("{}/r/second", server.url())] {
        let task = json!({ "scenario": "signup", "issuer": issuer, "client_id": "native", "redirect_uri": NATIVE });
        let result = browse(task).await;
        assert_eq!((&result["claims"]["iss"], &result["claims"]["aud"]), (&issuer.into(), &"native".into()));
        assert_eq!(result["scope"], "openid profile email", "{result:#}");
    }
}

#[tokio::test]
async fn a_newcomer_ends_with_tokens_on_sqlite() {
    with_javascript(SetUp::Sqlite).await;
}

#[tokio::test]
async fn a_newcomer_ends_with_tokens_on_postgres_and_redis() {
    with_javascript(SetUp::PostgresRedis).await;
}

#[tokio::test]
async fn a_stranger_without_javascript_ends_at_the_client_on_sqlite() {
    without_javascript(SetUp::Sqlite).await;
}

#[tokio::test]
async fn a_stranger_without_javascript_ends_at_the_client_on_postgres_and_redis() {
    without_javascript(SetUp::PostgresRedis).await;
}
