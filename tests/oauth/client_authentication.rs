//! Client authentication at the token endpoint (RFC 6749 §2.3, §5.2; security.md "Authorization and token endpoints").

use actix_web::http::header;
use actix_web::test::TestRequest;

use super::world::{SECRET, World, basic};
use crate::support::app::Answer;
use tessera::protocol::token_endpoint_auth_method::TokenEndpointAuthMethod;

const CLIENT_CREDENTIALS: (&str, &str) = ("grant_type", "client_credentials");

async fn with_header(world: &World, authorization: &str, form: &[(&str, &str)]) -> Answer {
    let request = TestRequest::post().insert_header((header::AUTHORIZATION, authorization)).set_form(form);
    world.machine(request, "/oauth2/token").await
}

async fn plain(world: &World, form: &[(&str, &str)]) -> Answer {
    world.machine(TestRequest::post().set_form(form), "/oauth2/token").await
}

/// 401 with a challenge that names the realm (RFC 6749 §5.2, RFC 9110 §15.5.2).
#[track_caller]
fn assert_unauthorized(answer: &Answer) {
    assert_eq!(answer.refusal(), (401, "invalid_client".to_owned()));
    let challenge = answer.header("www-authenticate").expect("a challenge");
    assert!(challenge.starts_with("Basic realm=\"http://localhost:8080\""), "{challenge}");
}

/// A service that authenticates in the body.
async fn poster(world: &World) {
    let edit = |new: &mut tessera::clients::NewClient| {
        new.metadata.token_endpoint_auth_method = TokenEndpointAuthMethod::ClientSecretPost;
        new.metadata.grant_types = vec![tessera::protocol::grant_type::GrantType::ClientCredentials];
        new.metadata.redirect_uris.clear();
        new.metadata.response_types.clear();
    };
    world.register("poster", edit).await;
}

#[actix_web::test]
async fn a_wrong_secret_an_unknown_client_and_no_client_are_refused_alike() {
    let world = World::new().await;
    let wrong = with_header(&world, &basic("job", "wrong"), &[CLIENT_CREDENTIALS]).await;
    let unknown = with_header(&world, &basic("nobody", "wrong"), &[CLIENT_CREDENTIALS]).await;
    assert_unauthorized(&wrong);
    assert_unauthorized(&unknown);
    assert_eq!(wrong.body, unknown.body);
    assert_unauthorized(&plain(&world, &[CLIENT_CREDENTIALS]).await);
}

/// A confidential client that only says its name.
#[actix_web::test]
async fn a_confidential_client_without_its_secret_is_refused() {
    let world = World::new().await;
    assert_unauthorized(&plain(&world, &[CLIENT_CREDENTIALS, ("client_id", "job")]).await);
    assert_unauthorized(&with_header(&world, &basic("job", ""), &[CLIENT_CREDENTIALS]).await);
}

/// RFC 6749 §2.3: a client must not use more than one method.
#[actix_web::test]
async fn two_methods_are_invalid_request() {
    let world = World::new().await;
    let both = [CLIENT_CREDENTIALS, ("client_id", "job"), ("client_secret", SECRET)];
    let answer = with_header(&world, &basic("job", SECRET), &both).await;
    assert_eq!(answer.refusal(), (400, "invalid_request".to_owned()));
}

#[actix_web::test]
async fn two_different_client_ids_are_invalid_request() {
    let world = World::new().await;
    let answer = with_header(&world, &basic("job", SECRET), &[CLIENT_CREDENTIALS, ("client_id", "web")]).await;
    assert_eq!(answer.refusal(), (400, "invalid_request".to_owned()));
}

/// RFC 6749 §2.3.1: never in the URI, also when its name is written another way.
#[actix_web::test]
async fn a_secret_in_the_query_is_invalid_request() {
    let world = World::new().await;
    poster(&world).await;
    for name in ["client_secret", "client%5Fsecret", "client_secre%74"] {
        let form = [CLIENT_CREDENTIALS, ("client_id", "poster"), ("client_secret", SECRET)];
        let request = TestRequest::post().set_form(form);
        let answer = world.machine(request, &format!("/oauth2/token?{name}=x")).await;
        assert_eq!(answer.refusal(), (400, "invalid_request".to_owned()), "{name}");
    }
}

/// security.md: malformed Basic → invalid_client with WWW-Authenticate.
#[actix_web::test]
async fn a_malformed_header_is_refused_with_a_challenge() {
    let world = World::new().await;
    for value in ["Basic", "Basic ", "Basic !!!", "Basic am9i", "Basic /////w==", "Digest x", "Bearer token"] {
        assert_unauthorized(&with_header(&world, value, &[CLIENT_CREDENTIALS]).await);
    }
    let request = TestRequest::post().set_form([CLIENT_CREDENTIALS]);
    let bytes = header::HeaderValue::from_bytes(b"Basic \xff\xfe").unwrap();
    assert_unauthorized(&world.machine(request.insert_header((header::AUTHORIZATION, bytes)), "/oauth2/token").await);
}

/// protocol.md "Basic": client_secret_post works.
#[actix_web::test]
async fn client_secret_post_works_for_who_is_registered_with_it() {
    let world = World::new().await;
    poster(&world).await;
    let form = |id| [CLIENT_CREDENTIALS, ("client_id", id), ("client_secret", SECRET)];
    assert_eq!(plain(&world, &form("poster")).await.status, 200);
    assert_unauthorized(&plain(&world, &form("job")).await);
    assert_unauthorized(&with_header(&world, &basic("poster", SECRET), &[CLIENT_CREDENTIALS]).await);
}

/// RFC 6749 §2.3.1: id and secret are form-encoded before they are joined by a colon.
#[actix_web::test]
async fn the_header_is_form_encoded() {
    let world = World::new().await;
    let secret = "a:b%c+d e/f=& and enough characters to be one";
    let odd = |new: &mut tessera::clients::NewClient| {
        new.chosen.as_mut().unwrap().secret = Some(tessera::secret::Secret::from(secret));
        new.metadata.grant_types.push(tessera::protocol::grant_type::GrantType::ClientCredentials);
    };
    world.register("odd", odd).await;
    assert_eq!(with_header(&world, &basic("odd", secret), &[CLIENT_CREDENTIALS]).await.status, 200);
}

/// Two secrets are alive while one is rotated.
#[actix_web::test]
async fn both_secrets_work_during_a_rotation() {
    let world = World::new().await;
    let by = world.operator();
    let clients = &world.test.app.clients;
    let lifetime = std::time::Duration::from_mins(1);
    let new = clients.rotate_secret(world.realm.id, tessera::clients::Reach::All, "job", lifetime, &by).await.unwrap();
    let new = new.secret.unwrap();
    for secret in [SECRET, new.expose()] {
        assert_eq!(with_header(&world, &basic("job", secret), &[CLIENT_CREDENTIALS]).await.status, 200);
    }
    world.advance(61);
    assert_unauthorized(&with_header(&world, &basic("job", SECRET), &[CLIENT_CREDENTIALS]).await);
}

/// N14: whoever guesses has to wait, and is told how long.
#[actix_web::test]
async fn guesses_are_limited() {
    let few = |config: &mut tessera::config::Config| {
        config.limits.token_failures = tessera::config::Limit::new(3, tessera::config::Period::minutes(1));
    };
    let world = World::with(few).await;
    for _ in 0..3 {
        assert_unauthorized(&with_header(&world, &basic("job", "guess"), &[CLIENT_CREDENTIALS]).await);
    }
    let limited = with_header(&world, &basic("job", "guess"), &[CLIENT_CREDENTIALS]).await;
    assert!(limited.status == 429 && limited.header("retry-after").is_some(), "{limited:?}");
    // Whoever knows the secret is let in all the same.
    assert_eq!(with_header(&world, &basic("job", SECRET), &[CLIENT_CREDENTIALS]).await.status, 200);
}

/// Of the names that no client has there is no end: who tries them is counted by address alone, and each client by itself.
#[actix_web::test]
async fn guesses_at_clients_that_are_not_there_count_together() {
    let world = World::with(|config| config.limits.token_failures = "3 per 1m".parse().unwrap()).await;
    let guess = async |client_id: &str| with_header(&world, &basic(client_id, "guess"), &[CLIENT_CREDENTIALS]).await;
    for nobody in ["a", "b", "https://app.example.com/client.json"] {
        assert_unauthorized(&guess(nobody).await);
    }
    for nobody in ["c", "https://app.example.com/other.json", &"d".repeat(600)] {
        assert_eq!(guess(nobody).await.status, 429, "{nobody}");
    }
    assert_unauthorized(&guess("job").await);
}
