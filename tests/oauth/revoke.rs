//! RFC 7009: the revocation endpoint.

use actix_web::http::header;
use actix_web::test::TestRequest;

use crate::support::database::{self, SetUp, on_both_databases};
use crate::support::endpoints::Endpoints;
use crate::support::world::World;

const REVOKE: &str = "/oauth2/revoke";

async fn is_alive(world: &World<'_>, token: &str) -> bool {
    world.tokens.inspect(&world.database.realm, token, world.now()).await.unwrap().is_some()
}

// RFC 7009 §2.1, §2.2: 200 and the token is dead, whatever the hint says.
on_both_databases!(a_revoked_token_is_dead_at_the_next_request, async |database| {
    let world = World::new(database).await;
    let endpoints = Endpoints::new(&world);
    for hint in ["access_token", "refresh_token", "nonsense"] {
        let (_, refresh_token) = world.offline(&world.public).await;
        let access_token = world.user_token(&world.public, "openid", None).await;
        for token in [&refresh_token, &access_token] {
            assert!(is_alive(&world, token).await);
            let form = [("client_id", "public"), ("token", token), ("token_type_hint", hint)];
            let answer = endpoints.post(REVOKE, &form).await;
            assert_eq!((answer.status.as_u16(), answer.body.len()), (200, 0));
            assert!(!is_alive(&world, token).await, "{hint}");
        }
    }
});

/// RFC 7009 §2.2: an invalid token is no error.
#[tokio::test]
async fn an_unknown_token_is_answered_200() {
    database::run(SetUp::Sqlite, async |database| {
        let world = World::new(database).await;
        let endpoints = Endpoints::new(&world);
        for token in ["x", "a.b.c", &"A".repeat(96), &"x".repeat(10_000)] {
            assert_eq!(endpoints.post_as("web", REVOKE, &[("token", token)]).await.status.as_u16(), 200);
        }
    })
    .await;
}

/// RFC 7009 §2.1: refused if it was issued to another client; RFC 6749 §5.2 has the code for that.
#[tokio::test]
async fn another_clients_token_is_refused() {
    database::run(SetUp::Sqlite, async |database| {
        let world = World::new(database).await;
        let endpoints = Endpoints::new(&world);
        let token = world.user_token(&world.public, "openid", None).await;
        let answer = endpoints.post_as("web", REVOKE, &[("token", &token)]).await;
        assert_eq!(answer.refusal(), (400, "invalid_grant".to_owned()));
        assert!(is_alive(&world, &token).await);
    })
    .await;
}

/// RFC 7009 §2.1: the client authenticates as at the token endpoint.
#[tokio::test]
async fn a_confidential_client_must_authenticate() {
    database::run(SetUp::Sqlite, async |database| {
        let world = World::new(database).await;
        let endpoints = Endpoints::new(&world);
        let token = world.client_token(None).await;
        for form in [&[("token", token.as_str()), ("client_id", "web")][..], &[("token", token.as_str())]] {
            let answer = endpoints.post(REVOKE, form).await;
            assert_eq!(answer.refusal(), (401, "invalid_client".to_owned()));
            assert!(answer.header("www-authenticate").is_some());
        }
        assert!(is_alive(&world, &token).await);
    })
    .await;
}

#[tokio::test]
async fn a_request_without_a_token_is_refused() {
    database::run(SetUp::Sqlite, async |database| {
        let world = World::new(database).await;
        let endpoints = Endpoints::new(&world);
        let answer = endpoints.post_as("web", REVOKE, &[]).await;
        assert_eq!(answer.refusal(), (400, "invalid_request".to_owned()));
    })
    .await;
}

/// RFC 7009 §2.2.1, fosite CVE-2020-15223: 503 and Retry-After where the database is away, never 200.
#[tokio::test]
async fn a_storage_error_is_503() {
    database::run(SetUp::Sqlite, async |database| {
        let world = World::new(database).await;
        let endpoints = Endpoints::new(&world);
        let (_, refresh_token) = world.offline(&world.confidential).await;
        let access_token = world.client_token(None).await;
        // Whoever asks is known from memory: what fails is the revocation itself.
        assert_eq!(endpoints.post_as("web", REVOKE, &[("token", "x")]).await.status.as_u16(), 200);
        database.db.close().await;
        // Also where not even the realm is known from memory.
        let elsewhere = format!("/r/{}{REVOKE}", database.second.slug);
        for (path, token) in [(REVOKE, &refresh_token), (REVOKE, &access_token), (&elsewhere, &access_token)] {
            let answer = endpoints.post_as("web", path, &[("token", token)]).await;
            assert_eq!(answer.refusal(), (503, "temporarily_unavailable".to_owned()), "{path}");
            assert!(answer.header("retry-after").is_some() && answer.header("cache-control") == Some("no-store"));
        }
    })
    .await;
}

/// protocol.md "Checked nearly everywhere": revoke, userinfo and JWKS are open to every origin, with any request header, without
/// credentials; introspection is not.
#[tokio::test]
async fn browsers_may_ask_from_any_origin() {
    database::run(SetUp::Sqlite, async |database| {
        let world = World::new(database).await;
        let endpoints = Endpoints::new(&world);
        for (path, open) in [
            ("/oauth2/revoke", true),
            ("/oauth2/userinfo", true),
            ("/oauth2/jwks", true),
            ("/r/second/oauth2/userinfo", true),
            ("/oauth2/introspect", false),
        ] {
            let preflight = TestRequest::with_uri(path)
                .method(actix_web::http::Method::OPTIONS)
                .insert_header((header::ORIGIN, "https://spa.example.com"))
                .insert_header((header::ACCESS_CONTROL_REQUEST_METHOD, "POST"))
                .insert_header((header::ACCESS_CONTROL_REQUEST_HEADERS, "authorization,x-anything"));
            let answer = endpoints.send(preflight).await;
            assert_eq!(answer.header("access-control-allow-origin"), open.then_some("*"), "{path}");
            assert_eq!(answer.header("access-control-allow-credentials"), None, "{path}");
            let allowed = answer.header("access-control-allow-headers").unwrap_or_default().to_ascii_lowercase();
            assert_eq!(allowed.contains("x-anything"), open, "{path}");
        }
        let request = TestRequest::post().uri(REVOKE).insert_header((header::ORIGIN, "https://spa.example.com"));
        let answer = endpoints.send(request.set_form([("client_id", "public"), ("token", "x")])).await;
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
        assert!(
            answer.header("access-control-expose-headers").unwrap().to_ascii_lowercase().contains("www-authenticate")
        );
    })
    .await;
}
