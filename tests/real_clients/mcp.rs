//! The official MCP SDK (npm) and the sample MCP server (examples/mcp-server): a client that knows the server's URL and nothing else
//! gets through with nothing set up (row B12).

use serde_json::{Value, json};

use super::{EMAIL, LIMIT, PASSWORD};
use crate::ephemeral::tls::certificates;
use crate::support::database::in_every_set_up;
use crate::support::process::Driver;
use crate::support::receiver::{Receiver, json as answer_json};
use crate::support::server::{Installation, free_port};

const REDIRECT_URI: &str = "http://127.0.0.1:61234/callback";

/// Drives the SDK, and checks what holds whatever the client's id is.
async fn drive(installation: &Installation, client_metadata_url: Option<&str>) -> Value {
    let mcp_url = format!("http://127.0.0.1:{}/mcp", free_port());
    installation.command(&["db", "create"]).await;
    installation.command_with(&["user", "create", "--email", EMAIL], PASSWORD).await;
    let api = ["resource-server", "create", &mcp_url, "--name", "Notes", "--scope", "notes:read=Read your notes"];
    installation.command(&api).await;
    let server = installation.start().await;
    let task = json!({
        "issuer": server.url(), "mcp_url": mcp_url, "redirect_uri": REDIRECT_URI, "username": EMAIL, "password": PASSWORD,
        "client_metadata_url": client_metadata_url,
    });
    let result = Driver::Mcp.run(&task, LIMIT).await.unwrap();
    assert_eq!(result["steps"], json!(["login", "consent"]), "{result:#}");
    assert_eq!((&result["resource"], &result["scope"]), (&mcp_url.into(), &"notes:read".into()), "{result:#}");
    assert_eq!((&result["challenge_method"], &result["rotated"]), (&"S256".into(), &true.into()), "{result:#}");
    result
}

in_every_set_up!(an_mcp_client_registers_itself, async |set_up| {
    let installation = Installation::new(set_up).await;
    let result = drive(&installation, None).await;
    let id = result["client_id"].as_str().unwrap();
    assert!(id.len() == 32 && result["note"].as_str().unwrap().ends_with(id), "{result:#}");
});

// The client id is the URL of the client's metadata, which is served on this machine: the guard must be told to let that pass.
in_every_set_up!(an_mcp_client_is_known_by_the_url_of_its_metadata, async |set_up| {
    let folder = certificates().await;
    let receiver = Receiver::with_tls(folder.path(), answer_json("{}")).await;
    let client_id = format!("https://localhost:{}/client.json", receiver.address.port());
    let document = json!({
        "client_id": client_id, "client_name": "Agent", "redirect_uris": [REDIRECT_URI], "token_endpoint_auth_method": "none",
        "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"],
    });
    receiver.change(answer_json(&document.to_string()));
    let (opening, authority) =
        (format!("localhost:{}", receiver.address.port()), folder.path().join("ca.pem").display().to_string());
    let installation = Installation::new(set_up).await.with("outgoing.allow", &opening);
    let installation = installation.with("outgoing.allow_strangers", "true").with("outgoing.ca_file", &authority);
    let result = drive(&installation, Some(&client_id)).await;
    assert_eq!(result["client_id"], client_id.as_str(), "{result:#}");
});
