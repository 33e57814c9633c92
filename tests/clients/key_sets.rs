//! The keys of clients, in their metadata or at a URL: found, kept, and looked for again.

use std::time::Duration;

use tessera::clients::key_sets::{ClientKeyError, ClientKeys};
use tessera::config;
use tessera::keys::encrypt::RecipientError;
use tessera::keys::remote::RemoteJwks;
use tessera::outgoing::{Outgoing, Resolver};
use tessera::protocol::algorithm::{ContentEncryption, KeyManagementAlgorithm};
use tessera::protocol::client_metadata::Encryption;
use tessera::protocol::registrant::Registrant;
use tessera::protocol::token_endpoint_auth_method::TokenEndpointAuthMethod;
use tessera::random::Random;
use tessera::store::clients::Client;
use uuid::Uuid;

use crate::support::database::START;
use crate::support::encrypted_to::KeyPair;
use crate::support::receiver::{Receiver, answer};
use crate::support::world;

const ECDH: KeyManagementAlgorithm = KeyManagementAlgorithm::EcdhEs;
const OAEP: KeyManagementAlgorithm = KeyManagementAlgorithm::RsaOaep256;

fn client(edit: impl FnOnce(&mut Client)) -> Client {
    let mut client = world::client(&Random::seeded(3), Uuid::nil(), "web", TokenEndpointAuthMethod::ClientSecretBasic);
    edit(&mut client);
    client
}

fn keys(opened: Option<&Receiver>) -> ClientKeys {
    let allow = opened.iter().map(|receiver| receiver.opening().parse().unwrap()).collect();
    let config = config::Outgoing { allow, ..config::Outgoing::default() };
    ClientKeys::new(RemoteJwks::new(Outgoing::new(&config, Resolver::system()).unwrap()))
}

async fn kid(
    keys: &ClientKeys,
    client: &Client,
    algorithm: KeyManagementAlgorithm,
    seconds: u64,
) -> Result<Option<String>, ClientKeyError> {
    let encryption = Encryption { algorithm, content: ContentEncryption::A128Gcm };
    let key = keys.for_encryption(client, Some(encryption), START + Duration::from_secs(seconds)).await?;
    Ok(key.unwrap().kid().map(str::to_owned))
}

#[tokio::test]
async fn a_key_in_the_metadata_is_found_until_the_client_is_changed() {
    let (old, new) = (KeyPair::new(ECDH), KeyPair::new(ECDH));
    let mut client = client(|client| client.metadata.key_set.jwks = Some(old.jwks()));
    let keys = keys(None);
    assert_eq!(kid(&keys, &client, ECDH, 0).await, Ok(Some(old.kid().to_owned())));
    client.metadata.key_set.jwks = Some(new.jwks());
    assert_eq!(kid(&keys, &client, ECDH, 0).await, Ok(Some(old.kid().to_owned())), "kept ready");
    client.updated_at = START + Duration::from_secs(1);
    assert_eq!(kid(&keys, &client, ECDH, 1).await, Ok(Some(new.kid().to_owned())));
    assert_eq!(kid(&keys, &client, OAEP, 1).await, Err(ClientKeyError::Recipient(RecipientError::NoKey(OAEP))));
}

#[tokio::test]
async fn nothing_is_looked_for_where_nothing_is_encrypted() {
    assert!(keys(None).for_encryption(&client(|_| {}), None, START).await.unwrap().is_none());
    assert_eq!(kid(&keys(None), &client(|_| {}), ECDH, 0).await, Err(ClientKeyError::Nowhere));
}

/// One fetch a minute serves every use; a key of a kind that was not there is looked for at once.
#[tokio::test]
async fn a_key_at_a_url_is_fetched_once_and_again_where_the_kind_is_missing() {
    let (ec, rsa) = (KeyPair::new(ECDH), KeyPair::new(OAEP));
    let receiver = Receiver::start(ec.served()).await;
    let client = client(|client| client.metadata.key_set.jwks_uri = Some(receiver.url("/jwks")));
    let keys = keys(Some(&receiver));
    for seconds in [0, 30, 59] {
        assert_eq!(kid(&keys, &client, ECDH, seconds).await, Ok(Some(ec.kid().to_owned())));
    }
    assert_eq!(receiver.requests().len(), 1);
    receiver.change(rsa.served());
    assert_eq!(kid(&keys, &client, OAEP, 59).await, Ok(Some(rsa.kid().to_owned())));
    assert_eq!(receiver.requests().len(), 2);
    assert_eq!(kid(&keys, &client, ECDH, 59).await, Err(ClientKeyError::Recipient(RecipientError::NoKey(ECDH))));
}

/// Row B8: what the operator has opened for his own clients stays closed to those that registered themselves.
#[tokio::test]
async fn a_url_of_a_client_that_registered_itself_is_asked_as_a_strangers() {
    let receiver = Receiver::start(KeyPair::new(ECDH).served()).await;
    let strangers = client(|client| {
        client.metadata.key_set.jwks_uri = Some(receiver.url("/jwks"));
        client.registrant = Registrant::Client;
    });
    let refused = kid(&keys(Some(&receiver)), &strangers, ECDH, 0).await;
    assert!(matches!(refused, Err(ClientKeyError::Remote(_))), "{refused:?}");
    assert_eq!(receiver.connections().await, 0);
}

#[tokio::test]
async fn what_the_client_is_told_says_whether_to_try_again() {
    let receiver = Receiver::start(answer("503 Busy", "", "")).await;
    let down = client(|client| client.metadata.key_set.jwks_uri = Some(receiver.url("/jwks")));
    let refusal = kid(&keys(Some(&receiver)), &down, ECDH, 0).await.unwrap_err().refusal();
    assert_eq!((refusal.status(), refusal.retry_after()), (503, Some(2)));
    assert!(!refusal.description().contains("127.0.0.1"), "{}", refusal.description());
    let none = client(|client| client.metadata.key_set.jwks = Some(KeyPair::new(OAEP).jwks()));
    let refusal = kid(&keys(None), &none, ECDH, 0).await.unwrap_err().refusal();
    let told = "the answer cannot be encrypted: the client's JWKS has no key that ECDH-ES may be used with";
    assert_eq!((refusal.status(), refusal.description()), (400, told));
}
