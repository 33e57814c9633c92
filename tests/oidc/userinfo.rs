//! OpenID Connect Core §5.3, RFC 6750: the userinfo endpoint.

use actix_web::http::header;
use actix_web::test::TestRequest;
use serde_json::{Value, json};
use tessera::store::users::Status;

use crate::support::database::{self, SetUp};
use crate::support::endpoints::{Answer, Endpoints, basic, bearer};
use crate::support::world::World;

const USERINFO: &str = "/oauth2/userinfo";

async fn with_token(endpoints: &Endpoints, token: &str) -> Answer {
    endpoints.send(TestRequest::get().uri(USERINFO).insert_header(bearer(token))).await
}

/// Status, challenge and what the challenge says of the error.
fn challenge(answer: &Answer) -> (u16, String) {
    (answer.status.as_u16(), answer.header("www-authenticate").unwrap_or_default().to_owned())
}

/// protocol.md "Basic": GET and POST, header and form body; never kept by a cache.
#[tokio::test]
async fn a_token_comes_by_get_or_post_in_header_or_form() {
    database::run(SetUp::Sqlite, async |database| {
        let world = World::new(database).await;
        let endpoints = Endpoints::new(&world);
        let token = world.user_token(&world.public, "openid", None).await;
        let requests = [
            TestRequest::get().uri(USERINFO).insert_header(bearer(&token)),
            TestRequest::get().uri(USERINFO).insert_header((header::AUTHORIZATION, format!("bearer {token}"))),
            TestRequest::post().uri(USERINFO).insert_header(bearer(&token)),
            TestRequest::post().uri(USERINFO).set_form([("access_token", &token)]),
        ];
        for request in requests {
            let answer = endpoints.send(request).await;
            assert_eq!((answer.status.as_u16(), answer.json()), (200, json!({"sub": "subject"})));
            assert_eq!(answer.header("cache-control"), Some("no-store"));
            assert_eq!(answer.header("content-type"), Some("application/json"));
        }
    })
    .await;
}

/// OpenID Connect Core §5.4: each scope releases its claims and no others; protocol.md: the right types, nothing empty.
#[tokio::test]
async fn each_scope_releases_its_claims() {
    database::run(SetUp::Sqlite, async |database| {
        let world = World::new(database).await;
        let endpoints = Endpoints::new(&world);
        let profile = json!({
            "name": "Alice Example", "given_name": "Alice", "family_name": "Example", "middle_name": "M", "nickname": "Al",
            "preferred_username": "alice", "profile": "https://example.com/alice",
            "picture": "https://example.com/alice.png", "website": "https://alice.example.com", "gender": "female",
            "birthdate": "0000-10-31", "zoneinfo": "Europe/Paris", "locale": "en-GB",
            "updated_at": world.now().seconds(),
        });
        for (scope, claims) in [
            ("openid", json!({})),
            ("openid profile", profile),
            ("openid email", json!({"email": "Alice@example.com", "email_verified": true})),
            ("openid phone", json!({"phone_number": "+4915112345678", "phone_number_verified": false})),
            ("openid address", json!({"address": {"country": "FR"}})),
            ("openid read offline_access", json!({})),
        ] {
            let token = world.user_token(&world.public, scope, None).await;
            let mut expected = claims;
            expected["sub"] = json!("subject");
            assert_eq!(with_token(&endpoints, &token).await.json(), expected, "{scope}");
        }
        let token = world.user_token(&world.public, "openid profile email phone address", None).await;
        let all = with_token(&endpoints, &token).await.json();
        let is_empty = |value: &Value| value.is_null() || value == "";
        assert_eq!(all.as_object().unwrap().len(), 20);
        assert!(!all.as_object().unwrap().values().any(is_empty));
    })
    .await;
}

/// RFC 6750 §3.1: a request without authentication gets a challenge without any error.
#[tokio::test]
async fn without_a_token_there_is_only_the_challenge() {
    database::run(SetUp::Sqlite, async |database| {
        let world = World::new(database).await;
        let endpoints = Endpoints::new(&world);
        let requests = [
            TestRequest::get().uri(USERINFO),
            TestRequest::post().uri(USERINFO),
            TestRequest::get().uri(USERINFO).insert_header(basic("web", "x")),
            TestRequest::post().uri(USERINFO).set_json(json!({"access_token": "x"})),
        ];
        for request in requests {
            let answer = endpoints.send(request).await;
            assert_eq!(challenge(&answer), (401, r#"Bearer realm="http://localhost:8080""#.to_owned()));
            assert!(answer.body.is_empty());
        }
    })
    .await;
}

/// RFC 6750 §3.1: expired, revoked, malformed or of another type: invalid_token, 401.
#[tokio::test]
async fn a_token_that_is_not_alive_is_refused() {
    database::run(SetUp::Sqlite, async |database| {
        let world = World::new(database).await;
        let endpoints = Endpoints::new(&world);
        let token = world.user_token(&world.public, "openid", None).await;
        let (_, refresh_token) = world.offline(&world.public).await;
        let id_token = world.refresh(&world.public, &refresh_token).await.unwrap().id_token.unwrap();
        for wrong in ["x", "a.b.c", &refresh_token, &id_token, &token[..token.len() - 4]] {
            let (status, challenge) = challenge(&with_token(&endpoints, wrong).await);
            assert_eq!(status, 401);
            assert!(challenge.contains(r#"error="invalid_token""#), "{challenge}");
        }
        let answer = with_token(&endpoints, &token).await;
        assert_eq!(answer.status.as_u16(), 200);
        world.advance(900);
        assert_eq!(with_token(&endpoints, &token).await.refusal(), (401, "invalid_token".to_owned()));
    })
    .await;
}

/// storage.md: a disabled user's tokens die at the next request; another realm's token is none here.
#[tokio::test]
async fn a_disabled_user_and_another_realm_have_no_userinfo() {
    database::run(SetUp::Sqlite, async |database| {
        let world = World::new(database).await;
        let endpoints = Endpoints::new(&world);
        let token = world.user_token(&world.public, "openid", None).await;
        let elsewhere = TestRequest::get().uri("/r/second/oauth2/userinfo").insert_header(bearer(&token));
        assert_eq!(endpoints.send(elsewhere).await.refusal(), (401, "invalid_token".to_owned()));
        assert_eq!(with_token(&endpoints, &token).await.status.as_u16(), 200);
        let (realm, user, now) = (database.realm.id, world.user, world.now());
        database.db.write(async move |tx| tx.set_user_status(realm, user, Status::Disabled, now).await).await.unwrap();
        assert_eq!(with_token(&endpoints, &token).await.refusal(), (401, "invalid_token".to_owned()));
    })
    .await;
}

/// RFC 6750 §3.1: 403 and the scope that is needed; a client's own token speaks of no user.
#[tokio::test]
async fn a_token_without_openid_is_not_enough() {
    database::run(SetUp::Sqlite, async |database| {
        let world = World::new(database).await;
        let endpoints = Endpoints::new(&world);
        for token in [world.user_token(&world.public, "profile email", None).await, world.client_token(None).await] {
            let (status, challenge) = challenge(&with_token(&endpoints, &token).await);
            assert_eq!(status, 403);
            assert!(challenge.contains(r#"error="insufficient_scope""#) && challenge.contains(r#"scope="openid""#));
        }
    })
    .await;
}

/// RFC 6750 §2: one way only, and never the query (OAuth 2.1 §5.1).
#[tokio::test]
async fn a_token_in_the_query_or_in_two_ways_is_refused() {
    database::run(SetUp::Sqlite, async |database| {
        let world = World::new(database).await;
        let endpoints = Endpoints::new(&world);
        let token = world.user_token(&world.public, "openid", None).await;
        let query = format!("{USERINFO}?access_token={token}");
        let requests = [
            TestRequest::get().uri(&query),
            TestRequest::get().uri(&query).insert_header(bearer(&token)),
            TestRequest::post().uri(USERINFO).insert_header(bearer(&token)).set_form([("access_token", &token)]),
            TestRequest::post().uri(USERINFO).set_form([("access_token", &token), ("access_token", &token)]),
            TestRequest::get().uri(USERINFO).insert_header((header::AUTHORIZATION, "Bearer")),
            TestRequest::get().uri(USERINFO).insert_header((header::AUTHORIZATION, "Bearer a b")),
        ];
        for request in requests {
            let answer = endpoints.send(request).await;
            assert!(answer.header("www-authenticate").unwrap().contains(r#"error="invalid_request""#));
            assert_eq!(answer.refusal(), (400, "invalid_request".to_owned()));
        }
    })
    .await;
}

/// The database is away: 503, never a verdict on the token.
#[tokio::test]
async fn a_storage_error_is_503() {
    database::run(SetUp::Sqlite, async |database| {
        let world = World::new(database).await;
        let endpoints = Endpoints::new(&world);
        let token = world.user_token(&world.public, "openid", None).await;
        assert_eq!(with_token(&endpoints, &token).await.status.as_u16(), 200);
        database.db.close().await;
        assert_eq!(with_token(&endpoints, &token).await.refusal(), (503, "temporarily_unavailable".to_owned()));
    })
    .await;
}
