//! @tekcify/auth-backend 2.2.12 (npm), unmodified: rows T1 to T4, with RS256 and with HS256.

use serde_json::{Value, json};

use super::{EMAIL, LIMIT, PASSWORD, WEB, text};
use crate::support::database::{SetUp, in_every_set_up};
use crate::support::process::Driver;
use crate::support::server::Installation;

const SECRET: &str = "a JWT_ACCESS_SECRET of more than 32 bytes";
const SCOPES: [&str; 2] = ["read:profile=See your profile", "write:profile=Change your profile"];

/// Its guards know one issuer and one audience, and its clients send no `resource`.
async fn passes(set_up: SetUp, secret: Option<&str>) {
    let installation = Installation::new(set_up).await;
    installation.command(&["db", "create"]).await;
    installation.command_with(&["user", "create", "--email", EMAIL, "--verified", "--name", "Ann Lee"], PASSWORD).await;
    let named = ["resource-server", "create", "tekcify-api", "--issuer", "tekcify-auth", "--claims", "tekcify"];
    let scopes = SCOPES.map(|scope| ["--scope", scope]).concat();
    let create = [&named[..], &scopes].concat();
    match secret {
        Some(secret) => {
            installation.command_with(&[&create[..], &["--alg", "HS256", "--secret-file", "-"]].concat(), secret).await
        }
        None => installation.command(&[&create[..], &["--alg", "RS256"]].concat()).await,
    };
    let client = ["client", "create", "--client-id", "shop", "--name", "Shop", "--redirect-uri", WEB];
    let settings = ["--default-resource", "tekcify-api", "--auth-method", "client_secret_post"];
    let grants = ["--grant-type", "authorization_code", "--grant-type", "refresh_token"];
    let client_secret =
        installation.command(&[&client[..], &settings, &grants].concat()).await["client_secret"].clone();
    let server = installation.start().await;
    let issuer = text(&installation.command(&["realm", "show"]).await["issuer"]);
    let task = json!({
        "issuer": issuer, "client_id": "shop", "client_secret": client_secret, "redirect_uri": WEB, "username": EMAIL,
        "password": PASSWORD, "scope": "openid read:profile write:profile offline_access", "secret": secret,
    });
    let result = Driver::Tekcify.run(&task, LIMIT).await.unwrap();
    check(&result, secret);
    drop(server);
}

fn check(result: &Value, secret: Option<&str>) {
    let alg = if secret.is_some() { "HS256" } else { "RS256" };
    assert_eq!(result["header"]["alg"], alg, "{result:#}");
    let payload = &result["verified"]["payload"];
    assert_eq!((&result["verified"]["valid"], &result["refreshed"]), (&true.into(), &true.into()), "{result:#}");
    assert_eq!((&payload["type"], &payload["clientId"]), (&"access".into(), &"shop".into()), "{result:#}");
    assert_eq!((&payload["iss"], &payload["aud"]), (&"tekcify-auth".into(), &"tekcify-api".into()), "{result:#}");
    assert_eq!(payload["email"], EMAIL, "{result:#}");
    let scopes = payload["scopes"].as_array().unwrap();
    assert!(scopes.contains(&"read:profile".into()) && scopes.contains(&"write:profile".into()), "{result:#}");
    for user in [&result["user"], &result["middleware"]] {
        assert_eq!((&user["userId"], &user["scopes"]), (&payload["sub"], &payload["scopes"]), "{result:#}");
        assert_eq!(user["email"], "from the guard", "{result:#}");
    }
    // Without getUserInfo nobody is asked for an address, and the token is enough.
    for user in result["unnamed"].as_array().unwrap() {
        assert_eq!((&user["userId"], &user["scopes"]), (&payload["sub"], &payload["scopes"]), "{result:#}");
        assert_eq!(user["email"], "", "{result:#}");
    }
    assert_eq!(result["expired"], json!([401, 401]), "{result:#}");
    let userinfo = &result["userinfo"];
    assert_eq!((&userinfo["email"], &userinfo["email_verified"]), (&EMAIL.into(), &true.into()), "{result:#}");
    assert_eq!(userinfo["name"], "Ann Lee", "{result:#}");
    let introspection = &result["introspection"];
    assert_eq!((&introspection["active"], &introspection["sub"]), (&true.into(), &payload["sub"]), "{result:#}");
    assert_eq!(introspection["clientId"], "shop", "{result:#}");
    assert!(introspection["scope"].as_str().unwrap().contains("read:profile"), "{result:#}");
    assert_eq!(result["dead"], json!({ "active": false }), "{result:#}");
    assert_eq!(result["unproven"], "the request does not authenticate its client", "{result:#}");
}

in_every_set_up!(the_guards_of_tekcify_take_rs256_tokens, async |set_up| passes(set_up, None).await);

in_every_set_up!(the_guards_of_tekcify_take_hs256_tokens, async |set_up| passes(set_up, Some(SECRET)).await);
