//! RFC 6749 §2.3 and §5.2; security.md, "two client authentication methods".

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tessera::clients::authenticate::{AuthenticationError, Authenticator, Presented, challenge};
use tessera::clients::directory::Directory;
use tessera::clients::key_sets::ClientKeys;
use tessera::clients::{Issued, NewClient, Reach};
use tessera::clock::Timestamp;
use tessera::config::Config;
use tessera::keys::Keys;
use tessera::keys::remote::RemoteJwks;
use tessera::keys::sealed::Sealed;
use tessera::protocol::token_endpoint_auth_method::TokenEndpointAuthMethod as Method;
use tessera::protocol::{ErrorCode, Parameters};
use tessera::random::Random;
use tessera::store::keys::CLIENT_SECRET;

use super::{by, clients, keys, metadata};
use crate::support::database::{Database, START, SetUp, on_both_databases};
use crate::support::realm_keys;

fn form(text: &str) -> Parameters {
    Parameters::read(text.as_bytes()).unwrap()
}

fn basic(id: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")))
}

/// What a request shows of its client.
#[derive(Debug)]
struct Shown {
    authorization: Option<String>,
    form: Parameters,
}

impl Shown {
    fn read(&self) -> Presented<'_> {
        Presented::read(self.authorization.as_deref(), &self.form, false).unwrap()
    }
}

fn refused(authorization: Option<&str>, body: &str, in_query: bool) -> ErrorCode {
    Presented::read(authorization, &form(body), in_query).expect_err(body).code()
}

#[test]
fn each_method_is_read() {
    let header = basic("shop", "s3cret");
    let shown =
        |authorization: Option<&str>, body| Shown { authorization: authorization.map(str::to_owned), form: form(body) };
    assert!(matches!(shown(Some(&header), "").read(), Presented::Basic(_)));
    assert_eq!(shown(Some(&header), "client_id=shop").read().client_id(), "shop");
    assert!(matches!(shown(None, "client_id=shop&client_secret=x").read(), Presented::Post(_)));
    assert!(matches!(shown(None, "client_id=shop").read(), Presented::Id(_)));
}

#[test]
fn a_secret_never_shows_in_debug_output() {
    let header = basic("shop", "canary-4711");
    for (authorization, body) in [(Some(header.as_str()), ""), (None, "client_id=shop&client_secret=canary-4711")] {
        let form = form(body);
        let presented = Presented::read(authorization, &form, false).unwrap();
        assert!(!format!("{presented:?}").contains("canary"), "{presented:?}");
    }
}

/// RFC 6749 §2.3: more than one method in a request.
#[test]
fn two_methods_at_once_are_an_invalid_request() {
    let header = basic("shop", "s3cret");
    assert_eq!(refused(Some(&header), "client_id=shop&client_secret=s3cret", false), ErrorCode::InvalidRequest);
    assert_eq!(refused(Some(&header), "client_assertion=e30.e30.e30", false), ErrorCode::InvalidRequest);
    assert_eq!(refused(None, "client_id=a&client_secret=b&client_assertion=c", false), ErrorCode::InvalidRequest);
}

/// RFC 6749 §2.3.1: not in the request's URI.
#[test]
fn a_secret_in_the_query_is_an_invalid_request() {
    assert_eq!(refused(None, "client_id=shop", true), ErrorCode::InvalidRequest);
    assert_eq!(refused(Some(&basic("shop", "s3cret")), "", true), ErrorCode::InvalidRequest);
}

#[test]
fn a_client_id_beside_another_one_is_an_invalid_request() {
    assert_eq!(refused(Some(&basic("shop", "s")), "client_id=other", false), ErrorCode::InvalidRequest);
    assert_eq!(refused(None, "client_id=a&client_id=b", false), ErrorCode::InvalidRequest);
    assert_eq!(refused(None, "client_id=a&client_secret=b&client_secret=b", false), ErrorCode::InvalidRequest);
}

#[test]
fn a_malformed_header_another_scheme_or_no_client_is_an_invalid_client() {
    for header in ["Basic", "Basic ", "Basic !!!", "Basic c2hvcA==", "Basic OnNlY3JldA==", "Bearer abc", "Digest x=y"] {
        assert_eq!(refused(Some(header), "", false), ErrorCode::InvalidClient, "{header}");
    }
    assert_eq!(refused(None, "", false), ErrorCode::InvalidClient);
    assert_eq!(refused(None, "client_secret=x", false), ErrorCode::InvalidClient);
    assert_eq!(refused(None, "client_id=a&client_assertion=x", false), ErrorCode::InvalidRequest, "without its type");
    assert_eq!(refused(None, "client_assertion=x&client_assertion_type=y", false), ErrorCode::InvalidClient);
}

/// RFC 6749 §5.2 and RFC 9110 §11.6.1: a quoted string that nothing can break out of.
#[test]
fn the_challenge_names_the_realm() {
    assert_eq!(challenge("https://id.example"), "Basic realm=\"https://id.example\", charset=\"UTF-8\"");
    assert_eq!(challenge("a\"b\\c\r\nd"), "Basic realm=\"abcd\", charset=\"UTF-8\"");
}

async fn made(database: &Database, method: Method) -> Issued {
    let new = NewClient::new(database.realm.id, None, metadata(method));
    clients(database).await.create(new, &by()).await.unwrap()
}

fn secret(issued: &Issued) -> String {
    issued.secret.as_ref().expect("a confidential client has a secret").expose().to_owned()
}

fn by_header(id: &str, secret: &str) -> Shown {
    Shown { authorization: Some(basic(id, secret)), form: form("") }
}

fn by_body(id: &str, secret: &str) -> Shown {
    Shown { authorization: None, form: form(&format!("client_id={id}&client_secret={secret}")) }
}

fn by_id(id: &str) -> Shown {
    Shown { authorization: None, form: form(&format!("client_id={id}")) }
}

async fn outcome(database: &Database, shown: &Shown, now: Timestamp) -> Result<String, String> {
    let jwks = ClientKeys::new(RemoteJwks::new(crate::outgoing::outgoing(&[])));
    let limiter = tessera::ephemeral::limits::Limiter::new(None);
    let rules = Config::default().registration;
    let directory = Directory::new(clients(database).await, limiter, "1 per 1h".parse().unwrap(), rules);
    let authenticator =
        Authenticator::new(directory, database.db.clone(), keys(database).await, database.ephemeral.clone(), jwks);
    match authenticator.authenticate(&database.realm, &shown.read(), &String::new, now).await {
        Ok(client) => Ok(client.client_id.clone()),
        Err(AuthenticationError::Refused(error)) => {
            assert_eq!(error.code(), ErrorCode::InvalidClient);
            Err(error.description().to_owned())
        }
        Err(fault) => panic!("{fault}"),
    }
}

on_both_databases!(every_method_lets_in_who_is_registered_with_it, async |database: &Database| {
    for method in [Method::ClientSecretBasic, Method::ClientSecretPost, Method::None] {
        let issued = made(database, method).await;
        let id = &issued.client.client_id;
        let presented = match method {
            Method::ClientSecretBasic => by_header(id, &secret(&issued)),
            Method::ClientSecretPost => by_body(id, &secret(&issued)),
            _ => by_id(id),
        };
        assert_eq!(outcome(database, &presented, START).await.as_deref(), Ok(id.as_str()), "{method}");
    }
});

/// OpenID Connect Registration §2, `token_endpoint_auth_method`: the registered method is the one used.
#[tokio::test]
async fn another_method_than_the_registered_one_is_refused() {
    let database = Database::new(SetUp::Sqlite).await;
    let with_basic = made(&database, Method::ClientSecretBasic).await;
    let with_post = made(&database, Method::ClientSecretPost).await;
    let public = made(&database, Method::None).await;
    for (presented, registered) in [
        (by_body(&with_basic.client.client_id, &secret(&with_basic)), "client_secret_basic"),
        (by_header(&with_post.client.client_id, &secret(&with_post)), "client_secret_post"),
    ] {
        let said = outcome(&database, &presented, START).await.unwrap_err();
        assert!(said.contains(registered), "{said}");
    }
    assert!(outcome(&database, &by_id(&with_basic.client.client_id), START).await.is_err());
    assert!(outcome(&database, &by_header(&public.client.client_id, "anything"), START).await.is_err());
    assert!(outcome(&database, &by_body(&public.client.client_id, "anything"), START).await.is_err());
}

/// security.md: known and unknown get the same answer.
#[tokio::test]
async fn unknown_wrong_disabled_and_another_realms_client_get_one_answer() {
    let database = Database::new(SetUp::Sqlite).await;
    let issued = made(&database, Method::ClientSecretBasic).await;
    let id = issued.client.client_id.clone();
    let elsewhere = NewClient::new(database.second.id, None, metadata(Method::ClientSecretBasic));
    let elsewhere = clients(&database).await.create(elsewhere, &by()).await.unwrap();
    let wrong = outcome(&database, &by_header(&id, "wrong"), START).await.unwrap_err();
    let same = [
        by_header("nobody", "wrong"),
        by_id("nobody"),
        by_id(&id),
        by_body(&id, "wrong"),
        by_header(&elsewhere.client.client_id, &secret(&elsewhere)),
    ];
    for presented in &same {
        assert_eq!(outcome(&database, presented, START).await.unwrap_err(), wrong, "{presented:?}");
    }
    clients(&database).await.set_disabled(database.realm.id, Reach::All, &id, true, &by()).await.unwrap();
    assert_eq!(outcome(&database, &by_header(&id, &secret(&issued)), START).await.unwrap_err(), wrong);
}

/// Two live secrets per client, for rotation.
#[tokio::test]
async fn a_rotated_secret_goes_on_for_its_grace_and_not_longer() {
    let database = Database::new(SetUp::Sqlite).await;
    let issued = made(&database, Method::ClientSecretBasic).await;
    let id = issued.client.client_id.clone();
    let rotate = async |grace| {
        let rotated = clients(&database).await.rotate_secret(database.realm.id, Reach::All, &id, grace, &by()).await;
        secret(&rotated.unwrap())
    };
    let (hour, old) = (Duration::from_hours(1), secret(&issued));
    let new = rotate(hour).await;
    let works = async |secret: &str, at| outcome(&database, &by_header(&id, secret), at).await.is_ok();
    assert!(works(&old, START).await && works(&new, START).await);
    assert!(!works(&old, START + hour).await && works(&new, START + hour).await);
    let newest = rotate(hour).await;
    assert!(!works(&old, START).await, "two live secrets at most");
    assert!(works(&new, START).await && works(&newest, START).await);
    let only = rotate(Duration::ZERO).await;
    assert!(!works(&new, START).await && !works(&newest, START).await && works(&only, START).await);
}

/// storage.md "At rest": the keyring's key is changed beside secrets that must be read back, and the old one may leave.
#[tokio::test]
async fn a_sealed_secret_is_sealed_again_under_the_new_key() {
    let database = Database::new(SetUp::Sqlite).await;
    let issued = made(&database, Method::ClientSecretJwt).await;
    let mut keyring = realm_keys::keyring();
    let new = keyring.add(&Random::seeded(4));
    keyring.activate(new).unwrap();
    let keys = Keys::new(database.db.clone(), keyring, Random::system(), &Config::default());
    assert!(keys.reseal().await.unwrap() > 0);
    let client = database.db.client_by_row(database.realm.id, issued.client.id).await.unwrap().unwrap();
    let sealed = client.secrets[0].sealed.clone().unwrap();
    assert_eq!(Sealed::from_bytes(sealed.clone()).key_id().unwrap(), new);
    let opened = keys.unseal(CLIENT_SECRET, client.secrets[0].id, &sealed).unwrap();
    assert_eq!(opened.as_slice(), secret(&issued).as_bytes());
}

/// storage.md "At rest": only secrets that assertions are made with are kept; all others are hashed.
#[tokio::test]
async fn a_change_of_method_changes_what_is_kept_of_a_secret() {
    let database = Database::new(SetUp::Sqlite).await;
    let issued = made(&database, Method::ClientSecretBasic).await;
    let id = issued.client.client_id.clone();
    let to = async |method| {
        let mut new = metadata(method);
        new.key_set.jwks_uri = Some("https://shop.example/keys".to_owned());
        clients(&database).await.update(database.realm.id, Reach::All, &id, new, &by()).await.unwrap();
        clients(&database).await.find(database.realm.id, Reach::All, &id).await.unwrap().secrets
    };
    assert!(issued.client.secrets[0].sealed.is_none());
    let sealed = to(Method::ClientSecretJwt).await;
    assert!(sealed.iter().any(|secret| secret.sealed.is_some()), "a new one, as the old one cannot be read");
    let hashed = to(Method::ClientSecretPost).await;
    assert!(hashed.len() == 2 && hashed.iter().all(|secret| secret.sealed.is_none()));
    assert!(to(Method::PrivateKeyJwt).await.is_empty());
}
