//! Documents of others - client metadata, key sets, request objects, sectors - may be slow, huge, lead elsewhere or be away: who needs
//! one is refused in its time, and nobody else waits (security.md "Outgoing requests").

use std::pin::pin;
use std::time::Duration;

use actix_web::test::TestRequest;
use futures_util::future::{Either, join, join_all, select};
use serde_json::json;
use tempfile::TempDir;
use tessera::clients::NewClient;
use tessera::config::{Outgoing, Period};
use tessera::protocol::algorithm::SigningAlgorithm;
use tessera::protocol::grant_type::GrantType;
use tessera::protocol::token_endpoint_auth_method::TokenEndpointAuthMethod;

use super::world::{Asking, Place, REDIRECT_URI, World, came};
use crate::ephemeral::tls::certificates;
use crate::keys::sign::key;
use crate::support::app::Answer;
use crate::support::assertion;
use crate::support::database::{SetUp, in_every_set_up};
use crate::support::eventually;
use crate::support::receiver::{Behaviour, ELSEWHERE, Receiver, answer};

const LIMIT: Duration = Duration::from_secs(30);

#[derive(Debug, Clone, Copy)]
enum Document {
    ClientMetadata,
    KeySet,
    RequestObject,
    Sector,
}

const DOCUMENTS: [Document; 4] =
    [Document::ClientMetadata, Document::KeySet, Document::RequestObject, Document::Sector];

/// A world, and another's server that it may ask.
struct Stranger {
    world: World,
    receiver: Receiver,
    _folder: TempDir,
}

impl Stranger {
    /// With clients whose documents are at that server; a request to it may take `patience`.
    async fn on(set_up: SetUp, patience: Duration) -> Self {
        let folder = certificates().await;
        let receiver = Receiver::with_tls(folder.path(), answer("200 OK", "", "")).await;
        let edit = |outgoing: &mut Outgoing| {
            outgoing.timeout = Period::millis(u64::try_from(patience.as_millis()).unwrap());
            outgoing.connect_timeout = outgoing.timeout;
        };
        Self::at(set_up, receiver, folder, edit).await
    }

    /// The same for any such server.
    async fn at(set_up: SetUp, receiver: Receiver, folder: TempDir, edit: impl FnOnce(&mut Outgoing)) -> Self {
        let world = World::at(set_up, Place::Root, |config| {
            receiver.open_to_strangers(&mut config.outgoing, folder.path());
            edit(&mut config.outgoing);
        })
        .await;
        let stranger = Self { world, receiver, _folder: folder };
        let (key_set, object) = (stranger.url("/jwks"), stranger.url("/object"));
        let world = &stranger.world;
        let robot = world.register("robot", |new| {
            new.metadata.token_endpoint_auth_method = TokenEndpointAuthMethod::PrivateKeyJwt;
            new.metadata.grant_types = vec![GrantType::ClientCredentials];
            new.metadata.response_types.clear();
            new.metadata.redirect_uris.clear();
            new.metadata.key_set.jwks_uri = Some(key_set);
            new.chosen.as_mut().unwrap().secret = None;
        });
        robot.await;
        let signs = |new: &mut NewClient| {
            new.metadata.key_set.jwks = Some(assertion::jwks(&[&key(SigningAlgorithm::Es256)]));
            new.metadata.request_objects.request_uris = vec![object];
        };
        world.register("rp", signs).await;
        stranger
    }

    fn url(&self, path: &str) -> String {
        format!("https://localhost:{}{path}", self.receiver.address.port())
    }

    /// A request that cannot be answered without the document.
    async fn asks(&self, document: Document) -> Answer {
        let world = &self.world;
        match document {
            Document::ClientMetadata => world.browser().get(&Asking::of(&self.url("/client.json")).path()).await,
            Document::KeySet => {
                let claims = assertion::claims("robot", "http://localhost:8080", "1", world.test.clock.now());
                let assertion = key(SigningAlgorithm::Es256).sign("JWT", &claims).unwrap();
                let [kind, text] = assertion::form(&assertion);
                let form = [("grant_type", "client_credentials"), kind, text];
                world.machine(TestRequest::post().set_form(form), "/oauth2/token").await
            }
            Document::RequestObject => {
                world.browser().get(&Asking::of("rp").with("request_uri", &self.url("/object")).path()).await
            }
            Document::Sector => {
                let metadata = json!({
                    "redirect_uris": [REDIRECT_URI], "subject_type": "pairwise", "sector_identifier_uri": self.url("/sector"),
                });
                world.machine(TestRequest::post().set_json(metadata), "/oauth2/register").await
            }
        }
    }

    /// Asks for every document at once: each request is refused, and leaves nothing behind. A refresh beside them is served.
    async fn refuses_all(&self, way: &str) {
        // Key sets are not asked for again at once.
        self.world.advance(3600);
        let code = self.world.code(&Asking::of("spa").with("scope", "openid offline_access")).await;
        let tokens = self.world.redeem("spa", &code).await.json();
        let before = self.rows().await;
        let asked = join_all(DOCUMENTS.map(|document| self.asks(document)));
        let refreshed = self.world.refresh("spa", tokens["refresh_token"].as_str().unwrap());
        let (answers, refreshed) = join(asked, refreshed).await;
        assert_eq!(refreshed.status, 200, "{way}");
        for (document, answer) in DOCUMENTS.into_iter().zip(answers) {
            let expected = match document {
                Document::ClientMetadata => "invalid_client_metadata_document",
                Document::KeySet => "invalid_client",
                Document::RequestObject => "invalid_request_uri",
                Document::Sector => "invalid_client_metadata",
            };
            assert_eq!(refusal(document, &answer), expected, "{document:?} {way}: {}", answer.text());
        }
        assert_eq!(self.rows().await, before, "{way}");
    }

    /// Clients, families, grants and what is to be fetched or told: what a request could leave behind.
    async fn rows(&self) -> Vec<i64> {
        let mut rows = Vec::new();
        for table in ["clients", "families", "grants", "events", "outbox"] {
            rows.push(crate::jobs::backchannel::rows(&self.world, table).await);
        }
        rows
    }
}

/// The error that a request without its document is answered with.
fn refusal(document: Document, answer: &Answer) -> String {
    match document {
        // Nobody has proved where to send the browser: a page.
        Document::ClientMetadata => {
            assert_eq!((answer.status.as_u16(), answer.header("location")), (400, None));
            answer.text().split_once(r#"data-error=""#).unwrap().1.split('"').next().unwrap().to_owned()
        }
        Document::RequestObject => came(answer).unwrap().error().to_owned(),
        Document::KeySet | Document::Sector => answer.refusal().1,
    }
}

// While a document does not come, a user signs in, and a code, a refresh token and a registration are served: no transaction is open,
// and no request waits but the one that needs it.
in_every_set_up!(a_document_that_hangs_holds_up_nobody_else, async |set_up| {
    let stranger = Stranger::on(set_up, LIMIT * 2).await;
    stranger.receiver.change(Behaviour::Hang(""));
    for document in DOCUMENTS {
        let before = stranger.receiver.requests().len();
        let waiting = pin!(stranger.asks(document));
        let others = pin!(async {
            let asked = async || (stranger.receiver.requests().len() == before + 1).then_some(());
            eventually(LIMIT, asked).await;
            let tokens = stranger.world.tokens("openid offline_access").await;
            let refresh_token = tokens["refresh_token"].as_str().unwrap();
            assert_eq!(stranger.world.refresh("web", refresh_token).await.status, 200);
            let registration = TestRequest::post().set_json(json!({"redirect_uris": [REDIRECT_URI]}));
            assert_eq!(stranger.world.machine(registration, "/oauth2/register").await.status, 201);
        });
        match select(waiting, others).await {
            Either::Right(_) => {}
            Either::Left((answer, _)) => panic!("{document:?} was not waited for: {}", answer.text()),
        }
    }
});

// Each way in which a document does not come has the same error, leaves nothing behind, and is asked about once.
in_every_set_up!(a_document_that_does_not_come_is_refused_and_leaves_nothing_behind, async |set_up| {
    let stranger = Stranger::on(set_up, Duration::from_secs(2)).await;
    let elsewhere = Receiver::start(answer("200 OK", "content-type: application/json\r\n", "{}")).await;
    let ways: [(&str, Behaviour); 6] = [
        ("hangs", Behaviour::Hang("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n")),
        (
            "is endless",
            Behaviour::Flood(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n",
                "4\r\n    \r\n",
            ),
        ),
        ("has an endless head", Behaviour::Flood("HTTP/1.1 200 OK\r\n", "x-more: and more\r\n")),
        ("leads elsewhere", answer("302 Found", &format!("location: {}\r\n", elsewhere.url("/")), "")),
        ("is no HTTP", Behaviour::Answer(b"SSH-2.0-OpenSSH_9.6\r\n".to_vec())),
        (
            "breaks off",
            Behaviour::Answer(
                b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{".to_vec(),
            ),
        ),
    ];
    for (way, behaviour) in ways {
        stranger.receiver.change(behaviour);
        let requests = stranger.receiver.requests().len();
        stranger.refuses_all(way).await;
        assert_eq!(stranger.receiver.requests().len(), requests + DOCUMENTS.len(), "{way}");
    }
    assert_eq!(elsewhere.connections().await, 0, "a redirect is not followed");
});

// A connection that is refused is no fault of ours.
in_every_set_up!(a_document_where_nobody_listens_is_refused_and_leaves_nothing_behind, async |set_up| {
    let stranger = Stranger::at(set_up, Receiver::deaf(), certificates().await, |_| {}).await;
    stranger.refuses_all("is nowhere").await;
});

// Whatever a name resolves to, today or at the next look: where `outgoing.allow` opens another address, nobody at this one is asked.
in_every_set_up!(a_document_whose_name_leads_inside_is_refused_and_nobody_is_asked, async |set_up| {
    let folder = certificates().await;
    let receiver = Receiver::with_tls(folder.path(), answer("200 OK", "", "")).await;
    let stranger =
        Stranger::at(set_up, receiver, folder, |outgoing| outgoing.allow = vec![ELSEWHERE.parse().unwrap()]).await;
    stranger.refuses_all("leads inside").await;
    assert_eq!(stranger.receiver.taken(), 0);
});
