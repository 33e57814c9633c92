//! The token endpoint: its form, its grants, its headers (RFC 6749 §3.2, §4.4, §5).

use actix_web::http::{Method, header};
use actix_web::test::TestRequest;

use tessera::protocol::grant_type::GrantType;

use super::world::{API, SECRET, World, basic, claims};

const CLIENT_CREDENTIALS: (&str, &str) = ("grant_type", "client_credentials");

#[actix_web::test]
async fn a_client_gets_a_token_for_itself() {
    let world = World::new().await;
    let answer = world.token("job", &[CLIENT_CREDENTIALS, ("scope", "read"), ("resource", API)]).await;
    let tokens = answer.json();
    let access = claims(&tokens["access_token"]);
    assert_eq!((&access["sub"], &access["aud"], &access["scope"]), (&"job".into(), &API.into(), &"read".into()));
    assert!(tokens.get("refresh_token").is_none() && tokens.get("id_token").is_none(), "{tokens}");
    assert_eq!((&tokens["token_type"], &tokens["expires_in"]), (&"Bearer".into(), &900.into()));
}

/// RFC 6749 §4.4: for confidential clients; security.md "client_credentials for a public client refused".
#[actix_web::test]
async fn a_public_client_gets_no_token_for_itself() {
    let world = World::new().await;
    let refused = world.token_of_public("spa", &[CLIENT_CREDENTIALS]).await;
    assert_eq!(refused.refusal(), (400, "unauthorized_client".to_owned()));
}

#[actix_web::test]
async fn a_client_uses_only_the_grants_that_it_is_registered_for() {
    let world = World::new().await;
    assert_eq!(world.token("web", &[CLIENT_CREDENTIALS]).await.refusal(), (400, "unauthorized_client".to_owned()));
    let form = super::world::redemption("a code");
    assert_eq!(world.token("job", &form).await.refusal(), (400, "unauthorized_client".to_owned()));
}

/// No scope that speaks of a user, none beyond the registration, none that the resource server does not know.
#[actix_web::test]
async fn a_client_gets_no_scope_of_a_user_or_beyond_its_registration() {
    let world = World::new().await;
    for scope in ["openid", "read admin", "offline_access"] {
        let refused = world.token("job", &[CLIENT_CREDENTIALS, ("scope", scope), ("resource", API)]).await;
        assert_eq!(refused.refusal(), (400, "invalid_scope".to_owned()), "{scope}");
    }
}

#[actix_web::test]
async fn without_a_scope_a_client_gets_what_it_is_registered_for() {
    let world = World::new().await;
    let tokens = world.token("job", &[CLIENT_CREDENTIALS, ("resource", API)]).await.json();
    assert_eq!(tokens["scope"], "read write");
}

#[actix_web::test]
async fn an_unknown_resource_is_an_invalid_target() {
    let world = World::new().await;
    let refused = world.token("job", &[CLIENT_CREDENTIALS, ("resource", "https://unknown.example.com")]).await;
    assert_eq!(refused.refusal(), (400, "invalid_target".to_owned()));
}

/// security.md: the password grant is absent; so is what nobody knows.
#[actix_web::test]
async fn other_grants_are_unsupported() {
    let world = World::new().await;
    for grant_type in ["password", "implicit", "nonsense", "CLIENT_CREDENTIALS"] {
        let form = [("grant_type", grant_type), ("username", "ada@example.com"), ("password", "x")];
        assert_eq!(
            world.token("job", &form).await.refusal(),
            (400, "unsupported_grant_type".to_owned()),
            "{grant_type}"
        );
    }
}

/// Metadata and dispatcher are one list: what is listed is served, and nothing else is.
#[actix_web::test]
async fn the_grants_that_are_listed_are_those_that_are_served() {
    let world = World::new().await;
    let document = world.machine(TestRequest::get(), "/.well-known/openid-configuration").await.json();
    let listed = document["grant_types_supported"].as_array().unwrap();
    for grant_type in GrantType::ALL {
        let (_, code) = world.token("web", &[("grant_type", grant_type.as_str())]).await.refusal();
        let is_served = code != "unsupported_grant_type";
        assert_eq!(is_served, listed.contains(&grant_type.as_str().into()), "{grant_type}: {code}");
    }
}

#[actix_web::test]
async fn a_missing_parameter_is_invalid_request() {
    let world = World::new().await;
    for form in [&[][..], &[("grant_type", "authorization_code")], &[("grant_type", "refresh_token")]] {
        assert_eq!(world.token("web", form).await.refusal(), (400, "invalid_request".to_owned()), "{form:?}");
    }
}

/// RFC 6749 §3.2: request parameters must not come more than once.
#[actix_web::test]
async fn a_parameter_twice_is_invalid_request() {
    let world = World::new().await;
    let twice = [CLIENT_CREDENTIALS, CLIENT_CREDENTIALS];
    assert_eq!(world.token("job", &twice).await.refusal(), (400, "invalid_request".to_owned()));
    let twice = [CLIENT_CREDENTIALS, ("scope", "read"), ("scope", "write")];
    assert_eq!(world.token("job", &twice).await.refusal(), (400, "invalid_request".to_owned()));
}

/// RFC 6749 §4.1.3, appendix B.
#[actix_web::test]
async fn only_forms_are_read() {
    let world = World::new().await;
    let request = TestRequest::post().insert_header((header::AUTHORIZATION, basic("job", SECRET)));
    let request = request.set_json(serde_json::json!({ "grant_type": "client_credentials" }));
    assert_eq!(world.machine(request, "/oauth2/token").await.refusal(), (400, "invalid_request".to_owned()));
}

/// RFC 6749 §3.2: the client must use POST.
#[actix_web::test]
async fn only_post_is_answered() {
    let world = World::new().await;
    assert_eq!(world.machine(TestRequest::get(), "/oauth2/token?grant_type=client_credentials").await.status, 405);
}

/// RFC 6749 §5.1: every answer with tokens, and every refusal too.
#[actix_web::test]
async fn no_answer_is_kept_by_a_cache() {
    let world = World::new().await;
    for answer in [world.token("job", &[CLIENT_CREDENTIALS]).await, world.token("job", &[]).await] {
        assert_eq!((answer.header("cache-control"), answer.header("pragma")), (Some("no-store"), Some("no-cache")));
        assert_eq!(answer.header("content-type"), Some("application/json"));
    }
}

/// RFC 6749 §5.2: the character set of error_description, no line breaks.
#[actix_web::test]
async fn error_descriptions_keep_to_their_character_set() {
    let world = World::new().await;
    let answer = world.token("job", &[CLIENT_CREDENTIALS, ("scope", "\"\\\u{e9}\r\n")]).await;
    let error = answer.json();
    let description = error["error_description"].as_str().unwrap();
    assert!(description.chars().all(|c| (' '..='~').contains(&c) && c != '"' && c != '\\'), "{description}");
}

/// protocol.md "Checked nearly everywhere": any origin without credentials, any request header, the preflight.
#[actix_web::test]
async fn browser_clients_of_any_origin_may_ask() {
    let world = World::new().await;
    let preflight = TestRequest::default()
        .method(Method::OPTIONS)
        .insert_header((header::ORIGIN, "https://spa.example.com"))
        .insert_header((header::ACCESS_CONTROL_REQUEST_METHOD, "POST"))
        .insert_header((header::ACCESS_CONTROL_REQUEST_HEADERS, "authorization,x-anything"));
    let answer = world.machine(preflight, "/oauth2/token").await;
    assert!(answer.status.is_success(), "{answer:?}");
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    assert_eq!(answer.header("access-control-allow-credentials"), None);
    let allowed = answer.header("access-control-allow-headers").unwrap().to_lowercase();
    assert!(allowed == "*" || allowed.contains("x-anything"), "{allowed}");
    let request = TestRequest::post().insert_header((header::ORIGIN, "https://spa.example.com"));
    let answer = world.machine(request.set_form([CLIENT_CREDENTIALS]), "/oauth2/token").await;
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    let exposed = answer.header("access-control-expose-headers").unwrap().to_lowercase();
    assert!(exposed.contains("www-authenticate") && exposed.contains("dpop-nonce"), "{exposed}");
}

/// security.md "Input": oversize → 413.
#[actix_web::test]
async fn a_body_that_is_too_long_is_not_read() {
    let world = World::new().await;
    let long = "x".repeat(2_000_000);
    assert_eq!(world.token("job", &[("grant_type", &long)]).await.status, 413);
}
