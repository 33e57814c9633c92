//! OpenID Connect Core §2, §15.1: whoever made a client, its ID tokens are signed with RS256 unless it has chosen otherwise, by a key that
//! the header names and the JWKS holds.

use actix_web::http::header;
use actix_web::test::TestRequest;
use serde_json::{Value, json};

use super::world::{Asking, REDIRECT_URI, SECRET, basic, came, decide, jose_header, redemption};
use crate::developer::applications::shown;
use crate::ephemeral::tls::certificates;
use crate::faults::site::{Visitor, bare, populate};
use crate::support::browser::Browser;
use crate::support::database::SetUp;
use crate::support::receiver::{Receiver, json as answer_json};

/// A client, and its secret where it has one.
type Made = (String, Option<String>);

/// By an application of the developer's own.
async fn in_the_console(browser: &Browser) -> Made {
    let form = [("name", "Paper Boat"), ("kind", "web"), ("redirect_uris", REDIRECT_URI)];
    let page = browser.post("/developer/applications/new", &form).await;
    (shown(&page, "client-id"), Some(shown(&page, "client-secret")))
}

async fn by_itself(visitor: &Visitor) -> Made {
    let metadata = TestRequest::post().set_json(json!({"redirect_uris": [REDIRECT_URI]}));
    let made = visitor.exchange(metadata, "/oauth2/register").await.json();
    let [id, secret] = ["client_id", "client_secret"].map(|name| made[name].as_str().unwrap().to_owned());
    (id, Some(secret))
}

/// The ID token of a code flow in this browser.
async fn id_token(visitor: &Visitor, browser: &Browser, (id, secret): &Made) -> Value {
    let mut answer = browser.follow(browser.get(&Asking::of(id).path()).await).await;
    if answer.step() == Some("consent") {
        answer = decide(browser, &answer.value("interaction").unwrap(), "allow").await;
    }
    let code = came(&answer).unwrap_or_else(|| panic!("{id}: {}", answer.text())).code();
    let request = match secret {
        Some(secret) => {
            let proof = (header::AUTHORIZATION, basic(id, secret));
            TestRequest::post().insert_header(proof).set_form(redemption(&code))
        }
        None => TestRequest::post().set_form([&redemption(&code)[..], &[("client_id", id.as_str())]].concat()),
    };
    visitor.exchange(request, "/oauth2/token").await.json()["id_token"].clone()
}

#[tokio::test]
async fn an_id_token_is_rs256_with_a_published_kid_however_its_client_was_made() {
    let folder = certificates().await;
    let document = Receiver::with_tls(folder.path(), answer_json("{}")).await;
    let host = format!("localhost:{}", document.address.port());
    let by_its_document = format!("https://{host}/client.json");
    document.change(answer_json(&json!({"client_id": by_its_document, "redirect_uris": [REDIRECT_URI]}).to_string()));
    let installation = bare(SetUp::Sqlite)
        .await
        .with("applications.self_service", "true")
        .with("outgoing.allow", &host)
        .with("outgoing.allow_strangers", "true")
        .with("outgoing.ca_file", &folder.path().join("ca.pem").display().to_string())
        .with("bootstrap.client.client_id", "first")
        .with("bootstrap.client.client_secret", SECRET)
        .with("bootstrap.client.redirect_uris", REDIRECT_URI)
        .with("bootstrap.client.first_party", "true");
    populate(&installation).await;
    let server = installation.start().await;
    let visitor = Visitor::new(&installation, &server);
    let browser = visitor.signed_in().await;
    let made = [
        ("by the command line", ("web".to_owned(), Some(SECRET.to_owned()))),
        ("by the command line, public", ("spa".to_owned(), None)),
        ("at the first start", ("first".to_owned(), Some(SECRET.to_owned()))),
        ("in the console", in_the_console(&browser).await),
        ("by itself", by_itself(&visitor).await),
        ("by its document", (by_its_document, None)),
    ];
    let jwks = visitor.get("/oauth2/jwks").await.json();
    let keys = jwks["keys"].as_array().unwrap();
    for (how, client) in made {
        let header = jose_header(&id_token(&visitor, &browser, &client).await);
        assert_eq!(header["alg"], "RS256", "{how}");
        let named = keys.iter().find(|key| key["kid"] == header["kid"]);
        assert_eq!(named.map(|key| &key["kty"]), Some(&json!("RSA")), "{how}: {header}");
    }
}
