//! protocol.md "Checked nearly everywhere" and "Basic"; storage.md "Access tokens".

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tessera::protocol::Scope;
use tessera::protocol::acr::{Acr, Amr};
use tessera::protocol::algorithm::SigningAlgorithm;
use tessera::protocol::jws::CompactJws;
use tessera::protocol::token_response::TokenResponse;
use tessera::store::clients::Client;
use tessera::store::families::Family;
use tessera::store::resource_servers::{ResourceServer, TokenForm};
use tessera::tokens::Recipient;
use tessera::tokens::issue::Grant;
use tessera::tokens::resources::Resources;

use crate::support::database::{self, SetUp};
use crate::support::world::{API, World, alone, claims, header};

struct Asked<'a> {
    client: &'a Client,
    resource: Option<&'a ResourceServer>,
    nonce: Option<&'a str>,
}

async fn issue(world: &World<'_>, family: &Family, asked: Asked<'_>) -> TokenResponse {
    let servers = alone(asked.resource);
    let to = Recipient { resources: Resources::of(&servers).unwrap(), ..world.to(asked.client) };
    let grant = Grant::User { family, scope: &family.scope, refresh_token: None, nonce: asked.nonce };
    world.tokens.issue(to, grant, world.now()).await.unwrap()
}

async fn plain(world: &World<'_>, scope: &str) -> TokenResponse {
    let (family, _) = world.login(&world.public, scope).await;
    issue(world, &family, Asked { client: &world.public, resource: None, nonce: None }).await
}

/// RFC 9068 §2.1, §2.2: the type, and every claim, of an access token that a user authorized.
#[tokio::test]
async fn an_access_token_holds_the_claims_of_rfc_9068() {
    database::run(SetUp::Sqlite, async |database| {
        let world = World::new(database).await;
        let (family, _) = world.login(&world.public, "openid read").await;
        let response = issue(&world, &family, Asked { client: &world.public, resource: None, nonce: None }).await;
        assert_eq!(header(&response.access_token)["typ"], "at+jwt");
        assert_eq!(header(&response.access_token)["alg"], "ES256");
        let now = world.now().seconds();
        let mut held = claims(&response.access_token);
        let jti = held["jti"].take();
        assert_eq!(URL_SAFE_NO_PAD.decode(jti.as_str().unwrap()).unwrap().len(), 16, "128 bits");
        let expected = json!({
            "iss": "http://localhost:8080", "sub": "subject", "aud": "http://localhost:8080", "exp": now + 900, "iat": now,
            "jti": null, "client_id": "public", "scope": "openid read", "auth_time": family.auth_time.seconds(),
            "acr": "1fa", "amr": ["pwd"], "sid": family.sid, "fam": family.id.simple().to_string(),
        });
        assert_eq!(held, expected);
        assert_eq!((response.expires_in, response.scope.unwrap().as_str()), (900, "openid read"));
    })
    .await;
}

/// RFC 9068 §2.2.1, OpenID Connect Core §2: every claim of an ID token, and nothing that is empty.
#[tokio::test]
async fn an_id_token_holds_the_claims_of_openid_connect_core() {
    database::run(SetUp::Sqlite, async |database| {
        let world = World::new(database).await;
        let (family, _) = world.login(&world.public, "openid").await;
        let asked = Asked { client: &world.public, resource: None, nonce: Some("n-0S6_WzA2Mj") };
        let response = issue(&world, &family, asked).await;
        let id_token = response.id_token.unwrap();
        let now = world.now().seconds();
        let at_hash = URL_SAFE_NO_PAD.encode(&tessera::secret::sha256(response.access_token.as_bytes())[..16]);
        let expected = json!({
            "iss": "http://localhost:8080", "sub": "subject", "aud": "public", "exp": now + 900, "iat": now,
            "auth_time": family.auth_time.seconds(), "nonce": "n-0S6_WzA2Mj", "acr": "1fa", "amr": ["pwd"],
            "sid": family.sid, "at_hash": at_hash,
        });
        assert_eq!(claims(&id_token), expected);
        assert_eq!(header(&id_token)["typ"], "JWT");
    })
    .await;
}

/// protocol.md: nonce echoed and absent when not sent; no claim is an empty string or null.
#[tokio::test]
async fn an_id_token_has_no_nonce_where_none_was_sent() {
    database::run(SetUp::Sqlite, async |database| {
        let world = World::new(database).await;
        let id_token = plain(&world, "openid").await.id_token.unwrap();
        assert_eq!(claims(&id_token).get("nonce"), None);
        let is_empty = |value: &Value| value.is_null() || value == "" || value == &json!([]);
        assert!(!claims(&id_token).as_object().unwrap().values().any(is_empty));
    })
    .await;
}

/// OpenID Connect Core §3.1.2.1: without openid it is plain OAuth.
#[tokio::test]
async fn without_openid_there_is_no_id_token() {
    database::run(SetUp::Sqlite, async |database| {
        let world = World::new(database).await;
        assert_eq!(plain(&world, "profile read").await.id_token, None);
    })
    .await;
}

/// protocol.md "Basic": ID tokens are RS256 wherever the client does not say otherwise; OpenID Connect Core §3.1.3.6: `at_hash` by
/// the hash of the algorithm, which for Ed25519 is SHA-512 (RFC 8032 §5.1).
#[tokio::test]
async fn an_id_token_is_signed_as_the_client_registered_and_at_hash_follows() {
    database::run(SetUp::Sqlite, async |database| {
        let world = World::new(database).await;
        let keys = world.keys.realm(database.realm.id, world.now()).await.unwrap();
        let (family, _) = world.login(&world.public, "openid").await;
        assert_eq!(world.public.metadata.id_token_signed_response_alg, SigningAlgorithm::Rs256, "the default");
        for algorithm in SigningAlgorithm::ALL {
            let mut client = world.public.clone();
            client.metadata.id_token_signed_response_alg = *algorithm;
            let response = issue(&world, &family, Asked { client: &client, resource: None, nonce: None }).await;
            let id_token = response.id_token.unwrap();
            let jws = CompactJws::parse(&id_token).unwrap();
            assert_eq!((jws.algorithm(), keys.verify(&jws, "JWT")), ((*algorithm).into(), Ok(())));
            let access_token = response.access_token.as_bytes();
            let hash: &[u8] = match algorithm {
                SigningAlgorithm::EdDsa => &tessera::secret::sha512(access_token)[..32],
                _ => &tessera::secret::sha256(access_token)[..16],
            };
            assert_eq!(claims(&id_token)["at_hash"], URL_SAFE_NO_PAD.encode(hash), "{algorithm}");
        }
    })
    .await;
}

/// storage.md "Access tokens": signed per resource server, with its audience, issuer and lifetime; the ID token stays the realm's.
#[tokio::test]
async fn a_resource_server_decides_audience_issuer_algorithm_and_lifetime() {
    database::run(SetUp::Sqlite, async |database| {
        let world = World::new(database).await;
        let (family, _) = world.login(&world.public, "openid read").await;
        let mut client = world.public.clone();
        client.settings.access_token_seconds = Some(120);
        for algorithm in SigningAlgorithm::ALL {
            let mut api = world.api.clone();
            (api.issuer, api.form) = (Some("https://old.example.com".to_owned()), TokenForm::Signed(*algorithm));
            api.access_token_seconds = Some(60);
            let response = issue(&world, &family, Asked { client: &client, resource: Some(&api), nonce: None }).await;
            let held = claims(&response.access_token);
            assert_eq!((&held["aud"], &held["iss"]), (&json!(API), &json!("https://old.example.com")));
            assert_eq!(header(&response.access_token)["alg"], algorithm.as_str());
            assert_eq!((response.expires_in, &held["exp"]), (60, &json!(world.now().seconds() + 60)));
            assert_eq!(claims(&response.id_token.unwrap())["iss"], "http://localhost:8080");
        }
        let response = issue(&world, &family, Asked { client: &client, resource: Some(&world.api), nonce: None }).await;
        assert_eq!(response.expires_in, 120, "the client's own lifetime, where the resource server has none");
        assert_eq!(claims(&response.access_token)["iss"], "http://localhost:8080");
    })
    .await;
}

/// protocol.md "Defaults": one table of lifetimes, overridable per client.
#[tokio::test]
async fn a_client_may_have_id_tokens_of_another_lifetime() {
    database::run(SetUp::Sqlite, async |database| {
        let world = World::new(database).await;
        let (family, _) = world.login(&world.public, "openid").await;
        let mut client = world.public.clone();
        client.settings.id_token_seconds = Some(30);
        let response = issue(&world, &family, Asked { client: &client, resource: None, nonce: None }).await;
        assert_eq!(claims(&response.id_token.unwrap())["exp"], world.now().seconds() + 30);
    })
    .await;
}

/// security.md: the absolute lifetime of a family is enforced, also upon verifiers that ask nobody.
#[tokio::test]
async fn no_access_token_outlives_its_family() {
    database::run(SetUp::Sqlite, async |database| {
        let world = World::new(database).await;
        let (family, _) = world.login(&world.public, "openid").await;
        let ending = Family { expires_at: world.now() + std::time::Duration::from_millis(70_900), ..family };
        let response = issue(&world, &ending, Asked { client: &world.public, resource: None, nonce: None }).await;
        assert_eq!(response.expires_in, 70, "expires_in and exp are whole seconds, rounded down");
        assert_eq!(claims(&response.access_token)["exp"], world.now().seconds() + 70);
    })
    .await;
}

/// protocol.md "Defaults": the names of `acr` are configurable.
#[tokio::test]
async fn acr_has_the_configured_name_and_amr_every_method() {
    database::run(SetUp::Sqlite, async |database| {
        let mut config = crate::support::realm_keys::config();
        config.acr.two_factors = "urn:example:two".to_owned();
        let world = World::with(database, config).await;
        let scope: Scope = "openid".parse().unwrap();
        let mut authorization = world.authorization("code", &scope);
        (authorization.acr, authorization.amr) = (Acr::TwoFactors, &[Amr::Password, Amr::OneTimePassword]);
        let (family, _) = world.begin(&world.public, authorization).await;
        let response = issue(&world, &family, Asked { client: &world.public, resource: None, nonce: None }).await;
        for token in [response.access_token, response.id_token.unwrap()] {
            assert_eq!(claims(&token)["acr"], "urn:example:two");
            assert_eq!(claims(&token)["amr"], json!(["pwd", "otp"]));
        }
    })
    .await;
}

/// RFC 9068 §2.2, RFC 6749 §4.4: the client is the subject; there is no user, family or refresh token, and nothing is written.
#[tokio::test]
async fn client_credentials_speak_of_the_client_alone() {
    database::run(SetUp::Sqlite, async |database| {
        let world = World::new(database).await;
        let scope = "read".parse().unwrap();
        let servers = alone(Some(&world.api));
        let to = Recipient { resources: Resources::of(&servers).unwrap(), ..world.to(&world.confidential) };
        let response = world.tokens.issue(to, Grant::Client { scope: &scope }, world.now()).await.unwrap();
        let held = claims(&response.access_token);
        let mut names: Vec<_> = held.as_object().unwrap().keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["aud", "client_id", "exp", "iat", "iss", "jti", "scope", "sub"]);
        assert_eq!((&held["sub"], &held["client_id"], &held["aud"]), (&json!("web"), &json!("web"), &json!(API)));
        assert_eq!((response.refresh_token, response.id_token), (None, None));
    })
    .await;
}

/// Each realm signs with keys of its own: a token of one is none of the other.
#[tokio::test]
async fn realms_have_keys_and_issuers_of_their_own() {
    database::run(SetUp::Sqlite, async |database| {
        let world = World::new(database).await;
        let scope = "read".parse().unwrap();
        let to = Recipient { realm: &database.second, ..world.to(&world.confidential) };
        let response = world.tokens.issue(to, Grant::Client { scope: &scope }, world.now()).await.unwrap();
        assert_eq!(claims(&response.access_token)["iss"], database.second.issuer.as_str());
        let jws = CompactJws::parse(&response.access_token).unwrap();
        let (own, second) = (database.realm.id, database.second.id);
        assert!(world.keys.realm(own, world.now()).await.unwrap().verify(&jws, "at+jwt").is_err());
        assert!(world.keys.realm(second, world.now()).await.unwrap().verify(&jws, "at+jwt").is_ok());
    })
    .await;
}

/// Back-Channel Logout §2.1: a session has another name for each client, and the same one each time.
#[tokio::test]
async fn sid_differs_by_client_and_is_not_the_sessions_id() {
    database::run(SetUp::Sqlite, async |database| {
        let world = World::new(database).await;
        let (first, _) = world.login(&world.public, "openid").await;
        let (again, _) = world.login(&world.public, "openid").await;
        let (other, _) = world.login(&world.confidential, "openid").await;
        assert_eq!(first.sid, again.sid);
        assert_ne!(first.sid, other.sid);
        assert!(!first.sid.unwrap().contains(&world.session.id.to_string()));
    })
    .await;
}
