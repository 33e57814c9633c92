//! RFC 7662: introspection.

use actix_web::test::TestRequest;
use serde_json::json;
use tessera::protocol::token_endpoint_auth_method::TokenEndpointAuthMethod;

use crate::support::database::{self, SetUp, on_both_databases};
use crate::support::endpoints::{Endpoints, basic};
use crate::support::world::{World, claims, client};

const INTROSPECT: &str = "/oauth2/introspect";

/// RFC 7662 §2.2, RFC 9470 §6.2: what the token says of itself, and nothing of the user beside.
#[tokio::test]
async fn a_live_access_token_is_described() {
    database::run(SetUp::Sqlite, async |database| {
        let world = World::new(database).await;
        let endpoints = Endpoints::new(&world);
        let token = world.user_token(&world.public, "openid read", None).await;
        let answer = endpoints.post_as("web", INTROSPECT, &[("token", &token)]).await;
        let held = claims(&token);
        let expected = json!({
            "active": true, "scope": "openid read", "client_id": "public", "token_type": "Bearer", "exp": held["exp"],
            "iat": held["iat"], "sub": "subject", "aud": "http://localhost:8080", "iss": "http://localhost:8080",
            "jti": held["jti"], "acr": "1fa", "auth_time": held["auth_time"],
        });
        assert_eq!((answer.status.as_u16(), answer.json()), (200, expected));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    })
    .await;
}

#[tokio::test]
async fn a_live_refresh_token_is_described_to_its_client() {
    database::run(SetUp::Sqlite, async |database| {
        let world = World::new(database).await;
        let endpoints = Endpoints::new(&world);
        let (family, token) = world.offline(&world.confidential).await;
        for hint in ["refresh_token", "access_token", "nonsense"] {
            let answer = endpoints.post_as("web", INTROSPECT, &[("token", &token), ("token_type_hint", hint)]).await;
            let expected = json!({
                "active": true, "scope": family.scope, "client_id": "web", "exp": family.idle_expires_at.seconds(),
                "iat": family.created_at.seconds(), "sub": "subject", "iss": "http://localhost:8080",
                "auth_time": family.auth_time.seconds(),
            });
            assert_eq!(answer.json(), expected, "{hint}");
        }
    })
    .await;
}

/// RFC 7662 §2.2: unknown, expired, revoked, or none of the caller's business: one answer, which says nothing else.
#[tokio::test]
async fn every_other_token_gets_one_answer() {
    database::run(SetUp::Sqlite, async |database| {
        let world = World::new(database).await;
        let endpoints = Endpoints::new(&world);
        let bound = world.user_token(&world.public, "read", Some(&world.api)).await;
        let (_, refresh_token) = world.offline(&world.public).await;
        let expired = world.client_token(None).await;
        world.advance(900);
        for token in ["x", "a.b.c", &bound, &refresh_token, &expired] {
            let answer = endpoints.post_as("web", INTROSPECT, &[("token", token)]).await;
            assert_eq!((answer.status.as_u16(), answer.body.as_ref()), (200, br#"{"active":false}"#.as_slice()));
        }
    })
    .await;
}

/// RFC 7662 §2.1: not open to token scanning.
#[tokio::test]
async fn only_a_client_that_authenticates_may_ask() {
    database::run(SetUp::Sqlite, async |database| {
        let world = World::new(database).await;
        let endpoints = Endpoints::new(&world);
        let token = world.client_token(None).await;
        let nobody = endpoints.post(INTROSPECT, &[("token", &token)]).await;
        assert_eq!(nobody.refusal(), (401, "invalid_client".to_owned()));
        assert!(nobody.header("www-authenticate").unwrap().starts_with("Basic realm="));
        let wrong =
            TestRequest::post().uri(INTROSPECT).insert_header(basic("web", "guess")).set_form([("token", &token)]);
        assert_eq!(endpoints.send(wrong).await.refusal(), (401, "invalid_client".to_owned()));
        let public = endpoints.post(INTROSPECT, &[("token", &token), ("client_id", "public")]).await;
        assert_eq!(public.refusal(), (400, "unauthorized_client".to_owned()));
    })
    .await;
}

#[tokio::test]
async fn a_request_without_one_token_in_a_form_is_refused() {
    database::run(SetUp::Sqlite, async |database| {
        let world = World::new(database).await;
        let endpoints = Endpoints::new(&world);
        for form in [&[][..], &[("token", "")], &[("token", "a"), ("token", "b")]] {
            let answer = endpoints.post_as("web", INTROSPECT, form).await;
            assert_eq!(answer.refusal(), (400, "invalid_request".to_owned()), "{form:?}");
        }
        let json = TestRequest::post().uri(INTROSPECT).insert_header(basic("web", "x")).set_json(json!({"token": "a"}));
        assert_eq!(endpoints.send(json).await.refusal(), (400, "invalid_request".to_owned()));
        assert_eq!(endpoints.get("/oauth2/introspect?token=a").await.status.as_u16(), 405);
    })
    .await;
}

/// Realms are strictly apart: a client of one learns nothing of another's tokens, not even its own name's.
#[tokio::test]
async fn another_realms_token_is_not_active() {
    database::run(SetUp::Sqlite, async |database| {
        let world = World::new(database).await;
        let endpoints = Endpoints::new(&world);
        let token = world.client_token(None).await;
        let elsewhere = "/r/second/oauth2/introspect";
        assert_eq!(endpoints.post_as("web", elsewhere, &[("token", &token)]).await.refusal().0, 401);
        let method = TokenEndpointAuthMethod::ClientSecretBasic;
        world.store_client(&client(&world.random, database.second.id, "namesake", method)).await;
        let answer = endpoints.post_as("namesake", elsewhere, &[("token", &token)]).await;
        assert_eq!(answer.json(), json!({"active": false}));
    })
    .await;
}

/// "client_id, sub … of a resource server's token" go to the client by which it introspects.
#[tokio::test]
async fn a_resource_server_introspects_by_its_client() {
    database::run(SetUp::Sqlite, async |database| {
        let world = World::new(database).await;
        let endpoints = Endpoints::new(&world);
        let guarded = tessera::store::resource_servers::ResourceServer {
            id: world.random.id(world.now()),
            identifier: "https://guarded.example.com".to_owned(),
            client_id: Some(world.confidential.id),
            ..world.api.clone()
        };
        world.store_api(&guarded).await;
        let token = world.user_token(&world.public, "read", Some(&guarded)).await;
        let answer = endpoints.post_as("web", INTROSPECT, &[("token", &token)]).await.json();
        assert_eq!((&answer["active"], &answer["aud"]), (&json!(true), &json!("https://guarded.example.com")));
    })
    .await;
}

// RFC 7662, RFC 7009: whatever its form, an access token is described, revoked by its own client, and then dead.
on_both_databases!(an_opaque_token_is_described_and_revoked_like_any_other, async |database| {
    let world = World::new(database).await;
    let endpoints = Endpoints::new(&world);
    let opaque = tessera::store::resource_servers::ResourceServer {
        id: world.random.id(world.now()),
        identifier: "https://opaque.example.com".to_owned(),
        form: tessera::store::resource_servers::TokenForm::Opaque,
        client_id: Some(world.confidential.id),
        ..world.api.clone()
    };
    world.store_api(&opaque).await;
    let token = world.user_token(&world.public, "read", Some(&opaque)).await;
    let answer = endpoints.post_as("web", INTROSPECT, &[("token", &token)]).await.json();
    let plain = world.user_token(&world.public, "read", None).await;
    let mut expected = endpoints.post_as("web", INTROSPECT, &[("token", &plain)]).await.json();
    (expected["aud"], expected["jti"]) = (json!("https://opaque.example.com"), answer["jti"].clone());
    assert_eq!(answer, expected);
    let not_its_own = endpoints.post_as("web", "/oauth2/revoke", &[("token", &token)]).await;
    assert_eq!(not_its_own.refusal(), (400, "invalid_grant".to_owned()));
    let revoked = endpoints.post("/oauth2/revoke", &[("token", &token), ("client_id", "public")]).await;
    assert_eq!(revoked.status.as_u16(), 200);
    assert_eq!(endpoints.post_as("web", INTROSPECT, &[("token", &token)]).await.json(), json!({"active": false}));
});
