//! Clients that are known by the URL of their own metadata (protocol.md "MCP"; draft-ietf-oauth-client-id-metadata-document).

use actix_web::test::TestRequest;
use serde_json::{Value, json};
use tempfile::TempDir;
use tessera::clients::Reach;
use tessera::clients::directory::Directory;
use tessera::config::Config;
use tessera::protocol::algorithm::SigningAlgorithm;
use tessera::protocol::client_id_metadata_document::MAX_BYTES;

use super::world::{Asking, Place, REDIRECT_URI, World, claims, redemption};
use crate::ephemeral::tls::certificates;
use crate::keys::sign::key;
use crate::support::app::Answer;
use crate::support::assertion;
use crate::support::database::{SetUp, in_every_set_up, in_shared_set_ups};
use crate::support::nodes::Nodes;
use crate::support::receiver::{Behaviour, Receiver, answer, json as answer_json};
use crate::support::redirect_uris::UNREGISTRABLE;

/// A world, and the server of an application whose client id is a URL there.
struct Known {
    world: World,
    receiver: Receiver,
    client_id: String,
    _folder: TempDir,
}

impl Known {
    async fn on(set_up: SetUp) -> Self {
        Self::with(set_up, |_| {}).await
    }

    async fn with(set_up: SetUp, edit: impl FnOnce(&mut Config)) -> Self {
        let folder = certificates().await;
        let receiver = Receiver::with_tls(folder.path(), answer_json("{}")).await;
        let world = World::at(set_up, Place::Root, |config| {
            receiver.open_to_strangers(&mut config.outgoing, folder.path());
            edit(config);
        })
        .await;
        let client_id = format!("https://localhost:{}/client.json", receiver.address.port());
        let known = Self { world, client_id, receiver, _folder: folder };
        known.serves(&known.document());
        known
    }

    fn document(&self) -> Value {
        json!({"client_id": self.client_id, "client_name": "Agent", "redirect_uris": [REDIRECT_URI]})
    }

    fn serves(&self, document: &Value) {
        self.receiver.change(answer_json(&document.to_string()));
    }

    fn asking(&self) -> Asking {
        Asking::of(&self.client_id)
    }

    async fn page(&self) -> Answer {
        let browser = self.world.browser();
        browser.follow(browser.get(&self.asking().path()).await).await
    }

    async fn is_refused(&self) -> bool {
        let page = self.page().await;
        assert!(page.header("location").is_none(), "{}", page.text());
        page.status == 400
    }

    async fn clients(&self) -> usize {
        self.world.test.app.db.clients(self.world.realm.id, None, None, 100).await.unwrap().len()
    }
}

in_every_set_up!(an_application_is_known_by_its_document_alone, async |set_up| {
    let known = Known::on(set_up).await;
    let code = known.world.code(&known.asking()).await;
    let tokens = known.world.token_of_public(&known.client_id, &redemption(&code)).await;
    assert_eq!(tokens.status, 200, "{}", tokens.text());
    let tokens = tokens.json();
    assert_eq!(claims(&tokens["id_token"])["aud"], known.client_id.as_str());
    assert_eq!(claims(&tokens["access_token"])["client_id"], known.client_id.as_str());
    assert_eq!(known.receiver.requests().len(), 1, "fetched once, whatever pages come between");
    let metadata = known.world.machine(TestRequest::get(), "/.well-known/oauth-authorization-server").await.json();
    assert_eq!(metadata["client_id_metadata_document_supported"], true);
});

/// MCP: consent shows the client id's host and the redirect host, and that nobody here vouches for it.
#[actix_web::test]
async fn consent_shows_the_host_of_the_document() {
    let known = Known::on(SetUp::Sqlite).await;
    let mut document = known.document();
    document["client_uri"] = json!("https://well-known.example");
    known.serves(&document);
    let browser = known.world.signed_in().await;
    let page = browser.follow(browser.get(&known.asking().path()).await).await;
    let text = page.text();
    assert_eq!(page.step(), Some("consent"));
    assert!(text.contains(r#"<p class="host" dir="ltr">localhost</p>"#), "{text}");
    assert!(text.contains("app.example.com") && text.contains("registered itself") && !text.contains("well-known"));
    assert!(!text.contains("program on this device"), "the answer goes to a web site: {text}");
    document["redirect_uris"] = json!(["http://127.0.0.1/cb", "http://localhost:3000/cb"]);
    known.serves(&document);
    known.world.advance(301);
    let asking = known.asking().with("redirect_uri", "http://127.0.0.1:5123/cb");
    let page = browser.follow(browser.get(&asking.path()).await).await;
    assert!(page.text().contains("program on this device"), "{}", page.text());
}

/// 200 only, no redirect, ≤ 5 kB, `client_id` byte-equal, authentication none or private_key_jwt.
#[actix_web::test]
async fn a_document_that_is_none_makes_no_client_and_is_asked_for_again() {
    let known = Known::on(SetUp::Sqlite).await;
    let sound = known.document();
    let with = |name: &str, value: Value| {
        let mut document = sound.clone();
        document[name] = value;
        answer_json(&document.to_string())
    };
    let of_bytes = |bytes: usize| {
        let bare = json!({"x_padding": ""}).to_string().len() - 1;
        with("x_padding", json!("x".repeat(bytes - sound.to_string().len() - bare)))
    };
    let before = known.clients().await;
    let faulty: Vec<Behaviour> = vec![
        answer("404 Not Found", "content-type: application/json\r\n", &sound.to_string()),
        answer("302 Found", "location: /other.json\r\n", ""),
        answer("200 OK", "content-type: text/html\r\n", &sound.to_string()),
        answer_json("[]"),
        with("client_id", json!(format!("{}/", known.client_id))),
        with("client_id", Value::Null),
        with("client_secret", json!("secret")),
        with("token_endpoint_auth_method", json!("client_secret_basic")),
        with("token_endpoint_auth_method", json!("client_secret_post")),
        with("token_endpoint_auth_method", json!("client_secret_jwt")),
        with("token_endpoint_auth_method", json!("private_key_jwt")),
        with("redirect_uris", json!(["javascript:alert(1)"])),
        with("redirect_uris", json!([])),
        with("response_types", json!(["id_token"])),
        with("grant_types", json!(["authorization_code", "client_credentials"])),
        of_bytes(MAX_BYTES + 1),
    ];
    for behaviour in faulty {
        known.receiver.change(behaviour);
        let asked = known.receiver.requests().len();
        assert!(known.is_refused().await);
        assert_eq!(known.receiver.requests().len(), asked + 1, "errors are not remembered");
    }
    assert_eq!(known.clients().await, before);
    known.receiver.change(of_bytes(MAX_BYTES));
    assert!(!known.is_refused().await);
}

/// security.md "redirect_uri": what nobody may register is in no document either.
#[actix_web::test]
async fn a_document_lists_what_anybody_may_register_and_no_more() {
    let edit = |config: &mut Config| config.limits.registration = "1000 per 1h".parse().unwrap();
    let known = Known::with(SetUp::Sqlite, edit).await;
    let before = known.clients().await;
    for name in ["redirect_uris", "post_logout_redirect_uris"] {
        for (uri, fault) in UNREGISTRABLE {
            let mut document = known.document();
            document[name] = json!([uri]);
            known.serves(&document);
            assert!(known.is_refused().await, "{uri:?} {fault:?} in {name}");
        }
    }
    assert_eq!(known.clients().await, before);
    known.serves(&known.document());
    assert!(!known.is_refused().await);
}

/// Cached by its headers within bounds; what changes in the document changes the client.
#[actix_web::test]
async fn a_document_is_fresh_as_long_as_it_says_within_bounds() {
    let known = Known::on(SetUp::Sqlite).await;
    let text = known.document().to_string();
    for (header, fresh, stale) in [
        ("", 299, 1),
        ("cache-control: max-age=600\r\n", 599, 1),
        ("cache-control: no-store\r\n", 59, 1),
        ("cache-control: max-age=99999999\r\n", 24 * 3600 - 1, 1),
    ] {
        known.receiver.change(answer("200 OK", &format!("content-type: application/json\r\n{header}"), &text));
        known.world.advance(24 * 3600);
        let asked = known.receiver.requests().len();
        known.page().await;
        known.world.advance(fresh);
        known.page().await;
        assert_eq!(known.receiver.requests().len(), asked + 1, "{header:?}");
        known.world.advance(stale);
        known.page().await;
        assert_eq!(known.receiver.requests().len(), asked + 2, "{header:?}");
    }
    let mut moved = known.document();
    moved["redirect_uris"] = json!(["https://app.example.com/moved"]);
    known.serves(&moved);
    known.world.advance(24 * 3600);
    assert!(known.is_refused().await, "the redirect URI is no longer one of the document's");
}

/// What a document may not say at first, it may not say later: no token of its own without a user.
#[actix_web::test]
async fn a_document_that_changes_keeps_the_rules_of_a_registration() {
    let known = Known::on(SetUp::Sqlite).await;
    let own = key(SigningAlgorithm::Es256);
    let mut document = known.document();
    document["token_endpoint_auth_method"] = json!("private_key_jwt");
    document["jwks"] = assertion::jwks(&[&own]);
    known.serves(&document);
    assert!(!known.is_refused().await);
    for (name, value) in [
        ("grant_types", json!(["authorization_code", "client_credentials"])),
        ("backchannel_logout_uri", json!("http://app.example.com/out")),
    ] {
        let mut changed = document.clone();
        changed[name] = value;
        known.serves(&changed);
        known.world.advance(24 * 3600);
        assert!(known.is_refused().await, "{name}");
    }
}

/// The token endpoint too asks the document, whose keys prove the client.
#[actix_web::test]
async fn a_document_s_keys_prove_its_client() {
    let known = Known::on(SetUp::Sqlite).await;
    let (own, other) = (key(SigningAlgorithm::Es256), key(SigningAlgorithm::Es256));
    let mut document = known.document();
    document["token_endpoint_auth_method"] = json!("private_key_jwt");
    document["jwks"] = assertion::jwks(&[&own]);
    known.serves(&document);
    let redeem = async |signer: &tessera::keys::sign::SigningKey, jti: &str| {
        let code = known.world.code(&known.asking()).await;
        let now = known.world.test.clock.now();
        let claims = assertion::claims(&known.client_id, "http://localhost:8080", jti, now);
        let assertion = signer.sign("JWT", &claims).unwrap();
        let form: Vec<_> = redemption(&code).into_iter().chain(assertion::form(&assertion)).collect();
        known.world.machine(TestRequest::post().set_form(form), "/oauth2/token").await
    };
    assert_eq!(redeem(&own, "1").await.status, 200);
    assert_eq!(redeem(&other, "2").await.status, 401);
    let code = known.world.code(&known.asking()).await;
    let bare = known.world.token_of_public(&known.client_id, &redemption(&code)).await;
    assert_eq!(bare.status, 401, "it has to prove itself");
}

/// Only what could be such a URL is asked for: https, a path, nothing that could be written in another way.
#[actix_web::test]
async fn a_client_id_that_is_no_such_url_is_unknown_and_nobody_is_asked() {
    let known = Known::on(SetUp::Sqlite).await;
    let port = known.receiver.address.port();
    for client_id in [
        format!("http://localhost:{port}/client.json"),
        format!("https://localhost:{port}"),
        format!("https://localhost:{port}/"),
        format!("https://localhost:{port}/client.json#x"),
        format!("https://user@localhost:{port}/client.json"),
        format!("https://LOCALHOST:{port}/client.json"),
        format!("https://localhost:{port}/a/../client.json"),
        format!("https://localhost:{port}/./client.json"),
        format!("https://localhost:{port}/{}", "x".repeat(600)),
        format!("HTTPS://localhost:{port}/client.json"),
    ] {
        let page = known.world.browser().get(&Asking::of(&client_id).path()).await;
        assert_eq!((page.status.as_u16(), page.header("location")), (400, None), "{client_id}");
    }
    assert_eq!(known.receiver.taken(), 0);
}

/// security.md "Outgoing requests": strangers reach nothing on the inner network.
#[actix_web::test]
async fn a_document_on_the_inner_network_is_not_asked_for() {
    let known = Known::with(SetUp::Sqlite, |config| config.outgoing.allow_strangers = false).await;
    assert!(known.is_refused().await);
    assert_eq!(known.receiver.taken(), 0);
}

#[actix_web::test]
async fn where_it_is_off_a_url_is_an_unknown_client() {
    let off = |config: &mut Config| config.registration.client_id_metadata_documents = false;
    let known = Known::with(SetUp::Sqlite, off).await;
    assert!(known.is_refused().await);
    assert_eq!(known.receiver.taken(), 0);
    let metadata = known.world.machine(TestRequest::get(), "/.well-known/openid-configuration").await.json();
    assert!(metadata.get("client_id_metadata_document_supported").is_none());
}

/// One that was known before it was switched off goes no further.
#[actix_web::test]
async fn a_document_that_was_known_is_known_no_more_where_it_is_switched_off() {
    let known = Known::on(SetUp::Sqlite).await;
    assert!(!known.is_refused().await);
    let app = &known.world.test.app;
    let off = tessera::config::Registration { client_id_metadata_documents: false, ..app.config.registration.clone() };
    let limit = app.config.limits.registration;
    let directory = Directory::new(app.clients.clone(), app.limiter.clone(), limit, off);
    let now = known.world.test.clock.now();
    let found = directory.client(known.world.realm.id, &known.client_id, &String::new, now).await.unwrap();
    assert!(found.is_none());
}

// Its URL is known before it is: a stranger who names it at one node does not keep it out there once it was used at the other.
in_shared_set_ups!(one_that_is_new_on_one_node_is_known_on_the_other_at_once, async |set_up| {
    let mut known = Known::on(set_up).await;
    let first = known.world.test.send.clone();
    let nodes = Nodes::beside(&mut known.world.test).await;
    nodes.turn_to(1);
    let client_id = known.client_id.as_str();
    let guess =
        known.world.token_of_public(client_id, &[("grant_type", "client_credentials"), ("client_secret", "x")]).await;
    assert_eq!(guess.refusal(), (401, "invalid_client".to_owned()));
    let in_turn = std::mem::replace(&mut known.world.test.send, first);
    let code = known.world.code(&known.asking()).await;
    let tokens = known.world.token_of_public(client_id, &redemption(&code)).await.json();
    known.world.test.send = in_turn;
    nodes.turn_to(1);
    let bearer = ("authorization", format!("Bearer {}", tokens["access_token"].as_str().unwrap()));
    let told = known.world.machine(TestRequest::get().insert_header(bearer), "/oauth2/userinfo").await;
    assert_eq!(told.status, 200, "{}", told.text());
});

/// Nobody makes the server fetch without end, or fills the database with documents.
#[actix_web::test]
async fn documents_are_asked_for_so_often_and_kept_so_many() {
    let few = |config: &mut Config| {
        config.limits.registration = "2 per 1h".parse().unwrap();
        config.registration.max_unused = 1;
    };
    let known = Known::with(SetUp::Sqlite, few).await;
    assert!(!known.is_refused().await);
    assert!(!known.is_refused().await, "what is fresh costs nothing");
    let other = Asking::of(&known.client_id.replace("client.json", "other.json"));
    let mut document = known.document();
    document["client_id"] = json!(known.client_id.replace("client.json", "other.json"));
    known.serves(&document);
    let full = known.world.browser().get(&other.path()).await;
    assert_eq!(full.status, 503, "{}", full.text());
    assert_eq!(known.world.browser().get(&other.path()).await.status, 429);
    assert_eq!(known.receiver.requests().len(), 2);
}

// An operator shuts such a client out like any other, and what it serves does not let it in again.
in_every_set_up!(one_that_is_shut_out_stays_out, async |set_up| {
    let known = Known::on(set_up).await;
    let mut document = known.document();
    document["grant_types"] = json!(["authorization_code", "refresh_token"]);
    known.serves(&document);
    let (world, client_id) = (&known.world, known.client_id.as_str());
    let browser = world.signed_in().await;
    let code = async || world.allow(&browser, &known.asking()).await.code();
    let (first, second) = (code().await, code().await);
    let tokens = world.token_of_public(client_id, &redemption(&first)).await.json();
    let by = world.operator();
    world.test.app.clients.set_disabled(world.realm.id, Reach::All, client_id, true, &by).await.unwrap();
    let refresh = [("grant_type", "refresh_token"), ("refresh_token", tokens["refresh_token"].as_str().unwrap())];
    for form in [&redemption(&second)[..], &refresh, &[("grant_type", "authorization_code"), ("code", "x")]] {
        let refused = world.token_of_public(client_id, form).await;
        assert_eq!(refused.refusal(), (401, "invalid_client".to_owned()), "{form:?}");
    }
    assert!(known.is_refused().await);
    // What was fetched is old by now.
    world.advance(24 * 3600);
    assert!(known.is_refused().await);
});
