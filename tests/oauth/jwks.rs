//! RFC 7517 §5: the keys as they are published.

use actix_web::http::header;
use actix_web::test::TestRequest;
use tessera::keys::rotate::Start;
use tessera::protocol::algorithm::SigningAlgorithm;

use crate::support::database::{self, SetUp};
use crate::support::endpoints::{Answer, Endpoints};
use crate::support::world::{World, header as jose_header};

const JWKS: &str = "/oauth2/jwks";

fn kids(answer: &Answer) -> Vec<String> {
    let keys = answer.json()["keys"].as_array().unwrap().clone();
    keys.iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

/// protocol.md: every key has a kid, kids differ, no private or symmetric material.
#[tokio::test]
async fn the_keys_are_published_for_anyone_to_keep() {
    database::run(SetUp::Sqlite, async |database| {
        let world = World::new(database).await;
        let endpoints = Endpoints::new(&world);
        let answer = endpoints.get(JWKS).await;
        assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, Some("application/jwk-set+json")));
        assert_eq!(answer.header("cache-control"), Some("public, max-age=900"), "keys.jwks_max_age");
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
        let mut kids = kids(&answer);
        kids.sort_unstable();
        kids.dedup();
        assert_eq!(kids.len(), SigningAlgorithm::ALL.len());
        let token = world.client_token(None).await;
        assert!(kids.contains(&jose_header(&token)["kid"].as_str().unwrap().to_owned()));
        for member in ["\"d\"", "\"p\"", "\"q\"", "\"k\"", "\"dp\"", "\"dq\"", "\"qi\""] {
            assert!(!String::from_utf8_lossy(&answer.body).contains(member), "{member}");
        }
    })
    .await;
}

/// RFC 9110 §13.1.2: who has the document is told so, and who has an older one gets the new.
#[tokio::test]
async fn a_document_that_is_known_is_not_sent_again() {
    database::run(SetUp::Sqlite, async |database| {
        let world = World::new(database).await;
        let endpoints = Endpoints::new(&world);
        let etag = endpoints.get(JWKS).await.header("etag").unwrap().to_owned();
        let again = |known: &str| TestRequest::get().uri(JWKS).insert_header((header::IF_NONE_MATCH, known.to_owned()));
        for known in [etag.clone(), format!("\"other\", {etag}"), format!("W/{etag}"), "*".to_owned()] {
            let answer = endpoints.send(again(&known)).await;
            assert_eq!((answer.status.as_u16(), answer.body.len()), (304, 0), "{known}");
            assert_eq!(
                (answer.header("etag"), answer.header("cache-control")),
                (Some(&*etag), Some("public, max-age=900"))
            );
        }
        world.keys.rotate(database.realm.id, &[SigningAlgorithm::Es256], Start::Published, world.now()).await.unwrap();
        let answer = endpoints.send(again(&etag)).await;
        assert_eq!(answer.status.as_u16(), 200);
        assert_ne!(answer.header("etag"), Some(&*etag));
        assert_eq!(kids(&answer).len(), 5, "the new key is there before it signs");
    })
    .await;
}

/// Each realm has keys of its own, by path and by host name; a realm that is not there has none.
#[tokio::test]
async fn each_realm_publishes_its_own_keys() {
    database::run(SetUp::Sqlite, async |database| {
        let world = World::new(database).await;
        let endpoints = Endpoints::new(&world);
        let (own, second) = (kids(&endpoints.get(JWKS).await), kids(&endpoints.get("/r/second/oauth2/jwks").await));
        assert!(own.iter().all(|kid| !second.contains(kid)));
        assert_eq!(endpoints.get("/r/nowhere/oauth2/jwks").await.status.as_u16(), 404);
    })
    .await;
}
