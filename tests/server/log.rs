//! The log of a running server at its most talkative.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::faults::site::{Visitor, asking, installed, refresh_token};
use crate::oauth::world::{EMAIL, SECRET, basic, came, redemption};
use crate::support::app::PASSWORD;
use crate::support::database::SetUp;
use crate::support::server::{Server, http};

const CANARY: &str = "canary-7f3a9c.of-more-than.thirty-two-characters";

/// Every secret of a login that goes well, and of an application of its own.
async fn goes_well(visitor: &Visitor, server: &Server) -> Vec<String> {
    let browser = visitor.signed_in().await;
    let code = visitor.code(&browser).await;
    let tokens = visitor.redeem(&code).await.json();
    let refreshed = visitor.refresh(&refresh_token(&tokens)).await.json();
    let service = visitor.client_credentials().await.json();
    assert_eq!(visitor.introspect(&refreshed["access_token"]).await.json()["active"], true);
    let forged = forged(&refreshed["access_token"], &service["access_token"]);
    assert_eq!(visitor.introspect(&forged.as_str().into()).await.json()["active"], false);
    let mut secrets =
        vec![PASSWORD.to_owned(), SECRET.to_owned(), basic("web", SECRET).split_off("Basic ".len()), code];
    secrets.push(forged);
    secrets.push(browser.cookie("tessera_session").expect("a session"));
    let link = server.announced()["administrator_link"].as_str().expect("nobody administers it yet");
    secrets.push(link.rsplit('=').next().unwrap().to_owned());
    for (tokens, name) in [
        (&tokens, "access_token"),
        (&tokens, "refresh_token"),
        (&tokens, "id_token"),
        (&refreshed, "access_token"),
        (&refreshed, "refresh_token"),
        (&service, "access_token"),
    ] {
        secrets.push(tokens[name].as_str().unwrap_or_else(|| panic!("no {name}: {tokens}")).to_owned());
    }
    secrets
}

/// What one token says, with the signature of another.
fn forged(one: &Value, other: &Value) -> String {
    let parts = [one, other].map(|token| token.as_str().unwrap().rsplit_once('.').unwrap());
    format!("{}.{}", parts[0].0, parts[1].1)
}

/// The canary in the place of each secret, and each time a refusal.
async fn is_refused(visitor: &Visitor, server: &Server) {
    for authorization in headers() {
        for path in ["/oauth2/token", "/oauth2/introspect", "/oauth2/revoke", "/oauth2/userinfo"] {
            let request = http().post(format!("{}{path}", server.url())).header("authorization", &authorization);
            let request = request.header("content-type", "application/x-www-form-urlencoded");
            let answer = request.body("grant_type=client_credentials&token=x").send().await.unwrap();
            assert_eq!(answer.status().as_u16(), 401, "{authorization} at {path}");
        }
    }
    let grant = ("grant_type", "client_credentials");
    let (client, secret) = (("client_id", "web"), ("client_secret", CANARY));
    assert_eq!(visitor.post("/oauth2/token", &[grant, client, secret]).await.status, 401);
    let by_jwt = ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    assert_eq!(visitor.post("/oauth2/token", &[grant, by_jwt, ("client_assertion", CANARY)]).await.status, 401);
    let in_query = format!("/oauth2/token?client_secret={CANARY}");
    assert_eq!(visitor.post(&in_query, &[grant, client]).await.status, 400);
    assert_eq!(visitor.redeem(CANARY).await.status, 400);
    let code = visitor.code(&visitor.signed_in().await).await;
    let mut form = redemption(&code).to_vec();
    form.retain(|(name, _)| *name != "code_verifier");
    form.extend([("client_id", "spa"), ("code_verifier", CANARY)]);
    assert_eq!(visitor.post("/oauth2/token", &form).await.status, 400);
    assert_eq!(visitor.refresh(CANARY).await.status, 400);
    assert_eq!(visitor.revoke(CANARY).await.status, 200);
    let browser = visitor.browser();
    assert_eq!(browser.post("/login", &[("identifier", EMAIL), ("password", CANARY)]).await.status, 422);
    assert_eq!(browser.post_as("/login", &[("csrf", CANARY), ("password", CANARY)], None).await.status, 403);
    for name in ["id_token_hint", "request"] {
        let answer = browser.get(&asking().with(name, CANARY).path()).await;
        assert!(!came(&answer).expect("an answer to the client").error().is_empty(), "{name}");
    }
    assert_eq!(browser.get(&format!("/oauth2/logout?id_token_hint={CANARY}")).await.location(), "/logged-out");
}

/// `Authorization` with the right form, without a colon, without Base64, and of another kind.
fn headers() -> [String; 4] {
    [
        basic("web", CANARY),
        format!("Basic {}", STANDARD.encode(CANARY)),
        format!("Basic {CANARY}"),
        format!("Bearer {CANARY}"),
    ]
}

/// security.md: a canary secret put in every field never shows in a log, nor does a right one, though all is logged.
#[tokio::test]
async fn no_secret_shows_in_a_log_of_everything() {
    let installation = installed(SetUp::Sqlite).await.with("log.filter", "trace");
    let mut server = installation.start().await;
    let visitor = Visitor::new(&installation, &server);
    let mut secrets = goes_well(&visitor, &server).await;
    is_refused(&visitor, &server).await;
    secrets.extend(headers().map(|header| header.split(' ').next_back().unwrap().to_owned()));
    assert!(server.stop().await.success());
    let log = server.log();
    for path in ["/login", "/oauth2/authorize", "/oauth2/introspect"] {
        assert!(log.contains(path), "{path} was asked for, and so is in the log");
    }
    for secret in secrets {
        let shows = log.lines().find(|line| line.contains(&secret));
        assert_eq!(shows, None, "{secret}");
    }
}
