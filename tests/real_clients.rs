//! Real client libraries and a real browser against the real binary: rows D1, D3, D4, D7 and M5 of the mission, each on
//! SQLite, on PostgreSQL, and on PostgreSQL with Redis, in the default realm and in one below a path.

mod authlib;
mod browser;
mod encrypted;
mod mcp;
mod oauth4webapi;
mod oidc_client_ts;
mod openid_client;
mod openidconnect;
mod session;
mod tekcify;

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::database::SetUp;
use crate::support::process::Driver;
use crate::support::server::{Installation, Server};

const EMAIL: &str = "ann@example.com";
const PASSWORD: &str = "correct horse battery staple";
const API: &str = "https://api.example.com";
/// Any port of the loopback will do (RFC 8252 §7.3).
const NATIVE: &str = "http://127.0.0.1/cb";
const WEB: &str = "https://app.example.com/cb";
const BYE: &str = "https://app.example.com/bye";
const SCOPE: &str = "openid profile email offline_access read:orders";
const BASIC: &str = "client_secret_basic";
const POST: &str = "client_secret_post";
/// What one driver may take, beside everything else that runs.
const LIMIT: Duration = Duration::from_mins(2);

/// A running server with two realms, a user in both, and in each a public and a confidential client.
struct Place {
    _installation: Installation,
    server: Server,
    default: Registered,
    second: Registered,
}

/// What a realm knows of.
struct Registered {
    issuer: String,
    /// Of the confidential clients, whose ids are their authentication methods: [`BASIC`], with RS256 ID tokens, and [`POST`],
    /// with ES256.
    secrets: [String; 2],
}

impl Place {
    async fn new(set_up: SetUp) -> Self {
        let installation = Installation::new(set_up).await;
        installation.command(&["db", "create"]).await;
        installation.command(&["realm", "create", "second", "--name", "Second"]).await;
        let default = Registered::fill(&installation, &[]).await;
        let second = Registered::fill(&installation, &["--realm", "second"]).await;
        let server = installation.start().await;
        Self { _installation: installation, server, default, second }
    }
}

impl Registered {
    async fn fill(installation: &Installation, realm: &[&str]) -> Self {
        let run = async |arguments: &[&str]| installation.command_with(&[arguments, realm].concat(), PASSWORD).await;
        let client = async |options: &[&str]| {
            run(&[&["client", "create", "--post-logout-redirect-uri", BYE], options].concat()).await["client_secret"]
                .clone()
        };
        run(&["user", "create", "--email", EMAIL, "--verified", "--name", "Ann Lee"]).await;
        client(&["--client-id", "native", "--name", "Notes", "--public", "--redirect-uri", NATIVE]).await;
        let grants = ["authorization_code", "refresh_token", "client_credentials"].map(|grant| ["--grant-type", grant]);
        let confidential = async |method: &str, alg: &str| {
            let named = ["--client-id", method, "--name", "Shop", "--redirect-uri", WEB, "--auth-method", method];
            text(&client(&[&named[..], &["--id-token-alg", alg, "--scope", SCOPE], &grants.concat()].concat()).await)
        };
        let secrets = [confidential(BASIC, "RS256").await, confidential(POST, "ES256").await];
        run(&["resource-server", "create", API, "--scope", "read:orders=See your orders", "--client-id", BASIC]).await;
        Self { issuer: text(&run(&["realm", "show"]).await["issuer"]), secrets }
    }

    /// The task of a driver as the public client.
    fn public(&self) -> Value {
        json!({
            "issuer": self.issuer, "client_id": "native", "redirect_uri": "http://127.0.0.1:61234/cb",
            "post_logout_redirect_uri": BYE, "username": EMAIL, "password": PASSWORD,
        })
    }

    /// The task of a driver as the confidential client that authenticates so; its tokens are for the API.
    fn confidential(&self, auth_method: &str) -> Value {
        let secret = &self.secrets[usize::from(auth_method == POST)];
        json!({
            "issuer": self.issuer, "client_id": auth_method, "client_secret": secret, "auth_method": auth_method,
            "redirect_uri": WEB, "username": EMAIL, "password": PASSWORD, "resource": API,
            "scope": SCOPE,
            "id_token_alg": if auth_method == POST { "ES256" } else { "RS256" },
        })
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

/// Drives a library through everything: the driver itself checks what the library says, this what the server said.
async fn drive(driver: Driver, task: Value) {
    let result = driver.run(&task, LIMIT).await.unwrap();
    assert_eq!(result["steps"], json!(["login", "consent"]), "{result:#}");
    // The session is still there, and the request asks for consent.
    assert_eq!(result["steps_again"], json!(["consent"]), "{result:#}");
    let (claims, userinfo) = (&result["claims"], &result["userinfo"]);
    assert_eq!((&claims["iss"], &claims["aud"]), (&task["issuer"], &task["client_id"]), "{result:#}");
    for claim in ["auth_time", "acr", "amr", "sid", "nonce"] {
        assert!(!claims[claim].is_null(), "{claim} in {result:#}");
    }
    assert_eq!((&userinfo["email"], &userinfo["email_verified"]), (&EMAIL.into(), &true.into()), "{result:#}");
    assert_eq!(userinfo["name"], "Ann Lee", "{result:#}");
    assert_eq!(result["token_type"].as_str().unwrap().to_lowercase(), "bearer");
    assert_eq!(result["expires_in"], 900, "{result:#}");
    let confidential = !task["client_secret"].is_null();
    assert_eq!(result["rotated"], !confidential, "public clients rotate, confidential ones do not: {result:#}");
    if confidential {
        let introspection = &result["introspection"];
        assert_eq!((&introspection["active"], &introspection["aud"]), (&true.into(), &task["resource"]), "{result:#}");
        assert_eq!(introspection["sub"], claims["sub"], "{result:#}");
    }
    // The hint names the session: it ends without a question, and goes back only where the client asks for it.
    assert_eq!(result["logout"]["confirmed"], false, "{result:#}");
}
