//! Chromium at a client that watches the login state and is told of the logout in a frame (OpenID Connect Session Management 1.0,
//! Front-Channel Logout 1.0; protocol.md "Logout").

use serde_json::{Value, json};

use super::browser::trusted_key;
use super::{EMAIL, LIMIT, PASSWORD};
use crate::support::database::{SetUp, in_every_set_up};
use crate::support::process::Driver;
use crate::support::server::{Installation, free_port};

/// A public client at a port of its own, which wants to hear of logouts in the browser, and a user.
async fn client(installation: &Installation) -> String {
    let site = format!("http://127.0.0.1:{}", free_port());
    installation.command(&["db", "create"]).await;
    installation.command_with(&["user", "create", "--email", EMAIL, "--name", "Ann Lee"], PASSWORD).await;
    let [redirect_uri, bye, front] = ["/cb", "/bye", "/front"].map(|path| format!("{site}{path}"));
    let create = ["client", "create", "--client-id", "watcher", "--public", "--name", "Paper Boat"];
    let uris =
        ["--redirect-uri", &redirect_uri, "--post-logout-redirect-uri", &bye, "--frontchannel-logout-uri", &front];
    installation.command(&[&create[..], &uris].concat()).await;
    redirect_uri
}

async fn drive(issuer: &str, redirect_uri: &str, more: Value) -> Value {
    let mut task = json!({
        "scenario": "session", "issuer": issuer, "client_id": "watcher", "redirect_uri": redirect_uri,
        "email": EMAIL, "password": PASSWORD,
    });
    task.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let result = Driver::Browser.run(&task, LIMIT).await.unwrap();
    let (loaded, claims) = (&result["loaded"], &result["claims"]);
    assert_eq!((&loaded["iss"], &loaded["sid"]), (&claims["iss"], &claims["sid"]), "{result:#}");
    result["said"].clone()
}

fn all_it_says() -> Value {
    json!({ "before": "unchanged", "of_another": "changed", "of_nonsense": "error", "after": "changed" })
}

in_every_set_up!(the_frame_says_unchanged_then_changed_and_the_client_is_told, async |set_up| {
    let installation = Installation::new(set_up).await;
    let redirect_uri = client(&installation).await;
    let server = installation.start().await;
    assert_eq!(drive(&server.url(), &redirect_uri, json!({})).await, all_it_says());
});

/// Over https a client may live at another site: where the browser lets it, the cookie of the state is there in its page (SameSite=None).
#[tokio::test]
async fn at_another_site_over_https_the_frame_knows_the_state_too() {
    let port = free_port();
    let url = format!("https://localhost:{port}");
    let installation = Installation::new(SetUp::Sqlite).await.with("server.public_url", &url);
    let redirect_uri = client(&installation).await;
    let mut server = installation.spawn(port, &[("tls.development", "true")]);
    server.told().await;
    let key = trusted_key(&installation, port).await;
    assert_eq!(drive(&url, &redirect_uri, json!({ "key": key, "third_party_cookies": true })).await, all_it_says());
}

/// The page after the logout goes on by itself.
#[tokio::test]
async fn without_javascript_the_final_redirect_survives_the_frames() {
    let installation = Installation::new(SetUp::Sqlite).await;
    let redirect_uri = client(&installation).await;
    let server = installation.start().await;
    drive(&server.url(), &redirect_uri, json!({ "javascript": false })).await;
}
