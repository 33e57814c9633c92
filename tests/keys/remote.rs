//! protocol.md: "`jwks_uri` fetched at use, again on an unknown kid, at the latest after 60 s"; with back-off.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tessera::clock::Timestamp;
use tessera::config;
use tessera::keys::foreign::ForeignKeys;
use tessera::keys::jwks::JwksDocument;
use tessera::keys::remote::{RemoteJwks, RemoteJwksError};
use tessera::keys::sign::SigningKey;
use tessera::outgoing::{OnBehalf, Outgoing, OutgoingError, Resolver};
use tessera::protocol::algorithm::SigningAlgorithm;
use tessera::protocol::jws::CompactJws;
use tokio::task::JoinSet;
use url::Url;

use crate::keys::sign::key;
use crate::support::database::START;
use crate::support::eventually;
use crate::support::receiver::{Behaviour, Receiver, answer, json as answer_json};

/// A client's server with its JWKS, and the cache before it.
struct Client {
    receiver: Receiver,
    url: Url,
    jwks: RemoteJwks,
}

impl Client {
    async fn new(keys: &[&SigningKey]) -> Self {
        let receiver = Receiver::start(document(keys)).await;
        let allow = vec![receiver.opening().parse().unwrap()];
        let config = config::Outgoing { allow, ..config::Outgoing::default() };
        let jwks = RemoteJwks::new(Outgoing::new(&config, Resolver::system()).unwrap());
        Self { url: Url::parse(&receiver.url("/jwks")).unwrap(), receiver, jwks }
    }

    /// The key set for a token of this key.
    async fn keys_for(&self, key: &SigningKey, now: Timestamp) -> Result<Arc<ForeignKeys>, RemoteJwksError> {
        let token = token(key);
        self.jwks.keys_for(&self.url, OnBehalf::Operator, &CompactJws::parse(&token).unwrap(), now).await
    }

    /// Whether a token of this key is believed.
    async fn believes(&self, key: &SigningKey, now: Timestamp) -> bool {
        let token = token(key);
        let keys = self.keys_for(key, now).await.unwrap();
        keys.verify_signature(&CompactJws::parse(&token).unwrap()).is_ok()
    }

    fn fetches(&self) -> usize {
        self.receiver.requests().len()
    }
}

fn token(key: &SigningKey) -> String {
    key.sign("JWT", &json!({ "sub": "client" })).unwrap()
}

fn document(keys: &[&SigningKey]) -> Behaviour {
    let document = JwksDocument::new(keys.iter().map(|key| key.public()));
    answer_json(std::str::from_utf8(&document.bytes).unwrap())
}

fn es256() -> SigningKey {
    key(SigningAlgorithm::Es256)
}

fn after(seconds: u64) -> Timestamp {
    START + Duration::from_secs(seconds)
}

#[tokio::test]
async fn a_set_is_fetched_at_use_and_kept_for_60_seconds() {
    let key = es256();
    let client = Client::new(&[&key]).await;
    assert_eq!(client.fetches(), 0);
    for seconds in [0, 1, 59] {
        assert!(client.believes(&key, after(seconds)).await);
    }
    assert_eq!(client.fetches(), 1);
    assert!(client.believes(&key, after(60)).await);
    assert_eq!(client.fetches(), 2);
}

#[tokio::test]
async fn a_key_that_was_taken_away_is_believed_for_60_seconds_at_most() {
    let (old, new) = (es256(), es256());
    let client = Client::new(&[&old]).await;
    assert!(client.believes(&old, after(0)).await);
    client.receiver.change(document(&[&new]));
    assert!(!client.believes(&old, after(60)).await);
}

/// A clock that is set back must not keep a set for longer.
#[tokio::test]
async fn a_set_from_the_future_is_fetched_again() {
    let key = es256();
    let client = Client::new(&[&key]).await;
    assert!(client.believes(&key, after(3_600)).await);
    assert!(client.believes(&key, after(0)).await);
    assert_eq!(client.fetches(), 2);
}

#[tokio::test]
async fn a_key_that_is_not_known_is_looked_for_at_once() {
    let (old, new) = (es256(), es256());
    let client = Client::new(&[&old]).await;
    assert!(client.believes(&old, after(0)).await);
    client.receiver.change(document(&[&new, &old]));
    assert!(client.believes(&new, after(0)).await, "rotated and used within a second");
    assert_eq!(client.fetches(), 2);
}

/// Who makes up key ids makes us fetch ever more rarely; the set that is known serves everybody else meanwhile.
#[tokio::test]
async fn keys_that_do_not_exist_are_looked_for_with_back_off() {
    let known = es256();
    let client = Client::new(&[&known]).await;
    assert!(client.believes(&known, after(0)).await);
    let mut fetched = Vec::new();
    for seconds in 0..60 {
        let before = client.fetches();
        for _ in 0..3 {
            assert!(!client.believes(&es256(), after(seconds)).await);
        }
        assert!(client.believes(&known, after(seconds)).await);
        if client.fetches() > before {
            fetched.push(seconds);
        }
    }
    assert_eq!(fetched, [0, 1, 3, 7, 15, 31], "after 1, 2, 4, 8, 16 seconds");
    assert_eq!(client.fetches(), 7, "one each");
}

#[tokio::test]
async fn fifty_callers_at_once_make_one_fetch() {
    let (known, unknown) = (es256(), es256());
    let client = Arc::new(Client::new(&[&known]).await);
    for key in [Arc::new(known), Arc::new(unknown)] {
        let before = client.fetches();
        let mut callers = JoinSet::new();
        for _ in 0..50 {
            let (client, key) = (Arc::clone(&client), Arc::clone(&key));
            callers.spawn(async move { client.keys_for(&key, START).await.map(drop) });
        }
        assert!(callers.join_all().await.into_iter().all(|answer| answer.is_ok()));
        assert_eq!(client.fetches() - before, 1);
    }
}

/// security.md: a remote JWKS that is down is soon asked again, but not by every request.
#[tokio::test]
async fn a_failure_is_remembered_for_seconds_only() {
    let key = es256();
    let client = Client::new(&[]).await;
    client.receiver.change(answer("503 Busy", "", ""));
    let mut fetched = Vec::new();
    for seconds in 0..40 {
        let before = client.fetches();
        for _ in 0..3 {
            let failed = client.keys_for(&key, after(seconds)).await.unwrap_err();
            assert!(matches!(failed, RemoteJwksError::Fetch(OutgoingError::Status { status: 503, .. })), "{failed:?}");
        }
        if client.fetches() > before {
            fetched.push(seconds);
        }
    }
    assert_eq!(fetched, [0, 1, 3, 7, 15, 25, 35]);
    client.receiver.change(document(&[&key]));
    assert!(client.believes(&key, after(45)).await);
}

#[tokio::test]
async fn a_known_set_outlives_a_failure_until_its_time_is_over() {
    let (known, unknown) = (es256(), es256());
    let client = Client::new(&[&known]).await;
    assert!(client.believes(&known, after(0)).await);
    client.receiver.change(answer("503 Busy", "", ""));
    assert!(!client.believes(&unknown, after(1)).await);
    assert!(client.believes(&known, after(59)).await);
    assert!(client.keys_for(&known, after(60)).await.is_err());
}

#[tokio::test]
async fn what_is_no_key_set_is_told() {
    let key = es256();
    let wrong = [
        (answer_json("{}"), "the URL's document is no JWK set"),
        (answer_json(&" ".repeat(64 * 1024 + 1)), "the URL's document is too large"),
        (
            answer("200 OK", "content-type: text/html\r\n", "<p>"),
            "the URL answers with another media type than is needed",
        ),
        (answer("302 Found", "location: /\r\n", ""), "the URL answers with a redirect, which is not followed"),
    ];
    for (behaviour, advice) in wrong {
        let client = Client::new(&[]).await;
        client.receiver.change(behaviour);
        assert_eq!(client.keys_for(&key, START).await.unwrap_err().advice(), advice);
    }
}

#[tokio::test]
async fn the_media_type_of_a_key_set_is_taken() {
    let key = es256();
    let client = Client::new(&[&key]).await;
    let body = JwksDocument::new([key.public()]).bytes;
    let body = std::str::from_utf8(&body).unwrap();
    client.receiver.change(answer("200 OK", "content-type: application/jwk-set+json\r\n", body));
    assert!(client.believes(&key, START).await);
}

/// Row B8: what the operator's clients may reach is not served to the others from the cache.
#[tokio::test]
async fn a_set_fetched_for_one_kind_of_client_is_not_given_to_the_other() {
    let key = es256();
    let client = Client::new(&[&key]).await;
    assert!(client.believes(&key, START).await);
    let token = token(&key);
    let jws = CompactJws::parse(&token).unwrap();
    let refused = client.jwks.keys_for(&client.url, OnBehalf::SelfRegistered, &jws, START).await;
    assert!(matches!(refused, Err(RemoteJwksError::Fetch(OutgoingError::Port { .. }))), "{refused:?}");
}

/// Who goes away while a fetch is under way leaves it to the others, and cannot make us begin it again and again.
#[tokio::test]
async fn a_caller_that_goes_away_takes_no_fetch_with_it() {
    let key = Arc::new(es256());
    let client = Arc::new(Client::new(&[&key]).await);
    client.receiver.change(Behaviour::Hang(""));
    let caller = tokio::spawn({
        let (client, key) = (Arc::clone(&client), Arc::clone(&key));
        async move { client.keys_for(&key, START).await.map(drop) }
    });
    eventually(Duration::from_secs(20), async || (client.fetches() == 1).then_some(())).await;
    caller.abort();
    assert!(caller.await.unwrap_err().is_cancelled());
    let failed = client.keys_for(&key, START).await.unwrap_err();
    assert!(matches!(failed, RemoteJwksError::Fetch(OutgoingError::TimedOut { .. })), "{failed:?}");
    assert_eq!(client.fetches(), 1, "the first fetch answered");
}

/// A set that takes long to be looked at again holds up nobody whose key is known.
#[tokio::test]
async fn a_fetch_under_way_holds_up_only_who_lacks_a_key() {
    let (known, unknown) = (es256(), es256());
    let client = Arc::new(Client::new(&[&known]).await);
    assert!(client.believes(&known, START).await);
    client.receiver.change(Behaviour::Hang(""));
    let waiting = tokio::spawn({
        let client = Arc::clone(&client);
        async move { client.believes(&unknown, START).await }
    });
    eventually(Duration::from_secs(20), async || (client.fetches() == 2).then_some(())).await;
    assert!(client.believes(&known, START).await);
    assert!(!waiting.is_finished());
    waiting.abort();
}
